// SPDX-License-Identifier: Apache-2.0

public import BTF
public import Diagnostics

/// A BPF object file: what it defines, read without asking the kernel for anything.
///
/// The same bytes give the same answer on every machine. Objects of both byte orders are read; `LoadPlan` refuses what
/// this machine's kernel would not take.
public struct Object: Sendable {
    /// The file's name, for messages.
    public let name: String
    /// The order of the bytes of its numbers.
    public let byteOrder: ByteOrder
    /// The text of the `license` section; nil if there is none.
    public let license: String?
    /// The number in the `version` section (`LINUX_VERSION_CODE`); nil if there is none or it asks for the running kernel's.
    public let kernelVersion: UInt32?
    /// Its maps: those of legacy `maps` sections, those of `.maps`, those made of data, that of the kernel's
    /// configuration.
    public internal(set) var maps: [MapDefinition]
    /// The functions that the kernel can be asked to run, in the order of the file; what only they call is not among
    /// them.
    public internal(set) var programs: [ProgramDefinition]
    /// What it wants of the kernel by name.
    package var externs: [ExternSymbol] { externTable.symbols }
    /// What the user should know of the file although it can be used.
    public let warnings: [Diagnostic]
    /// What it asks of the kernel's configuration; nil is nothing.
    package let configuration: KconfigSection?
    /// Its global variables, as far as its BTF knows them, by section and place.
    public let variables: [GlobalVariable]
    package let functions: [ObjectFunction]
    /// The whole file: what only events need (debug information) is read when they are asked for.
    package let file: [UInt8]
    let externTable: ExternTable
    package let typeInfo: ObjectTypeInfo
    package let typePlaces: TypePlaces

    /// The section of the program if none is named: the only one that the originals knew.
    public static let defaultSection = "prog"

    /// Reads an object.
    ///
    /// - Parameters:
    ///   - bytes: The whole file; nothing in it is trusted.
    ///   - name: Its name, for messages.
    ///   - mapLayout: How to read the `maps` section where its bytes have two meanings.
    /// - Throws: An error if the file is not a BPF object or its maps or license cannot be read. What is wrong with one
    ///   program is in its `refusal`.
    public init(
        parsing bytes: [UInt8], name: String, mapLayout: MapLayoutChoice = .automatic
    ) throws(ObjectError) {
        do throws(ObjectError) {
            let file = try ELFFile(bytes)
            var context = try ObjectContext(file)
            var warnings = context.typeInfo.warnings
            byteOrder = file.byteOrder
            license = try Self.license(in: file, &warnings)
            kernelVersion = try Self.version(in: file)
            typeInfo = context.typeInfo
            externTable = ExternTable(context)
            maps = try context.readMaps(mapLayout, file, objectName: name, externs: externTable)
            configuration = context.configuration
            typePlaces = TypePlaces(context)
            variables = try GlobalReader(context).variables(of: maps)
            functions = try Self.functions(in: file, context, externTable, name: name)
            programs = Self.programs(of: functions)
            self.name = name
            self.file = bytes
            for index in warnings.indices { warnings[index].object = name }
            self.warnings = warnings
        } catch {
            var error = error
            error.object = name
            throw error
        }
    }

    /// Refuses an object of the other byte order, which this machine's kernel does not take.
    package func checkByteOrder() throws(ObjectError) {
        guard byteOrder == .native else {
            var error = ObjectError(.foreignByteOrder(byteOrder))
            error.object = name
            throw error
        }
    }

    /// The programs of a section, in the order of the file.
    ///
    /// - Throws: An error that lists the sections that hold programs.
    public func programs(inSection section: String) throws(ObjectError) -> [ProgramDefinition] {
        let found = programs.filter { $0.section == section }
        guard found.isEmpty else { return found }
        var seen: Set<String> = []
        var error = ObjectError(
            .noSection(programs.map(\.section).filter { seen.insert($0).inserted }), section: section)
        error.object = name
        throw error
    }

    /// The program of a function's name.
    ///
    /// - Throws: An error that lists the programs.
    public func program(named function: String) throws(ObjectError) -> ProgramDefinition {
        if let program = programs.first(where: { $0.name == function }) { return program }
        var error = ObjectError(.noProgram(function, programs.map(\.name)))
        error.object = name
        throw error
    }

    private static func functions(
        in file: borrowing ELFFile, _ context: ObjectContext, _ externs: ExternTable, name: String
    ) throws(ObjectError) -> [ObjectFunction] {
        var functions: [ObjectFunction] = []
        var sections: [ELFSection] = []
        var ends: [Int] = []
        var codeSize = 0
        for section in file.sections where section.isCode {
            codeSize += section.size / Instruction.size
            guard codeSize <= Limits.code else {
                throw ObjectError(
                    .tooMany("instructions in all programs", count: UInt64(codeSize), limit: Limits.code),
                    section: section.name)
            }
            let start = functions.count
            functions += try FunctionReader(section, context: context)
                .functions(file, limit: Limits.functions - start)
            sections.append(section)
            ends.append(functions.count)
        }
        let reader = ReferenceReader(functions, externs: externs, context: context)
        var start = 0
        for (section, end) in zip(sections, ends) {
            reader.read(section, &functions[start..<end], file)
            start = end
        }
        for index in functions.indices { functions[index].refusal?.object = name }
        setExceptionCallbacks(of: &functions, context.typeInfo.types)
        return functions
    }

    /// Reads the tags `exception_callback:NAME` of functions.
    private static func setExceptionCallbacks(of functions: inout [ObjectFunction], _ types: BTF?) {
        guard let types else { return }
        let prefix = "exception_callback:"
        var names: [String: String] = [:]
        for id in types.firstID..<types.endID {
            guard let tag = types[id], tag.kind == .declarationTag, types.componentIndex(of: tag) == -1,
                let function = types[tag.sizeOrType], function.kind == .function
            else { continue }
            let text = types.name(of: tag)
            if text.hasPrefix(prefix) { names[types.name(of: function)] = String(text.dropFirst(prefix.count)) }
        }
        guard !names.isEmpty else { return }
        let places = Dictionary(functions.indices.map { (functions[$0].name, $0) }) { first, _ in first }
        for index in functions.indices {
            functions[index].exceptionCallback = names[functions[index].name].flatMap { places[$0] }
        }
    }

    /// What is in `.text` is called by others; unless there is nothing else.
    private static func programs(of functions: [ObjectFunction]) -> [ProgramDefinition] {
        let sectionsWithGlobal = Set(functions.filter(\.isGlobal).map(\.section))
        func programs(where isWanted: (String) -> Bool) -> [ProgramDefinition] {
            functions.indices.compactMap { index in
                let function = functions[index]
                guard isWanted(function.sectionName) else { return nil }
                // A static function beside a global one is that one's helper.
                guard function.isGlobal || !sectionsWithGlobal.contains(function.section) else { return nil }
                return ProgramDefinition(function, index: index)
            }
        }
        let named = programs { $0 != ".text" && !$0.hasPrefix(".text.") }
        return named.isEmpty ? programs { _ in true } : named
    }

    /// What objects for some loaders say instead of a version: that of the running kernel.
    private static let anyVersion: UInt32 = 0xffff_fffe

    private static func license(
        in file: borrowing ELFFile, _ warnings: inout [Diagnostic]
    ) throws(ObjectError) -> String? {
        guard let section = file.firstSection(named: "license") else { return nil }
        let bytes = try file.bytes(of: section).bytes
        let text = bytes.prefix { $0 != 0 }
        guard text.count < Limits.license else {
            throw ObjectError(.licenseTooLong(text.count), section: section.name)
        }
        func warn(_ message: String, cause: String) {
            var warning = Diagnostic(.sectionUnreadable, .warning, stage: .object, message, cause: cause)
            warning.section = section.name
            warnings.append(warning)
        }
        if text.isEmpty {
            warn(
                "the license is empty", cause: "helpers that are for GPL programs only will be refused by the verifier")
        } else if text.count == bytes.count {
            warn(
                "the license does not end in a NUL",
                cause: "the whole section is taken: \"\(String(decoding: text, as: UTF8.self))\"")
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func version(in file: borrowing ELFFile) throws(ObjectError) -> UInt32? {
        // An all-zero section has no bytes in the file.
        guard let section = file.firstSection(named: "version"), section.type != ELF.SectionType.noBits else {
            return nil
        }
        let reader = try file.bytes(of: section)
        guard reader.count == 4, let version = reader.u32(0) else {
            throw ObjectError(.versionSize(reader.count), section: section.name)
        }
        return version == 0 || version == Self.anyVersion ? nil : version
    }
}
