// SPDX-License-Identifier: Apache-2.0

import BTF
import BPFObject
import Diagnostics
import Testing

@testable import EventDecoding

/// Types that nobody writes, as a hostile capture may carry them.
struct HostileTypeTests {
    private func schema(_ make: (inout BTFBuilder) -> Int) throws -> EventSchema {
        var builder = BTFBuilder()
        let id = make(&builder)
        return try EventSchema(name: "struct event", btf: builder.build(), typeID: id)
    }

    /// The lines of an event in both forms; JSON must be JSON.
    private func lines(_ plan: DecodingPlan, _ event: [UInt8]) -> [Int] {
        [ValueStyle.line, .json(.number)].map { style in
            let renderer = EventRenderer(plan, style: style, environment: FormatEnvironment())
            var line = LineBuffer(capacity: 16)
            let span = event.span
            renderer.append(span.bytes, EventContext(), isPadded: false, to: &line)
            return line.count
        }
    }

    @Test(arguments: [
        [649_657, 92_737, 153_092_023], [1 << 31, 1 << 31], [1 << 30, 1 << 30, 2], [3, 1 << 30, 1 << 30],
    ])
    func `arrays of arrays whose sizes come near to 2^63 are shown as far as the event goes`(counts: [Int]) throws {
        let arrays = try schema { builder in
            let byte = builder.int("char", size: 1, isSigned: true, isCharacter: true)
            var type = byte
            for count in counts { type = builder.array(of: type, count: count, index: byte) }
            type = builder.array(of: type, count: 1, index: byte)
            return builder.structure(
                "event", size: 16, [.init("a", byte), .init("b", type, bitOffset: 64), .init("c", type, bitOffset: 72)])
        }
        let decoder = try EventDecoder(arrays)
        for count in [0, 1, 8, 9, 16, 40] {
            let event = [UInt8](repeating: 0x41, count: count)
            let row = decoder.row(event.span.bytes)
            #expect(!row.json.isEmpty && row.cells.count == 3)
            for path in ["b", "b[0]", "b[0][0]", "b[0][1]", "c[0]", "c[0][2147483647]"] { _ = row[path] }
        }
    }

    @Test func `thousands of members of one name have names of their own at once`() throws {
        let same = try schema { builder in
            let byte = builder.int("u8", size: 1)
            return builder.structure("event", size: 1, (0..<16_000).map { .init($0 == 7 ? "a_3" : "a", byte) })
        }
        let plan = try DecodingPlan(same)
        #expect(Set(plan.fieldNames).count == 16_000)
        #expect(Array(plan.fieldNames.prefix(4)) == ["a", "a_", "a_3", "a_4"])
    }

    @Test func `times of any capture and of any day are worked out without a limit`() {
        for start in [Int128(Int64.min), Int128(Int64.max) + Int128(UInt64.max), 0, -1] {
            for text in ["00:00", "23:59:60", "+9000000000s", "@8999999999", "1970-01-01"] {
                let time = TimePoint(text)?.utc(from: start)
                #expect(time != nil)
            }
        }
        #expect(TimePoint("12:00")?.utc(from: -1) == -43_200_000_000_000)
    }

    @Test func `names that are long at every level are refused in all, however little each of them takes`() throws {
        let name = String(repeating: "n", count: 1000)
        let deep = try schema { builder in
            let byte = builder.int("u8", size: 1)
            var type = builder.structure("", size: 1, (0..<2000).map { .init("m\($0)", byte) })
            for _ in 0..<20 { type = builder.structure("", size: 1, [.init(name, type)]) }
            return type
        }
        let error = #expect(throws: DecodingError.self) { try DecodingPlan(deep) }
        #expect(error?.reason == .names(limit: 4 << 20))
    }

    @Test func `names of enumerations are counted in all`() throws {
        let many = try schema { builder in
            let names = (0..<1000).map { (String(repeating: "e", count: 900) + "\($0)", $0) }
            let types = (0..<10).map { builder.enumeration("e\($0)", names) }
            return builder.structure("", size: 40, types.enumerated().map { .init("m\($0)", $1, bitOffset: $0 * 32) })
        }
        let error = #expect(throws: DecodingError.self) { try DecodingPlan(many) }
        #expect(error?.reason == .names(limit: 4 << 20))
    }

    @Test func `structures that hold each other twice end at the bound of values`() throws {
        let doubling = try schema { builder in
            var type = builder.int("u8", size: 1)
            for _ in 0..<30 { type = builder.structure("", size: 1, [.init("a", type), .init("b", type)]) }
            return type
        }
        let error = #expect(throws: DecodingError.self) { try DecodingPlan(doubling) }
        #expect(error?.reason == .tooMany(limit: 16_384))
        let anonymous = try schema { builder in
            var type = builder.structure("", size: 0)
            for _ in 0..<30 { type = builder.union("", size: 0, [.init("", type), .init("", type)]) }
            return type
        }
        #expect(throws: DecodingError.self) { try DecodingPlan(anonymous) }
    }

    @Test func `a type that lies within itself is refused`() throws {
        // 1 is the structure, whose member is an array of it.
        let endless = try schema { builder in
            let type = builder.structure("event", size: 8, [.init("again", 2)])
            _ = builder.array(of: type, count: 1, index: type)
            return type
        }
        #expect(throws: DecodingError.self) { try DecodingPlan(endless) }
        // A ring of names has no size, so that it does not even get as far.
        let error = #expect(throws: EventSchemaError.self) {
            try schema { builder in
                _ = builder.typedef("a", to: 2)
                return builder.typedef("b", to: 1)
            }
        }
        #expect(error?.description.contains("no size") == true, "\(String(describing: error))")
    }

    @Test func `arrays of billions of nothing are no loop`() throws {
        let nothing = try schema { builder in
            let int = builder.int("int", isSigned: true)
            let empty = builder.structure("", size: 0)
            let many = builder.array(of: empty, count: 0xffff_ffff, index: int)
            let more = builder.array(of: many, count: 0xffff_ffff, index: int)
            return builder.structure("event", size: 4, [.init("a", many), .init("b", more), .init("c", int)])
        }
        let plan = try DecodingPlan(nothing)
        #expect(lines(plan, [1, 0, 0, 0]).allSatisfy { $0 < 100 })
    }

    @Test func `values over each other make no endless line`() throws {
        // 64 arrays of 64 structures of 64 arrays, all in the same 4 KiB.
        let heap = try schema { builder in
            let int = builder.int("int", isSigned: true)
            let byte = builder.int("char", size: 1, isSigned: true)
            let bytes = builder.array(of: byte, count: 64, index: int)
            let inner = builder.structure("", size: 64, (0..<64).map { .init("i\($0)", bytes) })
            let many = builder.array(of: inner, count: 64, index: int)
            return builder.structure("event", size: 4096, (0..<64).map { .init("o\($0)", many) })
        }
        let plan = try DecodingPlan(heap)
        let sizes = lines(plan, [UInt8](repeating: 0x80, count: 4096))
        #expect(sizes.allSatisfy { $0 >= 4 << 20 && $0 < 5 << 20 }, "\(sizes)")
    }

    @Test func `members beyond the event are missing, wherever they claim to be`() throws {
        let beyond = try schema { builder in
            let int = builder.int("int", isSigned: true)
            let wide = builder.int("__int128", size: 16, isSigned: true)
            return builder.structure(
                "event", size: 4,
                [.init("near", int), .init("far", int, bitOffset: 0xff_ffff), .init("wide", wide, bitOffset: 25)])
        }
        let plan = try DecodingPlan(beyond)
        let event: [UInt8] = [1, 0, 0, 0]
        let span = event.span
        #expect(plan.field("far")?.value(in: span.bytes) == .missing)
        #expect(plan.field("wide")?.value(in: span.bytes) == .missing)
        #expect(lines(plan, event).allSatisfy { $0 < 100 })
    }
}

/// What the text of many events may take.
struct TextBudgetTests {
    /// A union of very many members over four bytes.
    private static func wide(_ count: Int, nameLength: Int = 4) throws -> DecodingPlan {
        var builder = BTFBuilder()
        let int = builder.int("u32", size: 4)
        let pad = String(repeating: "n", count: nameLength)
        let id = builder.union("u", size: 4, (0..<count).map { .init("\(pad)\($0)", int) })
        return try DecodingPlan(EventSchema(name: "union u", btf: builder.build(), typeID: id))
    }

    /// What as many events take, and how many of them were cut.
    private func run(
        _ plan: DecodingPlan, _ style: ValueStyle, events: Int, _ each: (borrowing LineBuffer) -> Void = { _ in }
    ) -> (bytes: Int, cut: Int) {
        let renderer = EventRenderer(plan, style: style, environment: FormatEnvironment())
        var budget = TextBudget()
        var line = LineBuffer()
        var (bytes, cut) = (0, 0)
        let event = [UInt8](repeating: 0xff, count: plan.size)
        for _ in 0..<events {
            line.open(room: budget.receive(event.count))
            renderer.append(event.span.bytes, EventContext(), isPadded: false, to: &line)
            if line.isCut { cut += 1 }
            budget.spend(line.close())
            bytes += line.count
            each(line)
            line.removeAll()
        }
        return (bytes, cut)
    }

    @Test(arguments: [ValueStyle.line, .json(.number)])
    func `events of a few bytes and very many values are cut, each marked, and never a name is written in part`(
        style: ValueStyle
    ) throws {
        for (count, length) in [(16_000, 4), (4000, 900)] {
            let plan = try Self.wide(count, nameLength: length)
            let shown = run(plan, style, events: 2000) { line in
                guard line.isCut else { return }
                let end = unsafe line.bytes.withUnsafeBytes { unsafe Array($0.suffix(60)) }
                let text = String(decoding: end, as: UTF8.self)
                let mark = style == .line ? "…, _cut: true\n" : "\"_cut\":true}\n"
                #expect(text.hasSuffix(mark), "\(text)")
            }
            #expect(shown.cut > 1500 && shown.bytes < 300 << 20, "\(count) \(length): \(shown)")
        }
    }

    @Test func `a JSON event that is cut in a nested value is JSON`() throws {
        var builder = BTFBuilder()
        let int = builder.int("u32", size: 4)
        let inner = builder.union("i", size: 4, (0..<1000).map { .init("m\($0)", int) })
        let many = builder.array(of: inner, count: 3, index: int)
        let id = builder.structure("s", size: 12, [.init("list", many)])
        let plan = try DecodingPlan(EventSchema(name: "struct s", btf: builder.build(), typeID: id))
        let renderer = EventRenderer(plan, style: .json(.number), environment: FormatEnvironment())
        let event = [UInt8](repeating: 1, count: 12)
        var line = LineBuffer()
        for room in stride(from: 0, to: 140_000, by: 977) {
            line.open(room: room)
            renderer.append(event.span.bytes, EventContext(), isPadded: false, to: &line)
            let text = unsafe line.bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
            // Brackets close as they opened, and no comma stands alone.
            var open: [Character] = []
            for character in text where "[]{}".contains(character) {
                if let last = open.last, "[{".contains(last), "]}".contains(character) {
                    #expect((last == "[") == (character == "]"))
                    open.removeLast()
                } else {
                    open.append(character)
                }
            }
            #expect(open.isEmpty && !text.contains(",]") && !text.contains(",}") && !text.contains(":}"), "\(room)")
            #expect(line.isCut == text.contains("_cut"))
            line.close()
            line.removeAll()
        }
    }

    @Test func `what sixteen fields of long names take in eight bytes is there for any number of events`() {
        var budget = TextBudget()
        var least = Int.max
        for _ in 0..<2_000_000 {
            least = min(least, budget.receive(8))
            budget.spend(16 * (32 + 20 + 8) + 160)
        }
        #expect(least > 1 << 20)
    }

    @Test func `honest events are never cut, however many there are and however large`() throws {
        var builder = BTFBuilder()
        let short = builder.int("u16", size: 2)
        let int = builder.int("u32", size: 4)
        let names = (0..<4).map { String(repeating: "n", count: 19) + "\($0)" }
        let small = builder.structure("s", size: 8, names.enumerated().map { .init($1, short, bitOffset: $0 * 16) })
        let large = builder.array(of: int, count: 1 << 18, index: int)
        let big = builder.structure("b", size: 1 << 20, [.init("list", large)])
        let btf = builder.build()
        for style in [ValueStyle.line, .json(.number)] {
            let many = try DecodingPlan(EventSchema(name: "struct s", btf: btf, typeID: small))
            #expect(run(many, style, events: 1 << 14).cut == 0)
            let few = try DecodingPlan(EventSchema(name: "struct b", btf: btf, typeID: big))
            let shown = run(few, style, events: 8)
            #expect(shown.cut == 0 && shown.bytes > 8 << 20)
        }
    }
}
