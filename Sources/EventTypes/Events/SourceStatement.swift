// SPDX-License-Identifier: Apache-2.0

/// A line of C as far as it says what it writes to: `event.pid = pid;`, `bpf_get_current_comm(&event.comm, …)`.
///
/// Only what is plain is understood, and everything else is nothing: lines may be the first of several, and come out of
/// macros.
struct SourceStatement {
    /// A member of a variable: `event.callers[1]`, `data->pid`.
    struct Place: Equatable {
        let variable: String
        /// The name of the member; of a member of a member both, with a dot.
        let member: String
        /// The number of the element, if it is one of an array.
        let element: Int?
    }

    private let text: [UInt8]

    /// Bytes of a line that are looked at.
    private static let longest = 1_024

    init(_ text: String) { self.text = Array(text.utf8.prefix(Self.longest)) }

    /// The member that the line assigns to, with `=` or an operator in front of it.
    var assigned: Place? {
        guard let (place, end) = member(from: 0, isAddress: false), equals(behind: end) != nil else { return nil }
        return place
    }

    /// The variable alone that the line assigns to: `tx_b = …`, `u32 pid = …`.
    var assignedVariable: String? {
        guard let equals = text.firstIndex(of: UInt8(ascii: "=")), !isComparison(equals) else { return nil }
        let words = Self.words(text[..<equals])
        guard let last = words.last, words.joined().utf8.allSatisfy(Self.isWord),
            text[..<equals].allSatisfy({ Self.isWord($0) || $0 == 32 || $0 == 9 || $0 == UInt8(ascii: "*") })
        else { return nil }
        return last
    }

    /// What a line of an assignment assigns, without the semicolon.
    var assignedValue: String? {
        guard let equals = text.firstIndex(of: UInt8(ascii: "=")), !isComparison(equals) else { return nil }
        let value = String(decoding: text[(equals + 1)...], as: UTF8.self)
        return String(value.drop { $0 == " " }.prefix { $0 != ";" })
    }

    /// The member whose address, or which, is the first argument of a call in the line.
    var argument: Place? {
        for (index, byte) in text.enumerated() where byte == UInt8(ascii: "(") {
            if let (place, _) = member(from: index + 1, isAddress: true) { return place }
        }
        return nil
    }

    /// The variable whose address is the first argument of a call in the line: `BPF_CORE_READ_INTO(&dport, …)`.
    var argumentVariable: String? {
        for (index, byte) in text.enumerated() where byte == UInt8(ascii: "(") {
            guard text.indices.contains(index + 1), text[index + 1] == UInt8(ascii: "&") else { continue }
            let name = text[(index + 2)...].prefix { Self.isWord($0) }
            if !name.isEmpty { return String(decoding: name, as: UTF8.self) }
        }
        return nil
    }

    /// The name of what the second argument of a call is, or is the address of: `key` of `bpf_map_lookup_elem(&counts, &key)`,
    /// the member if it is one.
    var secondArgument: String? {
        guard let start = text.firstIndex(of: UInt8(ascii: "(")) else { return nil }
        let arguments = text[(start + 1)...].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard arguments.count > 1 else { return nil }
        return Self.words(arguments[1].prefix { $0 != UInt8(ascii: ")") }).last
    }

    /// The last name in the line: `tgid` of `BPF_CORE_READ(task, real_parent, tgid)`.
    var lastWord: String? { Self.words(text[...]).last }

    /// Whether a member of something is named in the line.
    var hasMember: Bool {
        text.indices.dropFirst().contains { at in
            text[at] == UInt8(ascii: ".") && Self.isWord(text[at - 1])
                || text[at] == UInt8(ascii: ">") && text[at - 1] == UInt8(ascii: "-")
        }
    }

    /// Whether the line is a name and nothing else.
    var isWord: Bool { !text.isEmpty && text.allSatisfy(Self.isWord) }

    /// The type and the name of the variable that the line declares: `struct event event = {};`.
    var declared: (type: String, variable: String)? {
        let words = Self.words(text[...])
        guard words.count >= 3, words[0] == "struct" || words[0] == "const" && words[1] == "struct" else { return nil }
        let first = words[0] == "struct" ? 1 : 2
        guard words.count > first + 1, let end = text.firstIndex(where: { Self.ends.contains($0) }) else { return nil }
        // The name of a function is no variable.
        guard text[end] != UInt8(ascii: "(") else { return nil }
        let head = Self.words(text[..<end])
        guard head.count == first + 2 else { return nil }
        return (head[first], head[first + 1])
    }

    private static let ends: Set<UInt8> = [UInt8(ascii: "="), UInt8(ascii: ";"), UInt8(ascii: ","), UInt8(ascii: "(")]

    /// Whether the line begins a condition or a loop.
    var isCondition: Bool { ["if", "while", "for", "switch"].contains(Self.words(text.prefix(8)).first) }

    /// Whether the line has several statements, so that it is not told which one an instruction is of.
    var hasSeveral: Bool {
        guard let end = text.firstIndex(of: UInt8(ascii: ";")) else { return false }
        let rest = text[(end + 1)...].drop { $0 == 32 || $0 == 9 }
        return rest.first.map { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "}") } ?? false
    }

    /// Whether a name is in the line as a word.
    func has(_ name: String) -> Bool { Self.words(text[...]).contains(name) }

    // MARK: - Reading

    private func member(from start: Int, isAddress: Bool) -> (Place, end: Int)? {
        var at = start
        func skipSpaces() { while at < text.count, text[at] == 32 || text[at] == 9 { at += 1 } }
        func word() -> String? {
            let word = text[min(at, text.count)...].prefix { Self.isWord($0) }
            guard let first = word.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return nil }
            at += word.count
            return String(decoding: word, as: UTF8.self)
        }
        func step() -> Bool {
            if at < text.count, text[at] == UInt8(ascii: ".") {
                at += 1
                return true
            }
            guard at + 1 < text.count, text[at] == UInt8(ascii: "-"), text[at + 1] == UInt8(ascii: ">") else {
                return false
            }
            at += 2
            return true
        }
        skipSpaces()
        if isAddress, at < text.count, text[at] == UInt8(ascii: "&") { at += 1 }
        guard let variable = word(), step(), let first = word() else { return nil }
        var names = [first]
        while step() {
            guard let next = word() else { return nil }
            names.append(next)
        }
        var element: Int?
        if at < text.count, text[at] == UInt8(ascii: "[") {
            let digits = text[(at + 1)...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            at += 1 + digits.count
            guard at < text.count, text[at] == UInt8(ascii: "]"), digits.count < 6,
                let number = Int(String(decoding: digits, as: UTF8.self))
            else { return nil }
            element = number
            at += 1
        }
        return (Place(variable: variable, member: names.joined(separator: "."), element: element), at)
    }

    /// Where `=`, or an operator with it, stands behind a place; nil if none does.
    private func equals(behind end: Int) -> Int? {
        var at = end
        while at < text.count, text[at] == 32 || text[at] == 9 { at += 1 }
        while at < text.count, "|&^+-*/%<>".utf8.contains(text[at]) { at += 1 }
        guard at < text.count, text[at] == UInt8(ascii: "="), !isComparison(at) else { return nil }
        return at
    }

    private func isComparison(_ equals: Int) -> Bool {
        let next = equals + 1 < text.count ? text[equals + 1] : 0
        let before = equals > 0 ? text[equals - 1] : 0
        return next == UInt8(ascii: "=") || "=!".utf8.contains(before)
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func words(_ text: ArraySlice<UInt8>) -> [String] {
        text.split { !isWord($0) }.map { String(decoding: $0, as: UTF8.self) }
    }
}
