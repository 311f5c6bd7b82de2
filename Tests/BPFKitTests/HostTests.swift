// SPDX-License-Identifier: Apache-2.0

import BPFKit
import Testing

/// What of BPFKit runs where no kernel calls it: an editor and tests of a probe's pure parts use the same files.
@Suite struct HostTests {
    static let calls = Global<UInt64>(40)
    static let limit = Setting<Int32>(-3)
    static let counts = HashMap<Int32, UInt64>(
        maxEntries: 8, flags: .noPreallocation | .readOnlyForProcesses, pinning: .byName)
    static let tables = ArrayOfMaps<HashMap<UInt64, UInt32>>(maxEntries: 4, inner: HashMap(maxEntries: 64))

    @Test func `variables and settings hold their values`() {
        Self.calls.add(1)
        Self.calls.value += 1
        #expect(Self.calls.value == 42)
        #expect(Self.limit.value == -3)
    }

    @Test func `a map is a constant of six numbers, a map of maps of twelve`() {
        let counts = Self.counts.address.pointee
        #expect([counts.kind, counts.keySize, counts.valueSize, counts.maxEntries] == [1, 4, 8, 8])
        #expect([counts.flags, counts.pinning] == [9, 1])
        let inner = Self.tables.address.advanced(by: 1).pointee
        #expect([Self.tables.address.pointee.kind, inner.kind, inner.keySize, inner.maxEntries] == [12, 1, 8, 64])
    }

    @Test func `a text is read up to its NUL, and shown without what a terminal would obey`() {
        var text = Text<8>()
        for (index, byte) in "a\u{1b}[é\0x".utf8.prefix(8).enumerated() { text[index] = byte }
        #expect(text.string == "a\u{1b}[é")
        #expect("\(text)" == "a\\u{1B}[é")
        #expect("\(Text<4>())" == "")
    }

    @Test func `a loop runs its closure until that says stop`() {
        var seen: [UInt32] = []
        let rounds = repeatLoop(10) { index in
            seen.append(index)
            return index == 3 ? 1 : 0
        }
        #expect(rounds == 4)
        #expect(seen == [0, 1, 2, 3])
    }

    @Test(arguments: [(0, 0), (1, 0), (2, 1), (3, 1), (1023, 9), (1024, 10), (UInt64.max, 63)] as [(UInt64, UInt64)])
    func `a histogram counts by powers of two`(number: UInt64, bucket: UInt64) {
        #expect(log2(number) == bucket)
        var histogram = Histogram<16, Unit.us>()
        histogram.count(number)
        #expect(histogram.slots[Int(min(bucket, 15))] == 1)
    }

    @Test func `text is compared with what is written out`() {
        var text = Text<4>()
        #expect(text == "")
        text[0] = 0x61
        text[1] = 0x62
        #expect(text == "ab" && text.starts(with: "a"))
        #expect(!(text == "a") && !(text == "abc") && !text.starts(with: "abcd"))
    }

    @Test func `texts are the same up to their NUL, and are written out where their type is known`() {
        var text: Text<8> = "cat"
        var other = Text<8>()
        for (index, byte) in "cat".utf8.enumerated() { other[index] = byte }
        other[5] = 1
        #expect(text == other && text != "dog" && text == "cat")
        switch text {
        case "dog": Issue.record("a cat is no dog")
        case "cat": break
        default: Issue.record("a cat is none")
        }
        text[0] = 0x62
        #expect(text != other && text.string == "bat")
    }

    private struct Task {}

    @Test func `two pointers to a structure of the kernel are the same where they have one address`() {
        #expect(Kernel<Task>(8) == Kernel<Task>(8) && Kernel<Task>(8) != Kernel<Task>(16))
    }

    @Test func `a line has a truth value as a number, and text that is written out as text`() {
        let word: StaticString = "yes"
        let line: TraceMessage = "is \(true): \(word)"
        let format = withUnsafeBytes(of: line.format) { bytes in
            String(decoding: bytes.prefix(line.length), as: UTF8.self)
        }
        #expect(format == "is %d: %s" && line.values[0] == 1)
        #expect(line.values[1] == UInt64(UInt(bitPattern: word.utf8Start)))
    }

    @Test func `a line becomes a format of C and its values`() {
        let line: TraceMessage = "pid \(Int32(-7)) at \(hex: UInt8(255)), \(UInt64.max)"
        let format = withUnsafeBytes(of: line.format) { bytes in
            String(decoding: bytes.prefix(line.length), as: UTF8.self)
        }
        #expect(format == "pid %lld at %llx, %llu")
        #expect(line.values[0] == UInt64(bitPattern: -7))
        #expect(line.values[1] == 255 && line.values[2] == UInt64.max)
    }
}
