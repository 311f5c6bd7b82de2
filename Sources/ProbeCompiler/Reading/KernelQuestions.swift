// SPDX-License-Identifier: Apache-2.0

import Diagnostics

/// Reads the functions that ask for something of the kernel's types, and the types that they ask.
struct KernelQuestions {
    private let metadata: IRMetadata
    private let demangle: (String) -> String?
    private let sources: SourceNames
    /// The types of the kernel, apart from the probe's own of the same names.
    private var layout: SwiftLayout
    /// The nodes of the user's types, by their names as they are written out.
    private var nodes: [String: Int]?
    /// The names in C of types that were read, by their names as they are written out.
    private var known: [String: String] = [:]
    private var enumerators = NameTable()
    private var symbols: Set<String> = []
    private(set) var types: [ProbeModule.KernelType] = []
    private(set) var questions: [ProbeModule.Question] = []

    init(_ metadata: IRMetadata, _ sources: SourceNames, demangle: @escaping (String) -> String?) {
        self.metadata = metadata
        self.sources = sources
        self.demangle = demangle
        layout = SwiftLayout(metadata, sources, isOfKernel: true, demangle: demangle)
    }

    /// A question: its symbol names the type that is asked, and the type of the member.
    mutating func read(_ symbol: String) throws(ProbeError) {
        guard symbols.insert(symbol).inserted else { return }
        guard let names = demangle(symbol).flatMap(KernelQuestion.types) else {
            throw ProbeError(
                .probeToolchain, "a question to the kernel's types cannot be read", details: ["symbol: \(symbol)"],
                nextStep: ProbeError.tested)
        }
        let type = try type(names.structure)
        // A member of a structure's type is that structure; all others at its place are inside it.
        let isStructure = node(names.member).map(isStructure) ?? false
        let member = isStructure ? try self.type(names.member) : nil
        questions.append(.init(symbol: symbol, type: type, memberType: member))
    }

    /// The name in C of a type, which is read with all that it needs.
    private mutating func type(_ written: String) throws(ProbeError) -> String {
        if let name = known[written] { return name }
        let name = KernelQuestion.lastName(written)
        let number = node(written)
        let node = metadata[number]
        let place = node.map { layout.place(of: $0) } ?? SourcePlace(file: "", line: 0)
        if let fault = written.contains("<") ? "the kernel has no generic types" : CName.fault(name) {
            throw ProbeError(
                .probeName, "the name \(written) cannot be one of the kernel", at: place, cause: fault,
                nextStep: written.contains("InlineArray<")
                    ? "of an array of structures take an element: pid.numbers[0].nr"
                    : "name the type as the kernel does")
        }
        let own: String
        if let node, let enumeration = layout.enumeration(of: node) {
            own = enumeration
        } else if let node, case let cases = layout.casesOfKernel(node), !cases.isEmpty {
            guard cases.count <= SwiftLayout.mostCases else {
                throw ProbeError(
                    .probeName, "the enumeration \(name) has more than \(SwiftLayout.mostCases) cases", at: place,
                    cause: "a case is a byte", nextStep: "write the cases that are used")
            }
            try take(cases, of: name, at: place)
            own = layout.uniqueName(name)
            types.append(.init(name: own, cases: cases))
            layout.remember(node, asEnumeration: own, cases: cases.count)
        } else if let number, let node, layout.hasMembers(node) {
            let type = try layout.type(number, of: name, at: place)
            own = type.structure ?? name
            try addStructures()
        } else {
            own = layout.uniqueName(name)
            types.append(.init(name: own))
        }
        known[written] = own
        return own
    }

    /// The structures that were read meanwhile: those within one stand before it.
    private mutating func addStructures() throws(ProbeError) {
        for declaration in layout.takeDeclarations() {
            switch declaration {
            // Those that BPFKit has for the kernel's own are declared for each that uses them.
            case .structure(let name, _, _) where types.contains { $0.name == name }: continue
            case .structure(let name, let members, _): types.append(.init(name: name, members: members))
            case .enumeration(let name, let cases):
                let place = layout.places[name] ?? SourcePlace(file: "", line: 0)
                try take(cases, of: name, at: place)
                types.append(.init(name: name, cases: cases))
            }
        }
    }

    /// Takes the names of the cases of an enumeration, which stand in C as they are.
    private mutating func take(_ cases: [String], of name: String, at place: SourcePlace) throws(ProbeError) {
        for label in cases {
            if let fault = CName.fault(label) {
                throw ProbeError(
                    .probeName, "the name \(label) cannot be one of the kernel", at: place, cause: fault,
                    nextStep: "name the case as the kernel does")
            }
            try enumerators.take(label, for: "the enumeration \(name)", at: place)
        }
    }

    private func isStructure(_ number: Int) -> Bool { metadata[number].map(layout.hasMembers) ?? false }

    private mutating func node(_ written: String) -> Int? {
        if let nodes { return nodes[written] }
        var found: [String: Int] = [:]
        for number in metadata.all(having: "identifier: \"\(CallGraph.users)") {
            guard let node = metadata[number], node.kind == "DICompositeType", node.reference("elements") != nil,
                let name = node.text("identifier").flatMap(demangle), found[name] == nil
            else { continue }
            found[name] = number
        }
        nodes = found
        return found[written]
    }
}

/// The functions of BPFKit that ask for something of the kernel's types, and that `core.c` answers.
enum KernelQuestion {
    /// Whether a symbol is one.
    static func isOne(_ symbol: Substring) -> Bool { IRText.has("8coreFact", in: symbol) }

    /// The types that a function is specialised for, by its name as written out: `generic specialization
    /// <Probe.task_struct, Swift.Int32> of BPFKit.coreFact<A, B>(A.Type, B.Type, Swift.Int, Swift.Int) -> Swift.Int`.
    ///
    /// - Returns: The type that is asked, and that of the member.
    static func types(_ written: String) -> (structure: String, member: String)? {
        guard let start = IRText.place(of: "specialization <", in: Substring(written)) else { return nil }
        var parts: [String] = []
        var part: [UInt8] = []
        var depth = 0
        var last: UInt8 = 0
        for byte in written[start...].utf8.dropFirst("specialization <".utf8.count) {
            switch byte {
            case UInt8(ascii: ">") where last != UInt8(ascii: "-") && depth == 0:
                parts.append(String(decoding: part, as: UTF8.self))
                return parts.count == 2 ? (parts[0], parts[1]) : nil
            case UInt8(ascii: ",") where depth == 0:
                parts.append(String(decoding: part, as: UTF8.self))
                part = []
            case UInt8(ascii: " ") where depth == 0 && part.isEmpty: break
            default:
                if byte == UInt8(ascii: "<") || byte == UInt8(ascii: "(") { depth += 1 }
                if byte == UInt8(ascii: ">") && last != UInt8(ascii: "-") || byte == UInt8(ascii: ")") { depth -= 1 }
                part.append(byte)
            }
            last = byte
        }
        return nil
    }

    /// The last part of a type's name: `filename` of `Probe.(filename in _4B64)`, as a private type is written out.
    static func lastName(_ written: String) -> String {
        let last = written.split(separator: ".").last ?? ""
        guard last.hasPrefix("("), let end = IRText.place(of: " in ", in: last) else { return String(last) }
        return String(last[..<end].dropFirst())
    }
}
