// SPDX-License-Identifier: Apache-2.0

import EventDecoding
import Foundation
import RandomTypes
import TestSupport

/// A value of C.
enum LeafValue: Equatable {
    /// Of an unsigned 128-bit integer the bits.
    case number(Int128)
    /// Of a floating-point number.
    case bits(UInt64)
    case bytes([UInt8])

    /// A value that fits.
    init(random leaf: Leaf, _ numbers: inout SeededNumbers) {
        switch leaf.kind {
        case .number(let bits, let isSigned):
            let all = UInt128(numbers.next()) << 64 | UInt128(numbers.next())
            let unused = UInt128(128 - bits)
            let value = all << unused
            self = .number(
                isSigned ? Int128(bitPattern: value) >> Int128(unused) : Int128(bitPattern: value >> unused))
        case .boolean: self = .number(numbers.chance(50) ? 1 : 0)
        case .pointer: self = .number(Int128(numbers.next()))
        case .float: self = .bits(UInt64(Float(numbers.number(-1000...1000)).bitPattern))
        case .double: self = .bits((Double(numbers.number(-100_000...100_000)) / 8).bitPattern)
        case .bytes(let count, _): self = .bytes(numbers.bytes(count))
        }
    }

    /// The value as a constant of C.
    func initialiser(_ leaf: Leaf) -> String {
        switch self {
        case .number(let value):
            let bits = UInt128(bitPattern: value)
            let isSmall = value >= 0 && value <= Int128(UInt64.max)
            let wide =
                isSmall
                ? "\(value)ULL"
                : "(__int128)((unsigned __int128)\(UInt64(truncatingIfNeeded: bits >> 64))ULL << 64 | "
                    + "\(UInt64(truncatingIfNeeded: bits))ULL)"
            return (leaf.cast ?? "") + wide
        case .bits(let bits):
            // These are exact in decimal.
            return leaf.kind == .float
                ? "\(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))f" : "\(Double(bitPattern: bits))"
        case .bytes(let bytes): return "{" + bytes.map { "(char)\($0)" }.joined(separator: ",") + "}"
        }
    }
}

/// Compares a value of C with what the decoder makes of it.
struct LeafCheck {
    private let leaf: Leaf
    private let field: EventField?

    init(_ leaf: Leaf, _ decoder: EventDecoder) {
        self.leaf = leaf
        field = decoder.plan.field(leaf.path)
    }

    func isSame(_ value: LeafValue, _ told: EventValue?, _ shown: JSONTree?, _ event: [UInt8]) -> Bool {
        guard let told, let shown else { return false }
        switch (value, told) {
        case (.number(let number), .integer(let integer)):
            return number == integer && isShown(number, shown)
        // An unsigned number beyond those of `Int128`; JSON has its digits.
        case (.number(let number), .float): return number < 0 && isShown(number, shown)
        case (.bits(let bits), .float(let double)): return isSame(bits, double) && isShown(bits, shown)
        case (.bytes(let bytes), .text(let range)):
            let text = bytes.prefix { $0 != 0 }
            guard event[range].elementsEqual(text) else { return false }
            // What is no UTF-8 has tests of its own.
            return text.contains { $0 >= 0x80 } || shown == .text(Array(text))
        case (.bytes(let bytes), .bytes(let range)):
            return event[range].elementsEqual(bytes) && shown == .array(bytes.map { .number("\($0)") })
        default: return false
        }
    }

    private func isShown(_ number: Int128, _ shown: JSONTree) -> Bool {
        switch (leaf.kind, shown) {
        case (.boolean, .boolean(let isTrue)): return isTrue == (number != 0)
        case (.pointer, .text(let digits)): return digits == Array(("0x" + String(number, radix: 16)).utf8)
        case (.number(let bits, false), .text(let digits)) where bits > 64:
            return digits == Array(String(UInt128(bitPattern: number)).utf8)
        case (.number(let bits, true), .text(let digits)) where bits > 64: return digits == Array(String(number).utf8)
        case (.number, .number(let digits)): return digits == String(number)
        case (.number(let bits, _), .text(let names)) where leaf.cast != nil: return isNamed(number, bits, names)
        default: return false
        }
    }

    /// Whether the names of an enumeration, several as flags, make up a value.
    private func isNamed(_ number: Int128, _ bits: Int, _ names: [UInt8]) -> Bool {
        let parts = names.split(separator: UInt8(ascii: "|")).map { String(decoding: $0, as: UTF8.self) }
        var value: Int128 = 0
        for part in parts {
            if part.hasPrefix("0x"), let rest = Int128(part.dropFirst(2), radix: 16) {
                value |= rest
            } else if let named = field?.enumeratorValue(named: part) {
                value |= named
            } else {
                return false
            }
        }
        let mask: Int128 = (1 << Int128(bits)) - 1
        return !parts.isEmpty && value & mask == number & mask
    }

    private func isSame(_ bits: UInt64, _ double: Double) -> Bool {
        let expected =
            leaf.kind == .float
            ? Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits))) : Double(bitPattern: bits)
        return expected.isNaN ? double.isNaN : expected == double
    }

    private func isShown(_ bits: UInt64, _ shown: JSONTree) -> Bool {
        switch shown {
        // The digits must mean the very value again.
        case .number(let digits):
            return leaf.kind == .float
                ? Float(digits) == Float(bitPattern: UInt32(truncatingIfNeeded: bits))
                : Double(digits) == Double(bitPattern: bits)
        case .text(let word):
            let double =
                leaf.kind == .float
                ? Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
                : Double(bitPattern: bits)
            return word == Array((double.isNaN ? "nan" : double < 0 ? "-inf" : "inf").utf8) && !double.isFinite
        default: return false
        }
    }
}

/// A program in C, compiled for this machine, that reads values of types.
struct HostProgram {
    private let types: RandomTypes

    init(_ types: RandomTypes) {
        self.types = types
    }

    /// Has the values of each type read from bytes.
    func read(_ bytes: [[UInt8]]) throws -> [(size: Int, values: [LeafValue])] {
        let outcome = try withTemporaryFolder { folder in
            let (source, program) = (folder.appending(path: "oracle.c"), folder.appending(path: "oracle"))
            try Data(text.utf8).write(to: source)
            let compiler = ProcessInfo.processInfo.environment["CC"] ?? "cc"
            let compiled = try runProcess(compiler, ["-w", "-O0", "-o", program.path, source.path])
            guard compiled.status == 0 else { throw CompileFailure(description: compiled.errors) }
            return try runProcess(program.path, [], stdin: bytes.flatMap { $0 })
        }
        var answers: [(size: Int, values: [LeafValue])] = []
        for line in outcome.output.split(separator: "\n") {
            let word = line.dropFirst(2)
            switch line.first {
            case "T": answers.append((Int(word) ?? 0, []))
            case "I":
                let bits = UInt128(word, radix: 16) ?? 0
                answers[answers.count - 1].values.append(.number(Int128(bitPattern: bits)))
            case "F": answers[answers.count - 1].values.append(.bits(UInt64(word, radix: 16) ?? 0))
            default:
                let digits = Array(word)
                answers[answers.count - 1].values.append(
                    .bytes(
                        stride(from: 0, to: digits.count, by: 2).map {
                            UInt8(String(digits[$0...($0 + 1)]), radix: 16) ?? 0
                        }))
            }
        }
        return answers
    }

    private var text: String {
        var text = """
            #include <stdio.h>
            #include <string.h>
            static void number(__int128 v)
            {
                printf("I %016llx%016llx\\n", (unsigned long long)(v >> 64), (unsigned long long)v);
            }
            static void bytes(const volatile void *p, int n)
            {
                printf("B ");
                for (int i = 0; i < n; i++) printf("%02x", ((const volatile unsigned char *)p)[i]);
                printf("\\n");
            }
            static void bits(const volatile void *p, int n)
            {
                unsigned long long v = 0;
                for (int i = 0; i < n; i++) v |= (unsigned long long)((const volatile unsigned char *)p)[i] << 8 * i;
                printf("F %llx\\n", v);
            }
            static char room[1 << 16] __attribute__((aligned(16)));
            \(types.source)
            int main(void)
            {

            """
        for type in types.types {
            text += "{ \(type.name) *v = (void *)room; printf(\"T %d\\n\", (int)sizeof *v);\n"
            text += "if (fread(room, 1, sizeof *v, stdin) != sizeof *v) return 1;\n"
            for leaf in type.leaves { text += Self.statement(leaf) + ";\n" }
            text += "}\n"
        }
        return text + "return 0;\n}\n"
    }

    private static func statement(_ leaf: Leaf) -> String {
        let place = "v->\(leaf.path)"
        switch leaf.kind {
        case .number, .boolean(isBitField: true): return "number((__int128)\(place))"
        // To read a `_Bool` that is neither 0 nor 1 is undefined; any bit is true.
        case .boolean: return "number(*(const volatile unsigned char *)&\(place) != 0)"
        case .pointer: return "number((__int128)(unsigned long)\(place))"
        case .float: return "bits(&\(place), 4)"
        case .double: return "bits(&\(place), 8)"
        case .bytes(let count, _): return "bytes(&\(place), \(count))"
        }
    }
}

/// The sections of an ELF file of 64 bits by their names.
struct ELFSections {
    let content: [String: [UInt8]]

    init(_ file: [UInt8]) {
        let isLittle = file[5] == 1
        func number(_ at: Int, _ size: Int) -> Int {
            let bytes = file[at..<(at + size)]
            return (isLittle ? bytes.reversed() : Array(bytes)).reduce(0) { $0 << 8 | Int($1) }
        }
        let table = number(40, 8)
        let headers = (0..<number(60, 2)).map { table + $0 * 64 }
        func bytes(_ header: Int) -> [UInt8] {
            let start = number(header + 24, 8)
            // SHT_NOBITS: all zeros.
            guard number(header + 4, 4) != 8 else { return [UInt8](repeating: 0, count: number(header + 32, 8)) }
            return Array(file[start..<(start + number(header + 32, 8))])
        }
        let names = bytes(headers[number(62, 2)])
        var content: [String: [UInt8]] = [:]
        for header in headers {
            content[String(decoding: names[number(header, 4)...].prefix { $0 != 0 }, as: UTF8.self)] = bytes(header)
        }
        self.content = content
    }
}
