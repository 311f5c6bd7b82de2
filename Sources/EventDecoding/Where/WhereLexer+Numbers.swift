// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

extension WhereLexer {
    /// A number: `42`, `1_000`, `0xff`, `0o17`, `0b101`, `1.5`, `1e6`, `1.5ms`, `64KiB`.
    mutating func number() throws(WhereProblem) -> WhereToken.Kind {
        if peek() == UInt8(ascii: "0") {
            switch peek(1) | 0x20 {
            case UInt8(ascii: "x"): return try integer(bitsPerDigit: 4)
            case UInt8(ascii: "o"): return try integer(bitsPerDigit: 3)
            case UInt8(ascii: "b") where peek(2).isDigit: return try integer(bitsPerDigit: 1)
            default: break
            }
        }
        let start = at
        guard var value = digits() else { throw tooLarge(start) }
        // A leading zero is octal in C and is not in most other places.
        if text[start] == UInt8(ascii: "0"), at - start > 1 {
            throw WhereProblem(
                start..<at, "a number does not begin with 0", next: "write 0o\(string((start + 1)..<at)) if it is octal"
            )
        }
        var scale: Int128 = 1
        if peek() == UInt8(ascii: "."), peek(1).isDigit {
            skip()
            while peek().isDigit {
                // Digits that have no room say nothing of a number that is compared.
                if scale < 1_000_000_000_000_000_000 {
                    guard let longer = value.shifted(by: peek()) else { throw tooLarge(start) }
                    value = longer
                    scale *= 10
                }
                skip()
            }
        }
        if peek() == UInt8(ascii: "."), peek(1).isDigit {
            while peek().isDigit || peek() == UInt8(ascii: ".") { skip() }
            throw WhereProblem(start..<at, "this is not a number")
        }
        if let exponent = try exponent() {
            guard let double = Double("\(value)e\(exponent)"), double.isFinite, !peek().isNamePart else {
                while peek().isNamePart { skip() }
                throw WhereProblem(start..<at, "this is not a number")
            }
            return .float(double / Double(scale))
        }
        guard let factor = try unit(start) else {
            return scale == 1 ? .integer(value) : .float(Double(value) / Double(scale))
        }
        let (product, overflow) = value.multipliedReportingOverflow(by: factor)
        guard !overflow else { throw tooLarge(start) }
        return product % scale == 0 ? .integer(product / scale) : .float(Double(product) / Double(scale))
    }

    private func tooLarge(_ start: Int) -> WhereProblem {
        WhereProblem(start..<max(at, start + 1), "this number has more than 127 bits")
    }

    /// Decimal digits with underscores between them; nil if there are too many.
    private mutating func digits() -> Int128? {
        var value: Int128? = 0
        while peek().isDigit || (peek() == UInt8(ascii: "_") && peek(1).isDigit) {
            if peek() != UInt8(ascii: "_") { value = value?.shifted(by: peek()) }
            skip()
        }
        return value
    }

    private mutating func integer(bitsPerDigit bits: Int128) throws(WhereProblem) -> WhereToken.Kind {
        let start = at
        skip(2)
        var value: Int128 = 0
        var count = 0
        while true {
            if peek() == UInt8(ascii: "_"), count > 0 {
                skip()
                continue
            }
            guard let digit = peek().hexValue, Int128(digit) < 1 << bits else { break }
            guard value >> (127 - bits) == 0 else {
                while peek().isNamePart { skip() }
                throw tooLarge(start)
            }
            value = value << bits | Int128(digit)
            count += 1
            skip()
        }
        guard count > 0, !peek().isNamePart else {
            while peek().isNamePart { skip() }
            throw WhereProblem(start..<at, "this is not a number", next: "0x is hexadecimal, 0o octal, 0b binary")
        }
        return .integer(value)
    }

    /// What follows `e`; nil if there is no exponent.
    private mutating func exponent() throws(WhereProblem) -> Int? {
        guard peek() | 0x20 == UInt8(ascii: "e") else { return nil }
        let sign = peek(1) == UInt8(ascii: "-") || peek(1) == UInt8(ascii: "+") ? 1 : 0
        guard peek(1 + sign).isDigit else { return nil }
        let isNegative = sign == 1 && peek(1) == UInt8(ascii: "-")
        let start = at
        skip(1 + sign)
        guard let value = digits(), value <= 400, !peek().isNamePart else {
            while peek().isNamePart { skip() }
            throw WhereProblem(start..<at, "this exponent is none")
        }
        return isNegative ? -Int(value) : Int(value)
    }

    /// The factor of a unit, by which times become ns and sizes bytes; nil if none follows.
    private mutating func unit(_ start: Int) throws(WhereProblem) -> Int128? {
        let first = at
        // µ has two bytes.
        while peek().isNamePart || peek() >= 0x80 { skip() }
        guard at > first else { return nil }
        let name = string(first..<at)
        if let factor = UnitNames.nanoseconds(name) ?? UnitNames.bytes(name) { return Int128(factor) }
        throw WhereProblem(
            first..<at, "there is no unit \(name.terminalSafe)",
            next: "units are ns us ms s m h d, and B KB MB GB TB, KiB MiB GiB TiB or K M G T")
    }

    // MARK: Addresses

    /// `10.0.0.1`, `10.0.0.0/8`, `fe80::1`, `2001:db8::/32`, `52:54:00:12:34:56`; nil if none begins here.
    mutating func address() throws(WhereProblem) -> WhereAddress? {
        guard peek().hexValue != nil || (peek() == UInt8(ascii: ":") && peek(1) == UInt8(ascii: ":")) else {
            return nil
        }
        var end = at
        var colons = 0
        var dots = 0
        while end < text.count {
            if text[end] == UInt8(ascii: ":") {
                colons += 1
            } else if text[end] == UInt8(ascii: ".") {
                dots += 1
            } else if text[end].hexValue == nil {
                break
            }
            end += 1
        }
        let found = text[at..<end]
        guard colons >= 2 || (colons == 0 && dots == 3 && found.allSatisfy { $0.isDigit || $0 == UInt8(ascii: ".") }),
            // 1..2 is a range.
            !(colons == 0
                && found.indices.dropLast().contains {
                    text[$0] == UInt8(ascii: ".") && text[$0 + 1] == UInt8(ascii: ".")
                })
        else { return nil }
        let start = at
        at = end
        guard let bytes = colons == 0 ? Self.ipv4(found) : Self.hardware(found) ?? Self.ipv6(found), !peek().isNamePart
        else {
            while peek().isNamePart { skip() }
            throw WhereProblem(
                start..<at, "this is not an address", next: "write 10.0.0.1, fe80::1 or 52:54:00:12:34:56")
        }
        guard peek() == UInt8(ascii: "/"), peek(1).isDigit else { return WhereAddress(bytes) }
        let slash = at
        skip()
        guard let prefix = digits(), prefix <= bytes.count * 8 else {
            throw WhereProblem(slash..<at, "this address has \(bytes.count * 8) bits")
        }
        return WhereAddress(bytes, prefix: Int(prefix))
    }

    static func ipv4(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            guard (1...3).contains(part.count), part.allSatisfy(\.isDigit),
                let byte = UInt8(String(decoding: part, as: UTF8.self))
            else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    private static func hardware(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == 6, parts.allSatisfy({ $0.count == 2 }) else { return nil }
        let bytes = parts.compactMap { UInt8(String(decoding: $0, as: UTF8.self), radix: 16) }
        return bytes.count == 6 ? bytes : nil
    }

    static func ipv6(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var head: [UInt8] = []
        var tail: [UInt8]?
        let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            var bytes: [UInt8]
            if part.isEmpty {
                // Both colons at an end make one empty part more.
                let isEdge = index == 0 || index == parts.count - 1
                if isEdge, parts.count > 2, parts[index == 0 ? 1 : index - 1].isEmpty { continue }
                guard !isEdge, tail == nil else { return nil }
                tail = []
                continue
            } else if index == parts.count - 1, part.contains(UInt8(ascii: ".")) {
                guard let last = ipv4(part) else { return nil }
                bytes = last
            } else {
                guard part.count <= 4, let group = UInt16(String(decoding: part, as: UTF8.self), radix: 16) else {
                    return nil
                }
                bytes = [UInt8(group >> 8), UInt8(truncatingIfNeeded: group)]
            }
            if tail == nil { head += bytes } else { tail?.append(contentsOf: bytes) }
        }
        guard let tail else { return head.count == 16 ? head : nil }
        guard head.count + tail.count <= 14 else { return nil }
        return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }
}

extension Int128 {
    /// Ten times as much and a decimal digit; nil if that is too large.
    fileprivate func shifted(by digit: UInt8) -> Int128? {
        let (product, overflow) = multipliedReportingOverflow(by: 10)
        guard !overflow else { return nil }
        let (sum, over) = product.addingReportingOverflow(Int128(digit - UInt8(ascii: "0")))
        return over ? nil : sum
    }
}
