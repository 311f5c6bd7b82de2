// SPDX-License-Identifier: Apache-2.0

/// JSON as it is written: members in their order and any number of times, numbers as their digits.
///
/// Foundation's reader rounds large numbers and drops all but one member of a name.
package indirect enum JSONTree: Sendable, Equatable {
    case object([Member])
    case array([JSONTree])
    case text([UInt8])
    case number(String)
    case boolean(Bool)
    case null

    /// A member of an object.
    package struct Member: Sendable, Equatable {
        /// Its name.
        package let name: String
        /// Its value.
        package let value: JSONTree
    }

    /// What is no JSON.
    package struct Failure: Error {
        /// Where.
        package let offset: Int
    }

    /// Reads JSON.
    package init(_ text: some Collection<UInt8>) throws {
        var reader = Reader(bytes: Array(text))
        self = try reader.value()
        reader.skipSpace()
        guard reader.at == reader.bytes.count else { throw Failure(offset: reader.at) }
    }

    /// The value of a member.
    package subscript(name: String) -> JSONTree? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    private struct Reader {
        let bytes: [UInt8]
        var at = 0

        mutating func skipSpace() { while at < bytes.count, [32, 10, 13, 9].contains(bytes[at]) { at += 1 } }

        mutating func take(_ text: String) throws {
            guard bytes[at...].starts(with: text.utf8) else { throw Failure(offset: at) }
            at += text.utf8.count
        }

        mutating func value() throws -> JSONTree {
            skipSpace()
            guard at < bytes.count else { throw Failure(offset: at) }
            switch bytes[at] {
            case UInt8(ascii: "{"):
                return .object(
                    try list("{", "}") { reader in
                        reader.skipSpace()
                        let name = String(decoding: try reader.string(), as: UTF8.self)
                        reader.skipSpace()
                        try reader.take(":")
                        return Member(name: name, value: try reader.value())
                    })
            case UInt8(ascii: "["): return .array(try list("[", "]") { try $0.value() })
            case UInt8(ascii: "\""): return .text(try string())
            case UInt8(ascii: "t"):
                try take("true")
                return .boolean(true)
            case UInt8(ascii: "f"):
                try take("false")
                return .boolean(false)
            case UInt8(ascii: "n"):
                try take("null")
                return .null
            default:
                let start = at
                while at < bytes.count, "+-.0123456789eE".utf8.contains(bytes[at]) { at += 1 }
                guard at > start else { throw Failure(offset: at) }
                return .number(String(decoding: bytes[start..<at], as: UTF8.self))
            }
        }

        private mutating func list<Element>(
            _ open: String, _ close: String, _ element: (inout Reader) throws -> Element
        ) throws -> [Element] {
            try take(open)
            var elements: [Element] = []
            skipSpace()
            if at < bytes.count, bytes[at] == close.utf8.first {
                at += 1
                return elements
            }
            while true {
                elements.append(try element(&self))
                skipSpace()
                guard at < bytes.count else { throw Failure(offset: at) }
                if bytes[at] == close.utf8.first {
                    at += 1
                    return elements
                }
                try take(",")
            }
        }

        mutating func string() throws -> [UInt8] {
            try take("\"")
            var text: [UInt8] = []
            while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
                guard bytes[at] >= 0x20 else { throw Failure(offset: at) }
                guard bytes[at] == UInt8(ascii: "\\") else {
                    text.append(bytes[at])
                    at += 1
                    continue
                }
                guard at + 1 < bytes.count else { throw Failure(offset: at) }
                let escapes: [Character: UInt8] = [
                    "n": 10, "t": 9, "r": 13, "b": 8, "f": 12, "\"": 34, "\\": 92, "/": 47,
                ]
                let letter = Character(Unicode.Scalar(bytes[at + 1]))
                if letter == "u" {
                    guard at + 6 <= bytes.count,
                        let code = UInt32(String(decoding: bytes[(at + 2)..<(at + 6)], as: UTF8.self), radix: 16)
                    else { throw Failure(offset: at) }
                    text += String(Unicode.Scalar(code).map(Character.init) ?? "\u{FFFD}").utf8
                    at += 6
                } else {
                    guard let byte = escapes[letter] else { throw Failure(offset: at) }
                    text.append(byte)
                    at += 2
                }
            }
            try take("\"")
            return text
        }
    }
}
