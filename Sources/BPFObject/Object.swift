// SPDX-License-Identifier: Apache-2.0

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
    /// The maps of the legacy `maps` section, in the order of the file.
    public let maps: [MapDefinition]
    /// One program for each section that holds code, in the order of the file.
    public let programs: [ProgramDefinition]
    /// What the user should know of the file although it can be used.
    public let warnings: [Diagnostic]
    /// Whether it has maps in BTF style, in a section `.maps`.
    let hasBTFMaps: Bool

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
            maps = try context.readMaps(mapLayout, file)
            programs = file.sections.filter(\.isCode).map { section in
                var reader = ProgramReader(section, context: context)
                var program = reader.read(file)
                program.refusal?.object = name
                return program
            }
            hasBTFMaps = file.sections.contains { $0.name == ".maps" && $0.claimedSize > 0 }
            self.name = name
            for index in warnings.indices { warnings[index].object = name }
            self.warnings = warnings
        } catch {
            var error = error
            error.object = name
            throw error
        }
    }

    /// The program of a section.
    ///
    /// - Throws: An error that lists the sections that hold programs.
    public func program(inSection section: String) throws(ObjectError) -> ProgramDefinition {
        let found = programs.filter { $0.section == section }
        if found.count == 1, let program = found.first { return program }
        let others = programs.map(\.section)
        var error = ObjectError(found.isEmpty ? .noSection(others) : .ambiguousSection(found.count), section: section)
        error.object = name
        throw error
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
            var warning = Diagnostic(.warning, stage: .object, message, cause: cause, exitStatus: .success)
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
