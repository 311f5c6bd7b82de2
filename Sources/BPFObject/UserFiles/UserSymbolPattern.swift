// SPDX-License-Identifier: Apache-2.0

/// The functions of a file that a user means by one text: `malloc`, `malloc@GLIBC_2.2.5`, `pthread_*`,
/// `ns::Class::method`, `ns::Class::method(int)`.
package struct UserSymbolPattern: Sendable, Equatable {
    /// The text, without a version.
    package let text: String
    /// The version that is wanted; nil is the one that programs get.
    package let version: String?
    /// Whether it has `*` or `?`, and so may mean several functions.
    package let isGlob: Bool
    /// Whether it may be a name as C++, Rust or Swift write it, and not as the file has it.
    package let mayBeDemangled: Bool

    /// Reads a text.
    package init(_ text: String) {
        // A mangled name has no @; one of C++ has none either.
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        self.text = name
        let tail = parts.count > 1 ? parts[1].drop { $0 == "@" } : ""
        version = tail.isEmpty ? nil : String(tail)
        // A parameter `char *` is no pattern.
        isGlob = !name.contains("(") && name.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }
        mayBeDemangled = name.contains("::") || name.contains("(") || name.contains(".") || name.contains("<")
    }

    /// Whether a symbol's own name, without its version, is meant.
    package func matches(_ name: ArraySlice<UInt8>) -> Bool {
        let at = UInt8(ascii: "@")
        if isGlob { return Glob.matches(Array(text.utf8)[...], name.prefix { $0 != at }) }
        let wanted = text.utf8
        guard name.count >= wanted.count, name.starts(with: wanted) else { return false }
        return name.count == wanted.count || name[name.startIndex + wanted.count] == at
    }

    /// Whether a name is meant that was made readable: with its parameters, or without them.
    package func matches(demangled name: String) -> Bool {
        let forms = DemangledName.forms(of: name)
        if isGlob {
            let wanted = Array(text.utf8)
            return forms.contains { Glob.matches(wanted[...], Array($0.utf8)[...]) }
        }
        return forms.contains(text)
    }

    /// The functions of the tables that are meant: of one address one, and of several versions the usual one.
    package func symbols(in tables: [UserSymbolTable], demangle: (String) -> String?) -> [UserSymbol] {
        var found: [UserSymbol] = []
        for table in tables {
            table.forEachFunction { index, name in
                if matches(name), let symbol = table.symbol(index, name: name) { found.append(symbol) }
            }
        }
        if found.isEmpty, mayBeDemangled {
            for table in tables {
                table.forEachFunction { index, name in
                    guard Mangling.mayBe(name), let plain = demangle(String(decoding: name, as: UTF8.self)),
                        matches(demangled: plain), let symbol = table.symbol(index, name: name)
                    else { return }
                    found.append(symbol)
                }
            }
        }
        if let version {
            found = found.filter { $0.version == version }
        } else if found.contains(where: { !$0.isOldVersion }) {
            found = found.filter { symbol in
                !symbol.isOldVersion || !found.contains { !$0.isOldVersion && $0.name == symbol.name }
            }
        }
        var addresses: Set<UInt64> = []
        return found.filter { addresses.insert($0.address).inserted }
    }
}

/// Names as compilers write them into files.
package enum Mangling {
    private static let prefixes: [[UInt8]] = ["_Z", "__Z", "_R", "$s", "_$s", "$S", "_$S", "$e", "_$e"].map {
        Array($0.utf8)
    }

    /// Whether a name may be one of C++, Rust or Swift.
    package static func mayBe(_ name: ArraySlice<UInt8>) -> Bool {
        guard let first = name.first, first == UInt8(ascii: "_") || first == UInt8(ascii: "$") else { return false }
        return prefixes.contains { name.starts(with: $0) }
    }

    /// The path of a Rust function from its mangled name (`_RNvNtCs1234_5crate6module8function`): the names in it, in
    /// their order, which for functions that are no members of an `impl` is the path as it is written.
    package static func rustPath(_ name: String) -> String? {
        let bytes = Array(name.utf8)
        guard bytes.starts(with: Array("_R".utf8)), bytes.count <= 4_096 else { return nil }
        var parts: [String] = []
        var place = 2
        while place < bytes.count, parts.count < 64 {
            switch bytes[place] {
            case UInt8(ascii: "s"), UInt8(ascii: "B"):
                // A number that tells names apart, or one of a place before: base 62 up to an underscore.
                guard let end = bytes[place...].firstIndex(of: UInt8(ascii: "_")) else { return nil }
                place = end + 1
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                var length = 0
                while place < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[place]) {
                    guard length < bytes.count else { return nil }
                    length = length * 10 + Int(bytes[place] - UInt8(ascii: "0"))
                    place += 1
                }
                // Between number and name, where the name begins with a digit or an underscore.
                if place < bytes.count, bytes[place] == UInt8(ascii: "_") { place += 1 }
                guard length <= bytes.count - place else { return nil }
                if length > 0 { parts.append(String(decoding: bytes[place..<(place + length)], as: UTF8.self)) }
                place += length
            default: place += 1
            }
        }
        return parts.isEmpty ? nil : parts.joined(separator: "::")
    }
}

/// How people shorten a readable name.
enum DemangledName {
    /// The name as it is, without its parameters, without what it returns, and without the arguments of its template.
    static func forms(of name: String) -> [String] {
        var forms = [name]
        let bytes = Array(name.utf8.prefix(longest))
        let head = withoutParameters(bytes)
        guard !head.isEmpty else { return forms }
        var plain = head
        // Functions made of templates have what they return in front.
        if let space = lastSpace(plain) { plain = plain[(space + 1)...] }
        for form in [head, plain, withoutHash(plain), withoutArguments(plain)] {
            let text = String(decoding: form, as: UTF8.self)
            if !forms.contains(text) { forms.append(text) }
        }
        return forms
    }

    private static let longest = 16_384

    /// What stands before the parameters; they are in the first parentheses outside of angle brackets.
    private static func withoutParameters(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        let markers = ["(anonymous namespace)", "operator()", "operator<<", "operator>>", "operator<=", "operator<"]
        let notParameters = (markers + ["operator>=", "operator>", "operator->"]).map { Array($0.utf8) }
        var depth = 0
        var place = 0
        while place < bytes.count {
            let byte = bytes[place]
            if byte == UInt8(ascii: "(") || byte == UInt8(ascii: "o"),
                let marker = notParameters.first(where: { bytes[place...].starts(with: $0) })
            {
                place += marker.count
                continue
            }
            if byte == UInt8(ascii: "<") { depth += 1 }
            if byte == UInt8(ascii: ">"), depth > 0 { depth -= 1 }
            if byte == UInt8(ascii: "("), depth == 0 { return bytes[..<place] }
            place += 1
        }
        return bytes[...]
    }

    private static func lastSpace(_ bytes: ArraySlice<UInt8>) -> Int? {
        var depth = 0
        for place in bytes.indices.reversed() {
            switch bytes[place] {
            case UInt8(ascii: ">"), UInt8(ascii: ")"): depth += 1
            case UInt8(ascii: "<"), UInt8(ascii: "("): depth -= 1
            case UInt8(ascii: " ") where depth == 0: return place
            default: continue
            }
        }
        return nil
    }

    /// Rust puts a hash behind each path: `::h` and 16 digits.
    private static func withoutHash(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let tail = bytes.suffix(19)
        guard tail.count == 19, tail.starts(with: Array("::h".utf8)),
            tail.dropFirst(3).allSatisfy({ ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x66) })
        else { return bytes }
        return bytes.dropLast(19)
    }

    private static func withoutArguments(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard bytes.last == UInt8(ascii: ">") else { return bytes }
        var depth = 0
        for place in bytes.indices.reversed() {
            if bytes[place] == UInt8(ascii: ">") { depth += 1 }
            if bytes[place] == UInt8(ascii: "<") {
                depth -= 1
                if depth == 0 { return bytes[..<place] }
            }
        }
        return bytes
    }
}
