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

    /// The functions of the tables that are meant: of one address one, of several versions the usual one, and of a weak
    /// one and another of its name the other.
    ///
    /// - Parameters:
    ///   - limit: More than so many functions are not collected: one more says that there are more.
    ///   - demangle: Makes a name readable.
    package func symbols(
        in tables: [UserSymbolTable], limit: Int = .max, demangle: (String) -> String?
    ) -> [UserSymbol] {
        var found = FoundSymbols(version: version, limit: limit)
        for table in tables {
            table.forEachFunction(withLabels: !isGlob) { index, name in
                if matches(name), let symbol = table.symbol(index, name: name) { found.add(symbol) }
                return !found.isFull
            }
        }
        guard found.symbols.isEmpty, mayBeDemangled else { return chosen(found) }
        // Hostile names are short, and long when they are written out.
        var bytesLeft = Self.mostDemangledBytes
        for table in tables {
            table.forEachFunction(withLabels: !isGlob) { index, name in
                guard Mangling.mayBe(name), let plain = demangle(String(decoding: name, as: UTF8.self)) else {
                    return true
                }
                bytesLeft -= plain.utf8.count
                if matches(demangled: plain), let symbol = table.symbol(index, name: name) { found.add(symbol) }
                return bytesLeft > 0 && !found.isFull
            }
        }
        return chosen(found)
    }

    /// Bytes of readable names that are looked at: more than the largest programs have.
    private static let mostDemangledBytes = 1 << 30

    private func chosen(_ found: FoundSymbols) -> [UserSymbol] {
        guard !found.isFull else { return found.symbols }
        let current = Set(found.symbols.lazy.filter { !$0.isOldVersion }.map(\.name))
        let strong = isGlob ? [] : Set(found.symbols.lazy.filter { !$0.isWeak }.map(\.name))
        return found.symbols.filter { symbol in
            (version != nil || !symbol.isOldVersion || !current.contains(symbol.name))
                && (!symbol.isWeak || !strong.contains(symbol.name))
        }
    }
}

/// Functions on their way out of tables, of each address one.
private struct FoundSymbols {
    private let version: String?
    private let limit: Int
    private var places: [UInt64: Int] = [:]
    private(set) var symbols: [UserSymbol] = []

    init(version: String?, limit: Int) { (self.version, self.limit) = (version, limit) }

    /// Whether there are more than the limit.
    var isFull: Bool { symbols.count > limit }

    mutating func add(_ symbol: UserSymbol) {
        guard version == nil || symbol.version == version else { return }
        guard let place = places[symbol.address] else {
            places[symbol.address] = symbols.count
            symbols.append(symbol)
            return
        }
        // A name that programs get says more of the place than one that they do not.
        let known = symbols[place]
        if known.isOldVersion && !symbol.isOldVersion || known.name == symbol.name && known.isWeak {
            symbols[place] = symbol
        }
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
