// SPDX-License-Identifier: Apache-2.0

/// A word of an expression, and the bytes that it is made of.
struct WhereToken: Sendable {
    enum Kind: Equatable, Sendable {
        case integer(Int128)
        case float(Double)
        /// A text in quotes.
        case text(WherePattern)
        /// A text in single quotes: of one byte it can be a number too, as in C.
        case character(WherePattern)
        case address(WhereAddress)
        case name(String)
        case symbol(WhereSymbol)
        case end
    }

    let kind: Kind
    let position: Range<Int>
}

/// Signs and the words that stand for them.
enum WhereSymbol: String, CaseIterable, Sendable {
    // Those that begin another one come behind it.
    case shiftLeft = "<<"
    case shiftRight = ">>"
    case lessOrEqual = "<="
    case greaterOrEqual = ">="
    case equal = "=="
    case notEqual = "!="
    case and = "&&"
    case or = "||"
    case range = ".."
    case less = "<"
    case greater = ">"
    case bitAnd = "&"
    case bitOr = "|"
    case bitXor = "^"
    case bitNot = "~"
    case not = "!"
    case plus = "+"
    case minus = "-"
    case times = "*"
    case divide = "/"
    case remainder = "%"
    case open = "("
    case close = ")"
    case comma = ","
    case isIn = "in"
    /// The word, which binds less than a comparison.
    case notWord = "not"

    var isComparison: Bool {
        switch self {
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: true
        default: false
        }
    }

    /// Words that are no names.
    static func word(_ name: some StringProtocol) -> WhereSymbol? {
        switch name {
        case "and": .and
        case "or": .or
        case "not": .notWord
        case "in": .isIn
        default: nil
        }
    }
}

/// An address of the network, or a part of one.
struct WhereAddress: Equatable, Sendable {
    /// 4 bytes of IPv4, 16 of IPv6, 6 of a hardware address, in network order.
    var bytes: [UInt8]
    /// The bits that count; all if there is no prefix.
    var prefix: Int

    init(_ bytes: [UInt8], prefix: Int? = nil) {
        self.bytes = bytes
        self.prefix = prefix ?? bytes.count * 8
    }

    /// Whether the bytes are of that address.
    @inline(__always)
    func matches(_ found: RawSpan) -> Bool {
        guard found.byteCount == bytes.count else { return false }
        var left = prefix
        var index = 0
        while left > 0, index < bytes.count {
            let byte = unsafe found.unsafeLoad(fromByteOffset: index, as: UInt8.self)
            let mask: UInt8 = left >= 8 ? 0xff : 0xff << UInt8(8 - left)
            guard (byte ^ bytes[index]) & mask == 0 else { return false }
            left -= 8
            index += 1
        }
        return true
    }
}
