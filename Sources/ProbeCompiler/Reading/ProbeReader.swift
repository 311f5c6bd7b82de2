// SPDX-License-Identifier: Apache-2.0

import Diagnostics

/// Reads what a module of probes declares, from the compiler's IR with all types (`-g`).
struct ProbeReader {
    private let metadata: IRMetadata
    private let lines: [Substring]
    /// The user's files, as he named them.
    private let sources: [String]
    private let demangle: (String) -> String?
    private var layout: SwiftLayout
    private var questions: KernelQuestions
    private var names = NameTable()
    private var module = ProbeModule()

    /// - Parameters:
    ///   - sources: The user's files, as he named them.
    ///   - demangle: Writes out a mangled name; nil if it is none.
    private init(_ text: String, sources: [String], demangle: @escaping (String) -> String?) {
        self.sources = sources
        let sources = SourceNames(sources)
        let demangle = { demangle(PrivateNames.bounded($0)) }
        lines = IRText.lines(text)
        metadata = IRMetadata(lines)
        self.demangle = demangle
        layout = SwiftLayout(metadata, sources, demangle: demangle)
        questions = KernelQuestions(metadata, sources, demangle: demangle)
    }

    /// Reads a module.
    static func read(
        _ text: String, sources: [String] = [], demangle: @escaping (String) -> String?
    ) throws(ProbeError) -> ProbeModule {
        var reader = ProbeReader(text, sources: sources, demangle: demangle)
        for line in reader.lines {
            if line.utf8.first == UInt8(ascii: "@") {
                try reader.readVariable(line)
            } else if line.hasPrefix("define ") {
                try reader.readFunction(line)
            }
        }
        try reader.checkInitialisers()
        try reader.checkLocalMaps()
        reader.module.declarations = reader.layout.declarations
        reader.module.headers = reader.layout.headers
        reader.module.kernelTypes = reader.questions.types
        reader.module.questions = reader.questions.questions
        try reader.check()
        return reader.module
    }

    // MARK: - Variables

    private mutating func readVariable(_ line: Substring) throws(ProbeError) {
        guard let symbol = IRText.symbol(in: line).map(String.init), let value = Self.value(line),
            let number = IRText.place(in: line)
        else { return }
        let expression = metadata[number]
        guard let node = metadata[expression?.reference("var")] ?? expression, let name = node.text("name"),
            let (typeNumber, type) = layout.unqualified(node.reference("type"))
        else { return }
        let place = layout.place(of: node)
        do throws(ProbeError) {
            try readVariable(name, symbol, value, typeNumber, type, node, place)
        } catch {
            var error = error
            // A type that does not do has its own place; what is of the type is here.
            if error.diagnostic.source != place.label {
                var label = place.label
                label.role = .secondary
                label.message = "\(name) is of the type"
                error.diagnostic.labels.append(label)
            }
            throw error
        }
    }

    private mutating func readVariable(
        _ name: String, _ symbol: String, _ value: Substring, _ typeNumber: Int, _ type: IRNode, _ node: IRNode,
        _ place: SourcePlace
    ) throws(ProbeError) {
        let (base, parameters) = layout.generic(type)
        let kind = base ?? type.text("name") ?? ""
        guard layout.isOfKit(type) else {
            return try readPlainVariable(name, symbol, value, typeNumber, node)
        }
        switch kind {
        case "License": try readLicense(name, value, place)
        case "Setting", "Global":
            guard let parameter = parameters.first else { return }
            let type = try layout.type(parameter, of: name, at: place)
            guard let constant = IRConstant(value) else { throw Self.notConstant(name, place) }
            try take(name, for: "the variable \(name)", at: place)
            module.variables.append(
                .init(
                    name: name, symbol: symbol, type: type, value: constant.initialiser,
                    isSetting: kind == "Setting", lostAt: Self.isLost(value) ? place : nil))
        default: try readMap(name, symbol, value, parameters, place)
        }
    }

    /// Whether a first value says nothing: Swift 6.3 has none for an `InlineArray` or a `Text` within another type.
    private static func isLost(_ value: Substring) -> Bool { value.split(separator: " ").last == "undef" }

    /// A variable of the user's own, which has a name in the object if C has a type for it.
    private mutating func readPlainVariable(
        _ name: String, _ symbol: String, _ value: Substring, _ type: Int, _ node: IRNode
    ) throws(ProbeError) {
        guard metadata[node.reference("scope")]?.kind == "DIModule", CName.fault(name) == nil,
            let constant = IRConstant(value), !names.has(name), !names.has(ShellNames.swiftName(name))
        else { return }
        var layout = layout
        let place = layout.place(of: node)
        guard let type = try? layout.type(type, of: name, at: place) else { return }
        self.layout = layout
        guard (try? names.takePair(name, for: "the variable \(name)", at: place)) != nil else { return }
        module.variables.append(
            .init(name: name, symbol: symbol, type: type, value: constant.initialiser, isSetting: false))
    }

    private mutating func readMap(
        _ name: String, _ symbol: String, _ value: Substring, _ parameters: [Int], _ place: SourcePlace
    ) throws(ProbeError) {
        guard var definition = MapDefinition(IRConstant.words(value)) else {
            throw ProbeError(
                .probeMapDefinition, "the definition of map \(name) is not a constant", at: place,
                cause: "the object says of each map what it is before anything runs",
                nextStep: "write numbers, or constants, for its arguments")
        }
        var parameters = parameters
        if !definition.inner.isEmpty, let last = parameters.popLast(), let inner = metadata[last] {
            definition.inner[0].types = try types(layout.generic(inner).parameters, name, place)
        }
        definition.types = try types(parameters, name, place)
        try check(&definition, of: name, at: place)
        try take(name, for: "the map \(name)", at: place)
        if ShellNames.hasEvents(definition) {
            let marker = ShellNames.marker(of: name, number: module.maps.count)
            try names.take(marker, for: "the map \(name)", at: place)
        }
        module.maps.append(.init(name: name, symbol: symbol, definition: definition, place: place))
    }

    /// `BPF_MAP_TYPE_RINGBUF`.
    private static let ringBuffer: UInt32 = 27

    /// The sizes of keys, values and events in Swift are those of their types in C, and that of a ring is one.
    private func check(
        _ definition: inout MapDefinition, of name: String, at place: SourcePlace
    ) throws(ProbeError) {
        let types = definition.types
        let bytes = definition.maxEntries
        guard definition.kind != Self.ringBuffer || bytes == 0 || bytes % 4096 == 0 && bytes & (bytes - 1) == 0 else {
            throw ProbeError(
                .probeMapDefinition, "a ring buffer of \(bytes) bytes, as \(name) is, is none to the kernel", at: place,
                cause: "the size is a power of two and a multiple of the page size", nextStep: "write 256 * 1024")
        }
        var sizes: [(what: String, inSwift: UInt32, type: CType?)] = []
        if ShellNames.hasEvents(definition) {
            sizes.append(("an event", definition.valueSize, types.first))
            // What the kernel asks for: a descriptor for each processor, and nothing for a ring buffer.
            definition.valueSize = definition.keySize
        } else if definition.inner.isEmpty, let value = types.last {
            sizes.append(("a value", definition.valueSize, value))
            if types.count > 1 { sizes.append(("a key", definition.keySize, types.first)) }
        }
        for (what, inSwift, type) in sizes {
            guard let type, inSwift != 0, inSwift != type.stride else { continue }
            throw ProbeError(
                .probeEventType, "\(what) of \(name) has no form in C", at: place,
                cause: "it takes \(inSwift) bytes in Swift, and \(type.stride) bytes in C",
                nextStep: "use integers, Bool, Text<N>, InlineArray, enumerations without payload, and structs of them")
        }
        for index in definition.inner.indices { try check(&definition.inner[index], of: name, at: place) }
    }

    private mutating func types(
        _ parameters: [Int], _ name: String, _ place: SourcePlace
    ) throws(ProbeError) -> [CType] {
        var types: [CType] = []
        for parameter in parameters where !layout.isNumber(parameter) {
            let type = try layout.type(parameter, of: name, at: place)
            guard type.tag == nil else {
                throw ProbeError(
                    .probeEventType, "the format of \(name) is lost", at: place,
                    cause: "formats are of members of a structure",
                    nextStep: "write a structure with one member of that type")
            }
            types.append(type)
        }
        return types
    }

    private mutating func readLicense(
        _ name: String, _ value: Substring, _ place: SourcePlace
    ) throws(ProbeError) {
        if let other = module.license {
            var error = ProbeError(
                .probeName, "a probe has one license", at: place, cause: "the object tells the kernel one",
                nextStep: "leave one of them out")
            var label = other.place.label
            label.role = .secondary
            label.message = "the other license"
            error.diagnostic.labels.append(label)
            throw error
        }
        guard let text = license(value) else {
            throw ProbeError(
                .probeGlobal, "the license \(name) is not a constant", at: place,
                cause: "the object says what it is before anything runs",
                nextStep: "write it as a text: @used let \(name) = License(\"GPL\")")
        }
        module.license = .init(text: text, place: place)
    }

    /// The text that a license is: the constant that its value points to.
    private func license(_ value: Substring) -> String? {
        guard let symbol = IRText.symbol(in: value),
            let line = lines.first(where: { $0.hasPrefix("@\(symbol) = ") || $0.hasPrefix("@\"\(symbol)\" = ") }),
            let text = IRText.between(" c\"", "\\00\"", in: line)
        else { return nil }
        return IRText.unescaped(text)
    }

    /// What a line gives a global variable, from its type on; nil if it is no definition.
    private static func value(_ line: Substring) -> Substring? {
        let starts = [" global ", " constant "].compactMap { word in
            IRText.place(of: word, in: line).map { line.utf8.index($0, offsetBy: word.utf8.count) }
        }
        guard let start = starts.min() else { return nil }
        let value = line[start...]
        let end = IRText.place(of: ", section \"", in: value) ?? IRText.place(of: ", align ", in: value)
        return end.map { value[..<$0] } ?? value
    }

    private static func notConstant(_ name: String, _ place: SourcePlace) -> ProbeError {
        ProbeError(
            .probeGlobal, "the first value of \(name) is not a constant", at: place,
            cause: "nothing runs before the program, so the object has the first values",
            nextStep: "write numbers, or constants")
    }

    // MARK: - Functions

    /// What LLVM has for results, as C has it with and without a sign.
    private static let results: [String: (signed: String, unsigned: String)] = [
        "void": ("void", "void"), "i1": ("_Bool", "_Bool"), "i8": ("signed char", "unsigned char"),
        "i16": ("short", "unsigned short"), "i32": ("int", "unsigned int"), "i64": ("long", "unsigned long"),
    ]

    /// Whether the result of a function is a number without a sign, by the name of its type.
    private func returnsUnsigned(_ function: IRNode) -> Bool {
        let types = metadata.items(metadata[function.reference("type")]?.reference("types"))
        return types.first.flatMap { metadata[$0]?.text("name") }?.hasPrefix("UInt") == true
    }

    private mutating func readQuestion(_ symbol: String) throws(ProbeError) {
        do throws(ProbeError) {
            try questions.read(symbol)
        } catch {
            guard error.diagnostic.source?.file.isEmpty != false else { throw error }
            // What is asked of no type of the user's own is said at the place where it is asked.
            var error = error
            let sources = Set(sources)
            let calls = CallGraph(lines.joined(separator: "\n")).places(ofCallsTo: symbol, in: sources)
            error.diagnostic.source = calls.first?.label
            throw error
        }
    }

    private mutating func readFunction(_ line: Substring) throws(ProbeError) {
        guard let symbol = IRText.symbol(in: line) else { return }
        if KernelQuestion.isOne(symbol) { return try readQuestion(String(symbol)) }
        guard let section = IRText.between(" section \"", "\"", in: line), let node = metadata[IRText.place(in: line)],
            let name = node.text("name")
        else { return }
        let place = layout.place(of: node)
        let text = IRText.unescaped(section)
        guard text != name else {
            throw ProbeError(
                .probeName, "the function \(name) is called as its section", at: place,
                cause: "an object has one name for both", nextStep: "give the function another name")
        }
        let words = line.prefix { $0 != "@" }.split(separator: " ")
        guard let results = words.last.flatMap({ Self.results[String($0)] }) else {
            throw ProbeError(
                .probeArguments, "the program \(name) returns what is no number", at: place,
                cause: "the kernel takes one number of a program", nextStep: "return Int32, or nothing")
        }
        let open = IRText.place(of: "(", in: line[symbol.endIndex...])
        let parameters = open.map { IRFilter.parameters(line[$0...]) } ?? []
        guard parameters.count <= 1, parameters.allSatisfy({ $0.hasPrefix("ptr") }) else {
            throw ProbeError(
                .probeArguments,
                parameters.count > 1
                    ? "the program \(name) has more than one parameter"
                    : "the parameter of the program \(name) is no context", at: place,
                cause: "the kernel hands a program its context, and nothing else",
                nextStep: "take one context, such as KprobeContext")
        }
        guard name != "main" else { throw Self.refused(name, "C has a function of that name", place) }
        try take(name, for: "the program \(name)", at: place)
        module.programs.append(
            .init(
                name: name, symbol: String(symbol), section: text, place: place,
                result: returnsUnsigned(node) ? results.unsigned : results.signed,
                takesContext: !parameters.isEmpty))
    }

    // MARK: - Checks

    /// A global variable whose first value has to be computed has a function that does more than return.
    private func checkInitialisers() throws(ProbeError) {
        var symbol: Substring?
        for line in lines {
            if line.hasPrefix("define ") {
                symbol = IRText.symbol(in: line).flatMap { $0.hasSuffix("_WZ") ? $0 : nil }
                if let found = symbol,
                    !IRText.has("\(SourceNames.module.utf8.count)\(SourceNames.module)", in: found)
                {
                    symbol = nil
                }
            } else if let found = symbol, line.hasPrefix("  "), !IRText.has("#dbg", in: line),
                !line.hasPrefix("  ret void")
            {
                let name = demangle(String(found))?.split(separator: " ").last.map(String.init) ?? String(found)
                let variables = metadata.all(having: "DIGlobalVariable(").compactMap { metadata[$0] }
                // Types may have variables of one name; what computes the first value is called as the variable.
                let symbol = found.dropLast("_WZ".count)
                let node =
                    variables.first { $0.text("linkageName")?.hasPrefix(symbol) == true }
                    ?? variables.first { $0.text("name") == name }
                throw Self.notConstant(name, node.map { layout.place(of: $0) } ?? SourcePlace(file: "", line: 0))
            } else if line.utf8.first == UInt8(ascii: "}") {
                symbol = nil
            }
        }
    }

    /// The kinds of maps that BPFKit has.
    private static let maps: Set<String> = [
        "HashMap", "LRUHashMap", "PerCPUHashMap", "PerCPULRUHashMap", "LPMTrie", "ArrayMap", "PerCPUArray", "Queue",
        "Stack", "StackTraceMap", "PerfEventArray", "RingBuffer", "ProgramArray", "ArrayOfMaps", "HashOfMaps",
    ]

    /// A map within a function would be a definition on the stack, which is no map to the kernel.
    private func checkLocalMaps() throws(ProbeError) {
        for number in metadata.all(having: "!DILocalVariable(") {
            guard let node = metadata[number], node.number("arg") == nil, let name = node.text("name"),
                let (_, type) = layout.unqualified(node.reference("type")), layout.isOfKit(type),
                let kind = layout.generic(type).name ?? type.text("name"), Self.maps.contains(kind)
            else { continue }
            throw ProbeError(
                .probeMapDefinition, "the map \(name) is declared within a function", at: layout.place(of: node),
                cause: "a map is there before anything runs",
                nextStep: "declare it in the file: let \(name) = \(kind)<…>(…)")
        }
    }

    /// Takes the name of a program, a map or a variable.
    private mutating func take(_ name: String, for what: String, at place: SourcePlace) throws(ProbeError) {
        if let fault = CName.fault(name) { throw Self.refused(name, fault, place) }
        try names.takePair(name, for: what, at: place)
    }

    private static func refused(_ name: String, _ cause: String, _ place: SourcePlace) -> ProbeError {
        ProbeError(
            .probeName, "the name \(name) cannot be used", at: place, cause: cause, nextStep: "choose another name")
    }

    private mutating func check() throws(ProbeError) {
        for case .enumeration(let name, let cases) in module.declarations {
            let place = layout.places[name] ?? SourcePlace(file: "", line: 1)
            for label in cases { try names.take(label, for: "a case of \(name)", at: place) }
        }
        guard module.programs.isEmpty else { return }
        let file = sources.count == 1 ? sources.first.map { " of \($0)" } : nil
        throw ProbeError(
            .probeNoProgram, "no function\(file ?? "") has a section",
            cause: "the section of a function says where it is attached",
            nextStep: "write it in front of the function: @section(\"kprobe/do_unlinkat\") func …")
    }
}
