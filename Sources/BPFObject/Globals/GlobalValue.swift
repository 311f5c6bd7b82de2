// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// The value of a variable, ready to be shown as C or as JSON.
indirect enum GlobalValue: Equatable {
    case integer(IntegerText)
    case bool(Bool)
    case float(Double)
    case single(Float)
    case enumerator(String)
    case text([UInt8])
    case pointer(UInt64)
    case array([GlobalValue], more: Int)
    case structure([(name: String, value: GlobalValue)], more: Int)
    /// What cannot be shown, and why.
    case unknown(String)

    static func == (left: GlobalValue, right: GlobalValue) -> Bool { left.text == right.text }

    /// As C writes it; on one line, safe for a terminal.
    var text: String {
        switch self {
        case .integer(let number): (number.isNegative ? "-" : "") + String(number.magnitude)
        case .bool(let value): value ? "true" : "false"
        case .float(let value): String(value)
        case .single(let value): String(value)
        case .enumerator(let name): name.terminalSafe
        case .text(let bytes): EscapedText.quoted(bytes)
        case .pointer(let address): address == 0 ? "NULL" : "0x" + String(address, radix: 16)
        case .array(let values, let more): "{" + Self.joined(values.map(\.text), more) + "}"
        case .structure(let members, let more):
            "{" + Self.joined(members.map { Self.member($0.name, $0.value) }, more) + "}"
        case .unknown(let reason): "/* \(reason) */"
        }
    }

    private static func member(_ name: String, _ value: GlobalValue) -> String {
        name.isEmpty ? value.text : ".\(name.terminalSafe) = \(value.text)"
    }

    private static func joined(_ items: [String], _ more: Int) -> String {
        (items + (more > 0 ? ["/* \(more) more */"] : [])).joined(separator: ", ")
    }

    var json: JSONValue {
        switch self {
        case .integer(let number):
            if let value = Int64(exactly: number) {
                .integer(value)
            } else if let value = UInt64(exactly: number) {
                .unsigned(value)
            } else {
                .string(text)
            }
        case .bool(let value): .bool(value)
        // JSON has no way to write all of them, and the writer none to write any.
        case .float, .single, .pointer: .string(text)
        case .enumerator(let name): .string(name)
        case .text(let bytes): .string(String(decoding: bytes, as: UTF8.self))
        case .array(let values, let more): .array(values.map(\.json) + (more > 0 ? [.string("\(more) more")] : []))
        case .structure(let members, let more):
            .object(members.map { ($0.name, $0.value.json) } + (more > 0 ? [("", .string("\(more) more"))] : []))
        case .unknown: .null
        }
    }
}
