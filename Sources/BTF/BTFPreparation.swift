// SPDX-License-Identifier: Apache-2.0

/// An object's BTF made ready for the kernel (`BPF_BTF_LOAD`).
///
/// Compilers leave sizes and places of sections to a linker, and write kinds that older kernels do not know. Ids stay
/// as they are, and so do the sizes of all records: what is needed besides is added at the end. CO-RE relocations are
/// computed from the original.
package struct BTFPreparation: Sendable {
    /// A section of the object, in bytes: its size, and where its symbols of unique names lie in it.
    package typealias Section = (size: Int, symbols: [String: Int])

    /// What of the blob not every kernel takes, so that a kernel is asked about nothing else.
    package let usedFeatures: BTFFeatures

    private let editor: BTFEditor

    /// Fills in what the compiler left open.
    ///
    /// - Parameters:
    ///   - btf: The object's types.
    ///   - sections: The sections that BTF can name; `.kconfig` too, as the loader lays it out.
    ///   - hiddenNames: Functions that the verifier may take for `static`, and variables (`__hidden`).
    package init(_ btf: BTF, sections: [String: Section], hiddenNames: Set<String> = []) {
        var editor = BTFEditor(btf)
        var used: BTFFeatures = []
        if btf.parts.layout.map({ !$0.isEmpty }) ?? false { used.insert(.layout) }
        for id in btf.firstID..<btf.endID {
            guard let type = btf[id] else { continue }
            Self.mendName(of: type, &editor)
            switch type.kind {
            case .function:
                used.insert(.functions)
                var linkage = btf.linkage(of: type) ?? .static
                if linkage == .extern { linkage = .global }
                if linkage == .global, hiddenNames.contains(btf.name(of: type)) { linkage = .static }
                if linkage == .global { used.insert(.globalFunctions) }
                editor.set(type, 1, BTFKind.function.rawValue << 24 | linkage.rawValue)
            case .prototype: used.insert(.functions)
            case .variable:
                used.insert(.dataSections)
                // The kernel knows no declared variable.
                if btf.linkage(of: type) == .extern { editor.set(type, 3, BTFLinkage.global.rawValue) }
                if btf.linkage(of: type) == .global, hiddenNames.contains(btf.name(of: type)) {
                    editor.set(type, 3, BTFLinkage.static.rawValue)
                }
            case .dataSection:
                used.insert(.dataSections)
                let name = btf.name(of: type)
                if name.utf8.first == UInt8(ascii: "?") { used.insert(.questionMarkDataSections) }
                if name == ".ksyms" {
                    Self.fillSymbols(of: type, &editor)
                } else if let section = sections[name] {
                    Self.fill(type, section, &editor)
                }
            case .float: used.insert(.floats)
            case .declarationTag: used.insert(.declarationTags)
            case .typeTag: used.insert(.typeTags)
            case .enum64: used.insert(.enum64)
            case .enum: if type.flag { used.insert(.enum64) }
            default: break
            }
        }
        // The kernel takes no blob without types.
        if editor.isEmpty { _ = editor.add(.int, name: "int", 4, body: 32) }
        self.editor = editor
        usedFeatures = used
    }

    /// The blob for a kernel.
    ///
    /// - Parameter support: What the kernel takes, at least of `usedFeatures`.
    /// - Throws: `unknownKind` if a type's kind is not known and the kernel would not be told its size either.
    package func bytes(for support: KernelBTFSupport) throws(BTFError) -> [UInt8] {
        var sanitiser = BTFSanitiser(editor, missing: usedFeatures.subtracting(support))
        return try sanitiser.run()
    }

    /// What is changed for a kernel, a clause for each feature that it lacks.
    package func notes(for support: KernelBTFSupport) -> [String] {
        BTFFeature.allCases.filter { usedFeatures.contains($0) && !support.contains($0) }.map(\.substitute)
    }

    // MARK: - Sections

    private static func fill(_ type: BTFType, _ section: Section, _ editor: inout BTFEditor) {
        if type.sizeOrType == 0 { editor.set(type, 2, section.size) }
        let btf = editor.btf
        var variables = btf.variables(of: type)
        // A linker that wrote the size wrote the places as well.
        if type.sizeOrType == 0 {
            variables = variables.map { entry in
                let name = btf[entry.type].map { btf.name(of: $0) } ?? ""
                return BTFSectionVariable(
                    type: entry.type, offset: section.symbols[name] ?? entry.offset, size: entry.size)
            }
        }
        write(variables.enumerated().sorted { ($0.1.offset, $0.0) < ($1.1.offset, $1.0) }.map(\.1), type, &editor)
    }

    /// Symbols of the kernel lie nowhere in the object: each becomes an integer of 4 bytes, as libbpf makes them.
    private static func fillSymbols(of type: BTFType, _ editor: inout BTFEditor) {
        let btf = editor.btf
        let integer = integerID(&editor)
        var standIn: Int?
        var variables: [BTFSectionVariable] = []
        for (index, entry) in btf.variables(of: type).enumerated() {
            var id = entry.type
            if let variable = btf[id], variable.kind == .variable {
                editor.set(variable, 2, integer)
            } else {
                id = standIn ?? editor.add(.variable, name: standInName, integer, body: BTFLinkage.global.rawValue)
                standIn = id
                if let function = btf[entry.type], let prototype = btf[function.sizeOrType] {
                    nameParameters(of: prototype, standInName, &editor)
                }
            }
            variables.append(BTFSectionVariable(type: id, offset: 4 * index, size: 4))
        }
        editor.set(type, 2, 4 * variables.count)
        write(variables, type, &editor)
    }

    /// The kernel takes nameless parameters only of declarations, and of functions whose body it looks at, none.
    package static func nameParameters(
        of prototype: BTFType, _ name: String, _ editor: inout BTFEditor, evenVariadic: Bool = false
    ) {
        guard prototype.kind == .prototype else { return }
        for (index, parameter) in editor.btf.parameters(of: prototype).enumerated()
        where editor.word(prototype, 3 + 2 * index) == 0 && (evenVariadic || parameter.type != 0) {
            editor.set(prototype, 3 + 2 * index, editor.string(name))
        }
    }

    /// What libbpf names the variable that stands for functions of the kernel, and their nameless parameters.
    private static let standInName = "dummy_ksym"

    private static func integerID(_ editor: inout BTFEditor) -> Int {
        let btf = editor.btf
        for id in btf.firstID..<btf.endID {
            guard let type = btf[id], type.kind == .int, type.sizeOrType == 4, let integer = btf.integer(of: type),
                integer.bits == 32
            else { continue }
            return id
        }
        return editor.add(.int, name: "int", 4, body: 1 << 24 | 32)
    }

    private static func write(_ variables: [BTFSectionVariable], _ type: BTFType, _ editor: inout BTFEditor) {
        for (index, entry) in variables.enumerated() {
            editor.set(type, 3 + 3 * index, entry.type)
            editor.set(type, 4 + 3 * index, entry.offset)
            editor.set(type, 5 + 3 * index, entry.size)
        }
    }

    // MARK: - Names

    /// Rust names pointers, and types as C cannot; the kernel takes neither.
    private static func mendName(of type: BTFType, _ editor: inout BTFEditor) {
        guard type.nameOffset != 0 else { return }
        switch type.kind {
        case .pointer, .const, .volatile, .restrict, .array, .prototype: editor.set(type, 0, 0)
        case .structure, .union, .enum, .enum64, .forward, .typedef, .function:
            let name = editor.btf.bytes(ofString: type.nameOffset)
            guard let first = name.first else { return }
            let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
            guard isDigit || !name.allSatisfy(isPlain) else { return }
            let mended = name.map { isPlain($0) ? $0 : UInt8(ascii: "_") }
            editor.set(type, 0, editor.string((isDigit ? "_" : "") + String(decoding: mended, as: UTF8.self)))
        default: break
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
