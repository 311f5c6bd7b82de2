// SPDX-License-Identifier: Apache-2.0

import Diagnostics

/// Types of Swift as types of C, laid out as Swift lays them out.
///
/// The compiler's own offsets of nested types are wrong (6.3.1), so they are computed: each member stands at the next
/// multiple of its alignment, and a type's size is without what pads it. `shell.c` has assertions that C agrees.
struct SwiftLayout {
    let metadata: IRMetadata
    /// Writes out a mangled name; nil if it is none.
    let demangle: (String) -> String?
    /// Whether the types are the kernel's, whose places are found by name: C need not agree with Swift.
    private let isOfKernel: Bool
    private let sources: SourceNames
    private(set) var declarations: [CDeclaration] = []
    /// Where the structures and enumerations are declared that have names in C.
    private(set) var places: [String: SourcePlace] = [:]
    private var names: Set<String> = []
    private(set) var headers: [String] = []
    private var known: [String: CType] = [:]

    init(
        _ metadata: IRMetadata, _ sources: SourceNames, isOfKernel: Bool = false,
        demangle: @escaping (String) -> String?
    ) {
        self.metadata = metadata
        self.sources = sources
        self.isOfKernel = isOfKernel
        self.demangle = demangle
    }

    private static let integers: [String: (name: String, size: Int)] = [
        "Int8": ("signed char", 1), "UInt8": ("unsigned char", 1), "Int16": ("short", 2),
        "UInt16": ("unsigned short", 2), "Int32": ("int", 4), "UInt32": ("unsigned int", 4),
        "Int64": ("long long", 8), "UInt64": ("unsigned long long", 8), "Int": ("long", 8),
        "UInt": ("unsigned long", 8), "Bool": ("_Bool", 1),
    ]
    private static let pointers: Set<String> = [
        "Kernel", "UnsafePointer", "UnsafeMutablePointer", "UnsafeRawPointer", "UnsafeMutableRawPointer",
        "OpaquePointer",
    ]
    private static let pointer = CType(declaration: "void *%", size: 8, alignment: 8)
    /// Types of BPFKit that the kernel knows by names of its own.
    private static let special: [String: CDeclaration] = [
        "SpinLock": .structure(
            name: "bpf_spin_lock",
            members: [
                CMember(name: "val", type: CType(declaration: "unsigned int %", size: 4, alignment: 4), offset: 0)
            ],
            size: 4),
        "KernelTimer": .structure(
            name: "bpf_timer",
            members: [
                CMember(
                    name: "__opaque", type: CType(declaration: "unsigned long long %[2]", size: 16, alignment: 8),
                    offset: 0)
            ], size: 16),
    ]
    private static let deepest = 32
    private static let mostTypes = 4096
    /// How many cases are told apart by a byte.
    static let mostCases = 256
    /// Structures that the shell has for itself.
    private static let reserved: Set<String> = ["bpf_elf_map", "bpf_spin_lock", "bpf_timer"]
    /// The largest size that a type is taken with: no event and no value of a map is larger.
    private static let largest = 1 << 30

    /// A type of Swift.
    ///
    /// - Parameters:
    ///   - number: Its node.
    ///   - what: What has the type, such as `Event.name`.
    ///   - place: Where that is declared.
    mutating func type(
        _ number: Int?, of what: String, at place: SourcePlace, depth: Int = 0
    ) throws(ProbeError) -> CType {
        guard let (_, node) = unqualified(number), depth < Self.deepest else {
            throw unknown(what, "a type without a name", place)
        }
        let (base, parameters) = generic(node)
        let name = node.text("name") ?? base ?? ""
        if let integer = Self.integers[name], isOfLibrary(node) {
            return CType(declaration: integer.name + " %", size: integer.size, alignment: integer.size)
        }
        let kind = base ?? name
        // A type of the user may have a name of the library's.
        let isOwn = node.text("identifier")?.hasPrefix(CallGraph.users) == true
        switch kind {
        case "InlineArray" where !isOwn && parameters.count == 2:
            let element = try type(parameters[1], of: what, at: place, depth: depth + 1)
            return try array(of: element, count: count(parameters[0]), what, place)
        case "Text" where !isOwn && parameters.count == 1:
            return try array(
                of: CType(declaration: "unsigned char %", size: 1, alignment: 1), count: count(parameters[0]), what,
                place)
        case "Formatted" where parameters.count == 2 && isOfKit(node):
            var type = try type(parameters[0], of: what, at: place, depth: depth + 1)
            type.tag = "fmt:" + label(parameters[1])
            return type
        case "Histogram" where parameters.count == 2 && isOfKit(node):
            let slot = CType(declaration: "unsigned long long %", size: 8, alignment: 8)
            var type = try array(of: slot, count: count(parameters[0]), what, place)
            type.tag = "fmt:log2:" + label(parameters[1])
            return type
        case _ where !isOwn && Self.pointers.contains(kind): return Self.pointer
        case "KernelEnum" where isOfKit(node):
            return CType(declaration: (isOfKernel ? "__bpfkit_enum" : "unsigned int") + " %", size: 4, alignment: 4)
        case _ where isOfKit(node):
            if let special = Self.special[kind] { return self.special(special) }
        default: break
        }
        if let declared = try declared(node, kind, what, place, depth) { return declared }
        throw unknown(what, written(node) ?? (kind.isEmpty ? "a tuple or a function" : kind), place)
    }

    /// A structure or an enumeration of the user; nil if the type is none.
    private mutating func declared(
        _ node: IRNode, _ name: String, _ what: String, _ place: SourcePlace, _ depth: Int
    ) throws(ProbeError) -> CType? {
        if node.text("identifier")?.hasPrefix("$eSo") == true, let bits = node.number("size") {
            return try imported(node, name, bits / 8, what, place)
        }
        guard let elements = node.reference("elements"), !name.isEmpty, !name.hasPrefix("$"),
            let identifier = node.text("identifier"), !isOfLibrary(node)
        else { return nil }
        if let known = known[identifier] { return known }
        if let fault = CName.fault(name) { throw refusedName(name, fault, place) }
        let own = self.place(of: node, else: place)
        guard declarations.count < Self.mostTypes else { throw unknown(what, "one type more than can be read", place) }
        switch node.word("tag") {
        case "DW_TAG_enumeration_type":
            let cases = metadata.items(elements).compactMap { metadata[$0] }
            // A case with a payload has a type beside its name.
            guard !cases.isEmpty, cases.allSatisfy({ $0.kind == "DIEnumerator" && $0.text("name") != nil }),
                cases.count <= Self.mostCases
            else { return nil }
            return try enumeration(name, cases.compactMap { $0.text("name") }, identifier, what, own)
        case "DW_TAG_structure_type":
            if let cases = cases(node) {
                guard let names = cases, !names.isEmpty, names.count <= Self.mostCases else {
                    throw unknown(what, "\(name), whose cases carry values", place)
                }
                return try enumeration(name, names, identifier, what, own)
            }
            let members = try members(node, name, place, depth)
            guard !members.isEmpty else { return nil }
            let size = members.last.map { $0.offset + $0.type.size } ?? 0
            let name = try tag(name, own)
            let type = CType(
                declaration: "struct \(name) %", size: size, alignment: members.map(\.type.alignment).max() ?? 1)
            declarations.append(.structure(name: name, members: members, size: size))
            known[identifier] = type
            return type
        default: return nil
        }
    }

    /// The members of a structure, where Swift has them.
    mutating func members(
        _ node: IRNode, _ name: String, _ place: SourcePlace, _ depth: Int = 0
    ) throws(ProbeError) -> [CMember] {
        var members: [CMember] = []
        var end = 0
        var endInC = 0
        let place = self.place(of: node, else: place)
        for number in metadata.items(node.reference("elements")) {
            guard let member = metadata[number], member.word("tag") == "DW_TAG_member",
                let label = member.text("name")
            else { continue }
            if let fault = CName.fault(label) { throw refusedName(label, fault, place) }
            let type = try type(member.reference("baseType"), of: "\(name).\(label)", at: place, depth: depth + 1)
            let offset = (end + type.alignment - 1) / type.alignment * type.alignment
            let offsetInC = (endInC + type.alignment - 1) / type.alignment * type.alignment
            guard offset == offsetInC || isOfKernel else {
                throw inPadding(name, label, members.last?.name ?? "", place)
            }
            guard offset <= Self.largest, type.size <= Self.largest else {
                throw unknown(name, "too large a type", place)
            }
            members.append(CMember(name: label, type: type, offset: offset))
            end = offset + type.size
            endInC = offset + type.stride
        }
        return members
    }

    /// The place of a node, with the user's own name of the file.
    func place(of node: IRNode, else other: SourcePlace = SourcePlace(file: "", line: 1)) -> SourcePlace {
        guard let line = node.number("line") else { return other }
        let file = metadata.file(of: node).map { sources.own($0) ?? $0 }
        return SourcePlace(file: file ?? other.file, line: line)
    }

    // MARK: - Names of types

    /// The name in C of a type that Swift tells from others of its name by where it is declared.
    private mutating func tag(_ name: String, _ place: SourcePlace) throws(ProbeError) -> String {
        guard !isOfKernel else { return uniqueName(name, place) }
        guard !Self.reserved.contains(name) else { throw refusedName(name, "the kernel has it for its own", place) }
        guard names.insert(name).inserted else {
            var error = refusedName(name, "an object has one type of a name", place)
            if var label = places[name]?.label {
                label.role = .secondary
                label.message = "the other \(name)"
                error.diagnostic.labels.append(label)
            }
            throw error
        }
        places[name] = place
        return name
    }

    /// A name that no other type has: what follows `___` is no part of it to the kernel.
    mutating func uniqueName(_ name: String, _ place: SourcePlace? = nil) -> String {
        var own = name
        var number = 1
        while !names.insert(own).inserted {
            number += 1
            own = "\(name)___\(number)"
        }
        places[own] = place
        return own
    }

    /// The name in C of an enumeration that was read before.
    func enumeration(of node: IRNode) -> String? {
        guard let type = node.text("identifier").flatMap({ known[$0] }), type.declaration.hasPrefix("enum ") else {
            return nil
        }
        return String(type.declaration.dropFirst("enum ".count).dropLast(2))
    }

    /// An enumeration that is declared elsewhere; with one case it takes no room, and is no member.
    mutating func remember(_ node: IRNode, asEnumeration name: String, cases: Int) {
        guard cases > 1, let identifier = node.text("identifier") else { return }
        known[identifier] = CType(declaration: "enum \(name) %", size: 1, alignment: 1)
    }

    /// The declarations, which are then no more here.
    mutating func takeDeclarations() -> [CDeclaration] {
        defer { declarations = [] }
        return declarations
    }

    // MARK: - Enumerations

    /// An enumeration without payload is a byte in Swift.
    private mutating func enumeration(
        _ name: String, _ cases: [String], _ identifier: String, _ what: String, _ place: SourcePlace
    ) throws(ProbeError) -> CType {
        guard cases.count > 1 else {
            throw ProbeError(
                .probeEventType, "\(what) has no form in C", at: place,
                cause: "\(name) has one case, and takes no room in Swift",
                nextStep: "give it a second case, or leave \(what) out")
        }
        let name = try tag(name, place)
        let labels = cases.enumerated().map { index, label in
            isOfKernel ? label : CName.fault("\(name)_\(label)") == nil ? "\(name)_\(label)" : "\(name)_\(index)"
        }
        declarations.append(.enumeration(name: name, cases: labels))
        let type = CType(declaration: "enum \(name) %", size: 1, alignment: 1)
        known[identifier] = type
        return type
    }

    private mutating func special(_ declaration: CDeclaration) -> CType {
        guard case .structure(let name, let members, let size) = declaration else { return Self.pointer }
        if !declarations.contains(declaration) { declarations.append(declaration) }
        return CType(declaration: "struct \(name) %", size: size, alignment: members.map(\.type.alignment).max() ?? 1)
    }

    private mutating func imported(
        _ node: IRNode, _ name: String, _ size: Int, _ what: String, _ place: SourcePlace
    ) throws(ProbeError) -> CType {
        if let file = metadata[node.reference("file")], let filename = file.text("filename") {
            let directory = file.text("directory") ?? ""
            let path = filename.hasPrefix("/") || directory.isEmpty ? filename : directory + "/" + filename
            guard !path.utf8.contains(where: { $0 < 32 || $0 == UInt8(ascii: "\"") }) else {
                throw unknown(what, "\(name) of a header whose name C cannot write", place)
            }
            if !headers.contains(path) { headers.append(path) }
        }
        // The name of a `typedef` is no tag.
        let isAlias = node.text("identifier")?.hasSuffix("aD") == true
        return CType(
            declaration: (isAlias ? "" : "struct ") + "\(name) %", size: size, alignment: alignment(ofImported: node))
    }

    /// The alignment of a type of a header: that of its members, which for arrays are the elements.
    private func alignment(ofImported node: IRNode, depth: Int = 0) -> Int {
        let size = (node.number("size") ?? 64) / 8
        let identifier = node.text("identifier") ?? ""
        // A tuple is an array of C; all others that are not of a header are numbers and pointers.
        guard identifier.hasPrefix("$eSo") || identifier.hasSuffix("tD"), depth < Self.deepest else {
            return [1, 2, 4].contains(size) ? size : 8
        }
        let members = metadata.items(node.reference("elements")).compactMap { metadata[$0] }
            .filter { $0.kind == "DIDerivedType" && $0.word("tag") == "DW_TAG_member" }
            .compactMap { unqualified($0.reference("baseType"))?.1 }
        let alignments = members.map { alignment(ofImported: $0, depth: depth + 1) }
        var greatest = alignments.max() ?? ([1, 2, 4].contains(size) ? size : 8)
        // A packed structure has a smaller one.
        while greatest > 1, size % greatest != 0 { greatest /= 2 }
        return greatest
    }

    private func array(
        of element: CType, count: Int, _ what: String, _ place: SourcePlace
    ) throws(ProbeError) -> CType {
        guard element.tag == nil else {
            throw ProbeError(
                .probeEventType, "the format of the elements of \(what) is lost", at: place,
                cause: "a format is that of a whole member",
                nextStep: "write the array inside: Formatted<InlineArray<...>, ...>, or a structure for an element")
        }
        let size = element.stride.multipliedReportingOverflow(by: count)
        guard count > 0, !size.overflow, size.partialValue <= Self.largest else {
            throw unknown(what, "an array of \(count) elements", place)
        }
        // Bytes in a row are text to those who print them, as in C.
        let isText = element.declaration == "unsigned char %" && count > 1
        let declaration = isText ? "char %" : element.declaration
        return CType(
            declaration: declaration.replacing("%", with: "%[\(count)]"), size: size.partialValue,
            alignment: element.alignment)
    }

    /// The name of a generic type and its parameters, wherever the compiler has them.
    func generic(_ node: IRNode) -> (name: String?, parameters: [Int]) {
        var candidates = [node]
        if node.text("name") == nil {
            candidates += metadata.items(node.reference("elements")).compactMap {
                metadata[metadata[$0]?.reference("baseType")]
            }
        }
        for candidate in candidates {
            let parameters = metadata.items(candidate.reference("templateParams")).compactMap {
                metadata[$0]?.reference("type")
            }
            guard !parameters.isEmpty else { continue }
            let name =
                metadata[candidate.reference("specification")]?.text("name")
                ?? metadata[node.reference("specification")]?.text("name") ?? candidate.text("name") ?? ""
            guard name.hasPrefix("$") else { return (name, parameters) }
            return (demangle(name).map(Self.base), parameters)
        }
        if let name = node.text("name"), name.hasPrefix("$") { return (demangle(name).map(Self.base), []) }
        return (nil, [])
    }

    /// `HashMap` of `BPFKit.HashMap<Swift.Int32, Swift.UInt64>`.
    static func base(_ written: String) -> String {
        // A tuple or a function has no name.
        guard !written.hasPrefix("(") else { return "" }
        let name = written.split(separator: "<", maxSplits: 1).first ?? ""
        return String(name.split(separator: ".").last ?? "")
    }

    /// The last part of a type's name: `uid` of `Format.uid`.
    private func label(_ number: Int) -> String {
        guard let node = metadata[number] else { return "" }
        let name = node.text("name") ?? ""
        let written = name.hasPrefix("$") || name.isEmpty ? (node.text("identifier") ?? name).demangled(demangle) : name
        let last = written.split(separator: ".").last.map(String.init) ?? ""
        return CName.plain(last.replacing("`", with: ""), longest: 32)
    }

    /// The number that a generic parameter is, which the compiler names `$e$127_D` for 128.
    private func count(_ number: Int) -> Int {
        guard let name = metadata[number]?.text("name"), name.hasPrefix("$e$"), name.hasSuffix("_D") else { return 0 }
        let digits = name.dropFirst(3).dropLast(2)
        guard !digits.isEmpty else { return 0 }
        return Int(digits).map { $0.addingReportingOverflow(1).partialValue } ?? 0
    }

    /// A type behind its other names and what is said of it as a whole.
    func unqualified(_ number: Int?) -> (number: Int, node: IRNode)? {
        var number = number
        for _ in 0..<Self.deepest {
            guard let own = number, let node = metadata[own] else { return nil }
            guard node.word("tag") == "DW_TAG_typedef" || node.word("tag") == "DW_TAG_const_type" else {
                return (own, node)
            }
            number = node.reference("baseType")
        }
        return nil
    }

    /// Whether a type is one of BPFKit.
    func isOfKit(_ node: IRNode) -> Bool { metadata[node.reference("scope")]?.text("name") == "BPFKit" }

    /// Whether a generic parameter is a number, and no type.
    func isNumber(_ number: Int) -> Bool { metadata[number]?.text("name")?.hasPrefix("$e$") == true }

    private func isOfLibrary(_ node: IRNode) -> Bool {
        metadata[node.reference("scope")]?.text("name") == "Swift"
            && metadata[node.reference("scope")]?.kind == "DIModule"
    }

    private func written(_ node: IRNode) -> String? {
        (node.text("identifier") ?? node.text("name")).flatMap(demangle).map {
            $0.replacing("Swift.", with: "")
        }
    }
}

extension String {
    /// The text as it is written out; itself if it is none that is mangled.
    fileprivate func demangled(_ demangle: (String) -> String?) -> String { demangle(self) ?? self }
}
