// SPDX-License-Identifier: Apache-2.0

import BPFObject
import TestSupport
import Testing

/// Programs that somebody made to keep who reads them busy.
struct HostileUserELFTests {
    @Test func `a name that all symbols share is not read for each of them`() throws {
        var file = RawELF()
        let names = file.put([0] + [UInt8](repeating: UInt8(ascii: "a"), count: 16_000) + [0])
        let one = RawELF.symbol(name: 1)
        let symbols = file.put((0..<20_000).flatMap { _ in one })
        file.sections += [.init(3, names, flags: 4), .init(2, symbols, link: 1, entry: 24)]
        let table = try #require(try UserELF(FileInMemory(file.bytes)).symbols)
        var calls = 0
        table.forEachFunction { _, _ in
            calls += 1
            return true
        }
        #expect(calls > 0 && calls < 100)
    }

    @Test func `sections that share a long name have it a few times, and one of no end has none`() throws {
        var file = RawELF()
        let strings = file.put([0] + [UInt8](repeating: UInt8(ascii: "s"), count: 600) + [0])
        file.sections.append(.init(3, strings))
        file.names = 1
        file.sections += (0..<20_000).map { _ in .init(1, 0..<0, name: 402) }
        let elf = try UserELF(FileInMemory(file.bytes))
        let named = elf.sections.filter { $0.name.utf8.count == 199 }.count
        #expect(elf.sections.count == 20_002 && named > 100 && named < 400)
        file.sections = Array(file.sections.prefix(2)) + [.init(1, 0..<0, name: 1), .init(1, 0..<0, name: 599)]
        #expect(try UserELF(FileInMemory(file.bytes)).sections.map(\.name) == ["", "", "", "ss"])
    }

    @Test(arguments: [(1_000, true), (4_500, false)])
    func `a build id is looked for among the first notes`(others: Int, isFound: Bool) throws {
        var file = RawELF()
        let strings = file.put([0] + Array(".note.gnu.x".utf8) + [0])
        let note =
            RawELF.little(UInt32(4)) + RawELF.little(UInt32(4)) + RawELF.little(UInt32(3)) + Array("GNU".utf8) + [0]
            + [1, 2, 3, 4]
        let notes = file.put([UInt8](repeating: 0, count: others * 12) + note)
        file.sections += [.init(3, strings), .init(7, notes, name: 1)]
        file.names = 1
        #expect(try UserELF(FileInMemory(file.bytes)).buildID == (isFound ? [1, 2, 3, 4] : nil))
    }

    @Test func `a table that is larger than may be read is not, and neither are its names`() throws {
        // A file of which nothing but the headers is there.
        struct Claims: FilePieces {
            let content: [UInt8]
            let largestTable: UInt64 = 1_000
            var size: UInt64 { UInt64(content.count) }
            func bytes(at offset: UInt64, count: Int) -> [UInt8]? {
                FileInMemory(content).bytes(at: offset, count: count)
            }
        }
        for (count, isRead) in [(10, true), (40, false)] {
            var file = RawELF()
            let names = file.put([0] + Array("work".utf8) + [0] + [UInt8](repeating: 0, count: 500))
            let symbols = file.put((0..<count).flatMap { _ in RawELF.symbol(name: 1) })
            file.sections += [.init(3, names), .init(2, symbols, link: 1, entry: 24)]
            #expect((try UserELF(Claims(content: file.bytes)).symbols != nil) == isRead)
        }
    }
}
