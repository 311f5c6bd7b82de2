// SPDX-License-Identifier: Apache-2.0

import EventDecoding
import Testing

extension LineBuffer {
    fileprivate var text: String { bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
}

private func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number) { Array($0) }
}

private func read(_ frame: [UInt8]) -> OriginalEvent? { OriginalEvent(frame: frame.span.bytes) }

struct OriginalEventTests {
    @Test func `the event is read from the original's struct in the machine's byte order`() {
        let frame = bytes(Int16(2)) + bytes(Int16(-5)) + bytes(UInt32(7)) + bytes(UInt64(81_234_567))
        let event = OriginalEvent(idx: 2, cmd: -5, cpu: 7, time: 81_234_567)
        for padding in 0...7 {
            #expect(read(frame + Array(repeating: 0xee, count: padding)) == event)
        }
    }

    @Test(arguments: [0, 1, 15, 24, 28, 65_536])
    func `a frame of another size is no event`(size: Int) {
        #expect(read([UInt8](repeating: 1, count: size)) == nil)
    }

    @Test(arguments: [
        (OriginalEvent(idx: 1, cmd: 0, cpu: 3, time: 12345), "idx: 1, cmd: 0, cpu: 3, time: 12345\n"),
        (
            OriginalEvent(idx: .min, cmd: .min, cpu: .max, time: .max),
            "idx: -32768, cmd: -32768, cpu: 4294967295, time: 18446744073709551615\n"
        ),
        (
            OriginalEvent(idx: .max, cmd: -1, cpu: 0, time: 0), "idx: 32767, cmd: -1, cpu: 0, time: 0\n"
        ),
    ])
    func `the line is the original printer's`(event: OriginalEvent, line: String) {
        var lines = LineBuffer()
        event.writeLine(to: &lines)
        #expect(lines.text == line)
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
        for _ in 0..<1000 { OriginalEvent(idx: 1, cmd: 2, cpu: 3, time: 4).writeLine(to: &lines) }
        #expect(lines.text == String(repeating: "idx: 1, cmd: 2, cpu: 3, time: 4\n", count: 1000))
        lines.removeAll()
        #expect(lines.count == 0 && lines.text == "")
    }
}
