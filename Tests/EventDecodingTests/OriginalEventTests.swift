// SPDX-License-Identifier: Apache-2.0

import EventDecoding
import Testing

extension LineBuffer {
    fileprivate var text: String { bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
}

private func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number) { Array($0) }
}

/// The line of an event of the documents.
private func line(_ idx: Int16, _ cmd: Int16, _ cpu: UInt32, _ time: UInt64) -> String {
    var lines = LineBuffer()
    appendLine(bytes(idx) + bytes(cmd) + bytes(cpu) + bytes(time), to: &lines)
    return lines.text
}

private func appendLine(_ event: [UInt8], to lines: inout LineBuffer) {
    EventRenderer(OriginalEvent.plan, style: .line, environment: FormatEnvironment())
        .append(event.span.bytes, EventContext(), isPadded: true, to: &lines)
}

struct OriginalEventTests {
    @Test func `the line is the original printer's`() {
        #expect(line(1, 0, 3, 12345) == "idx: 1, cmd: 0, cpu: 3, time: 12345\n")
        #expect(
            line(.min, .min, .max, .max)
                == "idx: -32768, cmd: -32768, cpu: 4294967295, time: 18446744073709551615\n")
        #expect(line(.max, -1, 0, 0) == "idx: 32767, cmd: -1, cpu: 0, time: 0\n")
    }

    @Test func `its plan is that of the struct in C, compiled`() throws {
        let compiled = try decoder("struct event { short idx; short cmd; u32 cpu; u64 time; };").plan
        let own = OriginalEvent.plan
        #expect(own.size == OriginalEvent.size && own.size == compiled.size && own.typeName == compiled.typeName)
        #expect(own.columns.map(\.path) == compiled.columns.map(\.path))
        #expect(own.columns.map(\.kind) == compiled.columns.map(\.kind))
        #expect(own.columns.map(\.offset) == compiled.columns.map(\.offset))
    }

    @Test func `numbers of every length are written as String writes them`() {
        var numbers: [UInt64] = [0, .max]
        var power: UInt64 = 1
        for _ in 0..<19 {
            power *= 10
            numbers += [power - 1, power, power + 1, power / 2, power / 3]
        }
        for number in numbers {
            var lines = LineBuffer()
            lines.append(number)
            #expect(lines.text == String(number))
        }
        for number in numbers.compactMap(Int64.init(exactly:)) + [.min] {
            var lines = LineBuffer()
            lines.append(number)
            lines.append(" ")
            lines.append(-(number == .min ? 0 : number))
            #expect(lines.text == "\(number) \(-(number == .min ? 0 : number))")
        }
    }

    @Test func `the buffer grows and is emptied`() {
        var lines = LineBuffer(capacity: 1)
        let event = bytes(Int16(1)) + bytes(Int16(2)) + bytes(UInt32(3)) + bytes(UInt64(4))
        for _ in 0..<1000 { appendLine(event, to: &lines) }
        #expect(lines.text == String(repeating: "idx: 1, cmd: 2, cpu: 3, time: 4\n", count: 1000))
        lines.removeAll()
        #expect(lines.count == 0 && lines.text == "")
    }
}
