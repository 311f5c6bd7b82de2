// SPDX-License-Identifier: Apache-2.0

/// What the verifier knows of a register, as it writes it in its log.
public struct VerifierRegister: Sendable, Equatable {
    /// The number of the register: 1 for `R1`.
    public let number: Int
    /// What the log says, such as `map_value(off=0,ks=4,vs=8,imm=0)`.
    public let state: String

    /// The number of registers of a program.
    static let count = 11

    /// Takes apart `R1_w=map_value(off=0,ks=4,vs=8) R10=fp0 fp-8=mmmm`; what is no register is passed over.
    static func all(in text: Substring) -> [VerifierRegister] {
        var registers: [VerifierRegister] = []
        var depth = 0
        var start = text.startIndex
        func take(_ word: Substring) {
            guard registers.count < 2 * count, word.first == "R", let sign = word.firstIndex(of: "=") else { return }
            let digits = word.dropFirst().prefix { $0.isASCII && $0.isNumber }
            guard let number = Int(digits), number < count else { return }
            registers.append(VerifierRegister(number: number, state: String(word[word.index(after: sign)...])))
        }
        var index = start
        while index < text.endIndex {
            switch text[index] {
            case "(": depth += 1
            case ")": depth = max(0, depth - 1)
            case " " where depth == 0:
                take(text[start..<index])
                start = text.index(after: index)
            default: break
            }
            index = text.index(after: index)
        }
        take(text[start...])
        return registers
    }

    /// The kind, such as `map_value`, without what is in parentheses.
    var kind: Substring { state.prefix { $0 != "(" } }

    /// The properties in the parentheses: `off=0`, and `smin=smin32=0` as two.
    var properties: [Substring: Substring] {
        guard let open = state.firstIndex(of: "(") else { return [:] }
        var inner = state[state.index(after: open)...]
        if inner.last == ")" { inner.removeLast() }
        var properties: [Substring: Substring] = [:]
        var depth = 0
        for part in inner.split(whereSeparator: {
            if $0 == "(" { depth += 1 }
            if $0 == ")" { depth -= 1 }
            return $0 == "," && depth == 0
        }) {
            let words = part.split(separator: "=")
            guard words.count > 1, let value = words.last else { continue }
            for name in words.dropLast() { properties[name.trimmed] = value }
        }
        return properties
    }

    /// What the register holds, in words: `a number from 0 to 255`.
    public var words: String {
        let kind = String(kind)
        if kind == "inv" || kind == "scalar" || kind == "P" { return range(properties) }
        if let number = Self.constant(kind) { return "the number \(number)" }
        if kind.hasPrefix("fp") {
            let offset = kind.dropFirst(2)
            return offset.isEmpty || offset == "0" ? "the top of the stack" : "an address on the stack (\(kind))"
        }
        let mayBeNull = kind.contains("or_null")
        let base = kind.replacing("_or_null", with: "").replacing("or_null_", with: "")
        return memory(base, properties) + (mayBeNull ? ", or NULL" : "")
    }

    /// Whether it is a number that is known.
    var isConstant: Bool { Self.constant(String(kind)) != nil }

    /// The 5 of `5`, `invP5`, `inv5` and `0x5`.
    private static func constant(_ kind: String) -> Int64? {
        var digits = kind[...]
        for mark in ["invP", "inv", "P"] where digits.hasPrefix(mark) {
            digits = digits.dropFirst(mark.count)
            break
        }
        if digits.hasPrefix("0x") {
            return UInt64(digits.dropFirst(2), radix: 16).map { Int64(bitPattern: $0) }
        }
        return Int64(digits)
    }

    private func memory(_ base: String, _ properties: [Substring: Substring]) -> String {
        switch base {
        case "ctx": return "the context, which the program is given"
        case "map_ptr": return "a map"
        case "map_value", "map_key":
            let part = base == "map_key" ? "key" : "value"
            let size = (properties[part == "key" ? "ks" : "vs"]).map { " of \($0) bytes" } ?? ""
            let name = properties["map"].map { " of map \($0)" } ?? ""
            return "an address in a \(part)\(size)\(name)" + place(properties)
        case "pkt": return "an address in the packet, of which \(properties["r"] ?? "0") bytes are checked"
        case "pkt_end": return "the end of the packet"
        case "pkt_meta": return "an address in front of the packet"
        case "mem", "alloc_mem", "ringbuf_mem", "rdonly_mem", "rdwr_mem", "rdonly_buf", "rdwr_buf":
            let size = (properties["sz"] ?? properties["mem_size"]).map { " of \($0) bytes" } ?? ""
            return "an address in memory\(size)" + place(properties)
        case "sock", "sock_common", "tcp_sock", "xdp_sock": return "a socket of the kernel"
        case "func": return "a function"
        case "dynptr_ptr", "dynptr": return "a dynptr"
        default:
            if let mark = base.range(of: "ptr_"), mark.upperBound < base.endIndex {
                let trust = base[..<mark.lowerBound]
                let name = base[mark.upperBound...]
                let kind =
                    trust.hasPrefix("untrusted")
                    ? "an untrusted pointer"
                    : trust.hasPrefix("rcu")
                        ? "a pointer under RCU" : "a pointer"
                return "\(kind) to the kernel's \(name)"
            }
            return state
        }
    }

    /// ` at 4`, ` at 0 to 255 more`; nothing where the address is the start.
    private func place(_ properties: [Substring: Substring]) -> String {
        let offset = (properties["off"] ?? properties["imm"]).flatMap { $0 == "0" ? nil : " at offset \($0)" } ?? ""
        guard let high = properties["umax"] ?? properties["umax_value"] else { return offset }
        let low = properties["umin"] ?? properties["umin_value"] ?? "0"
        return offset + (offset.isEmpty ? " at offset " : " plus ") + "\(low) to \(high)"
    }

    private func range(_ properties: [Substring: Substring]) -> String {
        let signed = (properties["smin"] ?? properties["smin_value"], properties["smax"] ?? properties["smax_value"])
        let unsigned = (properties["umin"] ?? properties["umin_value"], properties["umax"] ?? properties["umax_value"])
        if let low = signed.0, low.hasPrefix("-") {
            return "a number from \(low)" + (signed.1.map { " to \($0)" } ?? " on")
        }
        if let high = unsigned.1 { return "a number from \(unsigned.0 ?? "0") to \(high)" }
        if let low = unsigned.0 { return "a number from \(low) on" }
        if let high = signed.1 { return "a number of at most \(high), which may be negative" }
        return "a number of which nothing is known"
    }
}

extension String {
    /// Where a text stands in this one.
    fileprivate func range(of other: String) -> Range<String.Index>? { firstRange(of: other) }
}
