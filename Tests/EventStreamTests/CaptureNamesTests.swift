// SPDX-License-Identifier: Apache-2.0

@testable import EventStream
import Testing

struct CaptureNamesTests {
    private let users = CaptureNames(.users, [.init(id: 0, name: "root"), .init(id: 1000, name: "alice")])

    private func preamble(_ names: [CaptureNames]) throws -> [UInt8] {
        var preamble = CapturePreamble(header: CaptureHeader(bootOffset: 0, began: 1))
        preamble.names = names
        return try preamble.bytes()
    }

    @Test func `names come back as they were written, in the preamble and between events`() throws {
        let groups = CaptureNames(.cgroups, [.init(id: .max, name: "/a b/\u{1b}[2J")], isCut: true)
        var writer = StreamWriter(format: .capture)
        writer.setPreamble(try preamble([users, CaptureNames(.groups)]))
        let added = writer.noteNames(groups)
        let isWhole = writer.finishCapture()
        #expect(added == 1 && isWhole)
        let found = try content(writer.pending.withUnsafeBytes { Array($0) })
        let names = found.compactMap { item -> CaptureNames? in if case .names(let names) = item { names } else { nil }
        }
        #expect(names == [users, CaptureNames(.groups), groups])
        #expect(!found.contains { if case .damage = $0 { true } else { false } })
    }

    @Test func `many names are told in blocks of ordinary size, all of them`() throws {
        let entries = (0..<9000).map {
            CaptureNames.Entry(id: UInt64($0), name: String(repeating: "x", count: $0 % 200 + 1))
        }
        let names = CaptureNames(.cgroups, entries)
        #expect(names.blocks.count > 1 && names.blocks.flatMap(\.entries) == entries)
        for block in names.blocks { #expect(block.payload.count <= CaptureBlock.ordinaryPayload + 64) }
        let found = try content(try preamble([names]))
        let told = found.flatMap { item -> [CaptureNames.Entry] in
            if case .names(let names) = item { names.entries } else { [] }
        }
        #expect(told == entries)
        // Between events the first are added, and the rest when there is room.
        var writer = StreamWriter(format: .capture)
        var left = names
        while !left.entries.isEmpty {
            let added = writer.noteNames(left)
            left.entries.removeFirst(added)
            guard added == 0 else { continue }
            try #require(writer.pendingBytes > 0)
            _ = writer.takeAll()
        }
        #expect(left.entries.isEmpty)
        var frames = StreamWriter(format: .frames)
        let taken = frames.noteNames(users)
        #expect(taken == 2 && frames.pendingBytes == 0)
    }

    @Test func `names that are not as they should be are damage, or left out`() throws {
        func found(_ fields: (inout CaptureFieldWriter) -> Void) throws -> [Found] {
            var writer = CaptureFieldWriter()
            fields(&writer)
            let block = CaptureBlock.bytes(
                kind: CaptureBlock.Kind.names, flags: 2, sequence: 0, payload: writer.payload)
            return try content(try preamble([]) + block)
        }
        func names(_ items: [Found]) -> [CaptureNames] {
            items.compactMap { item -> CaptureNames? in if case .names(let names) = item { names } else { nil } }
        }
        // No kind, an entry without its number.
        #expect(
            try found { $0.put(2, bytes: [0, 0, 0, 0, 0, 0, 0, 0, 65]) }.contains {
                if case .damage = $0 { true } else { false }
            })
        #expect(
            try found {
                $0.put(1, UInt32(1))
                $0.put(2, bytes: [1, 2])
            }.contains { if case .damage = $0 { true } else { false } })
        // A kind of a later version, an empty name and one that is too long.
        #expect(names(try found { $0.put(1, UInt32(77)) }).isEmpty)
        let odd = try found {
            $0.put(1, UInt32(1))
            $0.put(2, bytes: [UInt8](repeating: 0, count: 8))
            $0.put(2, bytes: [UInt8](repeating: 65, count: 9 + CaptureNames.longestName))
            $0.put(2, bytes: [7, 0, 0, 0, 0, 0, 0, 0, 65])
            $0.put(9, UInt32(3))
        }
        #expect(names(odd).map(\.entries.count) == [1])
    }
}
