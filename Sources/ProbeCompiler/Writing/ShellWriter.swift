// SPDX-License-Identifier: Apache-2.0

/// Writes the shell in C around the probes: the maps and programs of the object, with the types that readers need.
///
/// The functions of Swift are called by their symbols; `#line` says that a program begins where its function does.
struct ShellWriter {
    let module: ProbeModule
    private var text = ""

    /// The shell of a module.
    ///
    /// - Parameter sources: The names of the files, for the first line.
    static func text(of module: ProbeModule, sources: [String]) -> String {
        var writer = ShellWriter(module: module)
        let names = sources.map(commented)
        writer.add("/* Made by load-kp-bpf from \(names.joined(separator: ", ")). */")
        writer.add("#define SEC(name) __attribute__((section(name), used))")
        writer.add("#define HIDDEN __attribute__((visibility(\"hidden\")))")
        // The name of a header is read as it is, without escapes; what could end it was refused.
        for header in module.headers { writer.add("#include \"\(header)\"") }
        if module.maps.contains(where: { $0.definition.pinning > 1 }) { writer.add(legacyDefinition) }
        for declaration in module.declarations { writer.add(Self.text(of: declaration)) }
        for map in module.maps { writer.write(map) }
        for variable in module.variables { writer.write(variable) }
        writer.writeEvents()
        for program in module.programs { writer.write(program) }
        writer.add("char LICENSE[] SEC(\"license\") = \(quoted(module.license?.text ?? "GPL"));")
        return writer.text
    }

    private init(module: ProbeModule) { self.module = module }

    private mutating func add(_ line: String) { text += line + "\n" }

    // MARK: - Types

    private static func text(of declaration: CDeclaration) -> String {
        switch declaration {
        case .enumeration(let name, let cases):
            let list = cases.enumerated().map { "\($1) = \($0)" }
            return "enum \(name) { \(list.joined(separator: ", ")) } __attribute__((packed));"
        case .structure(let name, let members, _):
            let lines = members.map { "\t\($0.type.declaringMember($0.name));" }
            let checks = members.map {
                "_Static_assert(__builtin_offsetof(struct \(name), \($0.name)) == \($0.offset), "
                    + "\"Swift and C lay out \(name) differently\");"
            }
            return (["struct \(name) {"] + lines + ["};"] + checks).joined(separator: "\n")
        }
    }

    // MARK: - Variables

    /// Maps whose types are in no declaration of keys and values: of programs, stacks, queues and so on.
    private static let mapsOfSizes: Set<UInt32> = [3, 4, 7, 14, 16, 22, 23, 27, 30]
    /// `BPF_MAP_TYPE_QUEUE` and `BPF_MAP_TYPE_STACK`: values without keys.
    private static let mapsOfValues: Set<UInt32> = [22, 23]
    /// `BPF_MAP_TYPE_ARRAY_OF_MAPS` and `BPF_MAP_TYPE_HASH_OF_MAPS`.
    private static let mapsOfMaps: Set<UInt32> = [12, 13]

    private static let legacyDefinition =
        "struct bpf_elf_map { unsigned type, size_key, size_value, max_elem, flags, id, pinning, inner_id, inner_idx; };"

    private mutating func write(_ map: ProbeModule.Map) {
        let definition = map.definition
        // As the loaders of 2018 have it: 1 is a pin beside the map's user, 2 one below the directory of tc.
        if definition.pinning > 1 {
            let numbers = [
                definition.kind, definition.keySize, definition.valueSize,
                definition.maxEntries == 0 ? 4 : definition.maxEntries, definition.flags, 0, definition.pinning - 1, 0,
                0,
            ]
            add(
                "struct bpf_elf_map \(map.name) SEC(\"maps\") = { " + numbers.map(String.init).joined(separator: ", ")
                    + " };")
        } else {
            add("struct { \(Self.members(of: definition).joined(separator: " ")) } \(map.name) SEC(\".maps\");")
        }
        add(alias(of: map.name, symbol: map.symbol))
    }

    /// The members of a definition in `.maps`.
    private static func members(of map: MapDefinition) -> [String] {
        var members = ["int (*type)[\(map.kind)];"]
        if mapsOfMaps.contains(map.kind) {
            members.append(map.types.first.map { $0.pointing("key") + ";" } ?? "unsigned int *key;")
            members.append("int (*value_size)[4];")
        } else if mapsOfSizes.contains(map.kind) {
            if map.keySize > 0 { members.append("int (*key_size)[\(map.keySize)];") }
            if mapsOfValues.contains(map.kind), let value = map.types.first {
                members.append(value.pointing("value") + ";")
            } else if map.valueSize > 0 {
                members.append("int (*value_size)[\(map.valueSize)];")
            }
        } else if let value = map.types.last {
            members.append(map.types.count > 1 ? map.types[0].pointing("key") + ";" : "unsigned int *key;")
            members.append(value.pointing("value") + ";")
        } else {
            if map.keySize > 0 { members.append("int (*key_size)[\(map.keySize)];") }
            if map.valueSize > 0 { members.append("int (*value_size)[\(map.valueSize)];") }
        }
        if map.maxEntries > 0 { members.append("int (*max_entries)[\(map.maxEntries)];") }
        if map.flags > 0 { members.append("int (*map_flags)[\(map.flags)];") }
        if map.pinning == 1 { members.append("int (*pinning)[1];") }
        if let inner = map.inner.first {
            members.append("struct { \(Self.members(of: inner).joined(separator: " ")) } *values[];")
        }
        return members
    }

    private mutating func write(_ variable: ProbeModule.Variable) {
        // A setting is not const: the compiler would take its first value for its last one.
        let section = variable.isSetting ? " SEC(\".rodata.settings\")" : ""
        // A structure of one member has its member's value, which C takes in braces, as it takes a number in them.
        let value = variable.value.hasPrefix("{") ? variable.value : "{\(variable.value)}"
        add("\(variable.type.declaringMember(variable.name))\(section) = \(value);")
        add(alias(of: variable.name, symbol: variable.symbol))
    }

    private func alias(of name: String, symbol: String) -> String {
        "HIDDEN extern __typeof__(\(name)) \(ShellNames.swiftName(name)) __asm__(\(Self.quotedSymbol(symbol))) "
            + "__attribute__((alias(\"\(name)\")));"
    }

    /// Which map has events of which type: `bpf_event_NUMBER_MAP`, as `event.h` has it.
    private mutating func writeEvents() {
        for (number, map) in module.maps.enumerated() where ShellNames.hasEvents(map.definition) {
            guard let type = map.definition.types.first else { continue }
            add(
                "\(type.declaring("(*const \(ShellNames.marker(of: map.name, number: number)))")) SEC(\".event_types\") = 0;"
            )
        }
    }

    // MARK: - Programs

    private mutating func write(_ program: ProbeModule.Program) {
        let parameter = program.takesContext ? "void *context" : "void"
        let function = ShellNames.swiftName(program.name)
        add("\(program.result) \(function)(\(parameter)) __asm__(\(Self.quotedSymbol(program.symbol)));")
        add("#line \(program.place.line) \(Self.quoted(program.place.file))")
        let call = "\(function)(\(program.takesContext ? "context" : ""));"
        add(
            "SEC(\(Self.quoted(program.section))) int \(program.name)(void *context) { "
                + (program.result == "void" ? "\(call) return 0; }" : "return \(call) }"))
    }

    /// A symbol of the IR between quotation marks.
    static func quotedSymbol(_ symbol: String) -> String { quoted(IRText.unescaped(Substring(symbol))) }

    /// A text between quotation marks, as C reads it: each byte that is no plain letter is a number of three digits.
    static func quoted(_ text: String) -> String {
        var quoted: [UInt8] = [UInt8(ascii: "\"")]
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), 0..<32, 127...255:
                quoted.append(UInt8(ascii: "\\"))
                for shift in [6, 3, 0] as [UInt8] { quoted.append(UInt8(ascii: "0") + (byte >> shift & 7)) }
            default: quoted.append(byte)
            }
        }
        quoted.append(UInt8(ascii: "\""))
        return String(decoding: quoted, as: UTF8.self)
    }

    /// The name of a file in a comment, of which nothing else is made.
    private static func commented(_ name: String) -> String {
        let bytes = name.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "/"),
                UInt8(ascii: "-"), UInt8(ascii: " "):
                byte
            default: UInt8(ascii: "_")
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
