// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Diagnostics
import Foundation
import Testing

@testable import EventDecoding

private func escaped(_ bytes: [UInt8], quoted: Bool = false) -> String {
    text { $0.appendEscaped(bytes.span.bytes, quoted: quoted) }
}

private func json(_ bytes: [UInt8]) -> String { text { $0.appendJSON(bytes.span.bytes) } }

/// What an escaped text was before; nil if it is none.
private func unescaped(_ text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    var rest = Array(text.unicodeScalars)[...]
    func hex(_ digits: ArraySlice<Unicode.Scalar>) -> UInt32? {
        UInt32(String(String.UnicodeScalarView(digits)), radix: 16)
    }
    while let scalar = rest.popFirst() {
        guard scalar == "\\" else {
            bytes += Array(String(scalar).utf8)
            continue
        }
        switch rest.popFirst() {
        case "n": bytes.append(10)
        case "t": bytes.append(9)
        case "r": bytes.append(13)
        case "\\": bytes.append(0x5c)
        case "\"": bytes.append(0x22)
        case "x":
            guard rest.count >= 2, let byte = hex(rest.prefix(2)) else { return nil }
            bytes.append(UInt8(byte))
            rest = rest.dropFirst(2)
        case "u":
            guard rest.first == "{", let end = rest.firstIndex(of: "}"),
                let value = hex(rest[(rest.startIndex + 1)..<end]),
                let scalar = Unicode.Scalar(value)
            else { return nil }
            bytes += Array(String(scalar).utf8)
            rest = rest[(end + 1)...]
        default: return nil
        }
    }
    return bytes
}

struct EscapingTests {
    @Test func `no hostile text reaches the output as it is, and each can be read back`() {
        #expect(HostileText.sequences.count > 200)
        for bytes in HostileText.all {
            for quoted in [false, true] {
                let result = written { $0.appendEscaped(bytes.span.bytes, quoted: quoted) }
                let harm = HostileText.harm(in: result)
                #expect(harm == nil, "\(bytes)")
                #expect(unescaped(String(decoding: result, as: UTF8.self)) == bytes)
            }
        }
    }

    @Test func `a JSON string of hostile text is harmless and holds the text`() throws {
        for bytes in HostileText.all {
            let result = written { $0.appendJSON(bytes.span.bytes) }
            let harm = HostileText.harm(in: result)
            #expect(harm == nil, "\(bytes)")
            let read = try JSONSerialization.jsonObject(with: Data(result), options: .fragmentsAllowed)
            #expect(
                Array((read as? String ?? "").unicodeScalars)
                    == Array(String(decoding: bytes, as: UTF8.self).unicodeScalars))
        }
    }

    @Test(arguments: 0..<8)
    func `random text is harmless and comes back`(seed: UInt64) throws {
        var generator = SeededNumbers(seed: seed)
        for _ in 0..<400 {
            let bytes = generator.text()
            let line = written { $0.appendEscaped(bytes.span.bytes, quoted: true) }
            #expect(HostileText.harm(in: line) == nil)
            #expect(unescaped(String(decoding: line, as: UTF8.self)) == bytes)
            let result = written { $0.appendJSON(bytes.span.bytes) }
            #expect(HostileText.harm(in: result) == nil)
            let read = try JSONSerialization.jsonObject(with: Data(result), options: .fragmentsAllowed)
            #expect(
                Array((read as? String ?? "").unicodeScalars)
                    == Array(String(decoding: bytes, as: UTF8.self).unicodeScalars))
        }
    }

    @Test func `text is escaped by the rules`() {
        #expect(escaped(Array("plain text, longer than a word".utf8)) == "plain text, longer than a word")
        #expect(escaped(Array("a\nb\tc\rd\\e\"f".utf8)) == #"a\nb\tc\rd\\e"f"#)
        #expect(escaped(Array("a\"b".utf8), quoted: true) == #"a\"b"#)
        #expect(escaped([0x1b, 0x5b, 0x32, 0x4a, 0x7f, 0]) == #"\x1b[2J\x7f\x00"#)
        #expect(escaped(Array("é漢🇩".utf8)) == "é漢🇩")
        #expect(escaped(Array("\u{9b}".utf8)) == #"\xc2\x9b"#)
        #expect(escaped(Array("\u{202e}\u{e0041}\u{ad}".utf8)) == #"\u{202e}\u{e0041}\u{ad}"#)
        #expect(escaped([0xc0, 0x9b, 0xed, 0xa0, 0x80, 0xe2, 0x80]) == #"\xc0\x9b\xed\xa0\x80\xe2\x80"#)
        #expect(json([0x61, 0x0a, 0x1b, 0x22, 0x5c, 0xff]) == #""a\n\u001b\"\\"# + "\u{fffd}\"")
        #expect(json(Array("\u{e0041}\u{2028}\u{7f}é".utf8)) == #""\udb40\udc41\u2028\u007fé""#)
        #expect(json([]) == "\"\"" && escaped([]) == "")
    }

    @Test func `a format's text becomes a JSON string in its place`() throws {
        for safe in ["", "10.0.0.1", #"evil\x1b"#, #"a "b" \"c\\"#, "é漢", "\"", "\\"] {
            let line = text { line in
                line.append("x:")
                line.append(raw: Array(safe.utf8).span.bytes)
                line.quoteJSON(from: 2)
                line.append(",")
            }
            #expect(line.hasPrefix("x:") && line.hasSuffix(","))
            let read = try JSONSerialization.jsonObject(
                with: Data(line.dropFirst(2).dropLast().utf8), options: .fragmentsAllowed)
            #expect(read as? String == safe)
        }
    }

    @Test func `what is unsafe is what Unicode says nobody sees`() {
        // Prepended_Concatenation_Mark: format characters that are drawn.
        let drawn: Set<UInt32> = [
            0x600, 0x601, 0x602, 0x603, 0x604, 0x605, 0x6dd, 0x70f, 0x890, 0x891, 0x8e2, 0x110bd, 0x110cd,
        ]
        for value in 0...UInt32(0x10ffff) {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let properties = scalar.properties
            let unseen =
                switch properties.generalCategory {
                case .control, .lineSeparator, .paragraphSeparator: true
                case .format: !drawn.contains(value)
                default: properties.isDefaultIgnorableCodePoint || properties.isNoncharacterCodePoint
                }
            if scalar.isUnsafeForTerminal != unseen {
                Issue.record("U+\(String(value, radix: 16)) is unsafe: \(unseen)")
            }
        }
    }
}
