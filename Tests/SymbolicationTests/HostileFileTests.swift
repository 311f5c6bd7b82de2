// SPDX-License-Identifier: Apache-2.0

import BPFObject
import TestSupport
import Testing

@testable import Symbolication

/// What files cost that somebody made to keep who reads them busy.
struct HostileFileTests {
    @Test func `names of called functions that never end are not looked for again and again`() throws {
        var file = RawELF()
        let strings = file.put([0] + Array(".plt".utf8) + [0])
        let endless = file.put([UInt8](repeating: UInt8(ascii: "a"), count: 1 << 17))
        let symbols = file.put(
            (0..<8_192).flatMap { RawELF.symbol(name: 1 + $0, section: 0) })
        // 160 thousand of them, each with 16 KiB to be looked through, would be 2.6 GB.
        let calls = file.put(
            (0..<20_000).flatMap { (number: Int) -> [UInt8] in
                let place: [UInt8] = RawELF.little(UInt64(number * 8)) + RawELF.little(UInt32(7))
                return place + RawELF.little(UInt32(number % 8_192)) + RawELF.little(UInt64(0))
            })
        file.sections.append(.init(3, strings))
        file.names = 1
        file.sections.append(.init(3, endless))
        file.sections.append(.init(11, symbols, link: 2, entry: 24))
        file.sections.append(.init(1, strings, name: 1, flags: 6))
        for _ in 0..<8 { file.sections.append(.init(4, calls, entry: 24)) }
        let elf = try UserELF(FileInMemory(file.bytes))
        let dynamic = try #require(elf.dynamicSymbols)
        #expect(elf.sections.contains { $0.isExecutable && $0.name == ".plt" })
        let began = ContinuousClock.now
        #expect(CallStub.all(of: elf, dynamic).isEmpty)
        #expect(FunctionIndex(elf).isEmpty)
        #expect(ContinuousClock.now - began < .seconds(20))
    }

    @Test func `a compiler's list costs what its lines do`() {
        #expect(PerfMap.cost(of: []) == 64)
        #expect(PerfMap.cost(of: Array("10 20 a\n30 1 b\n".utf8)) == 3 * 64)
        let lines = [UInt8](repeating: UInt8(ascii: "\n"), count: 3 << 20)
        #expect(PerfMap.cost(of: lines) == 64 << 20)
    }
}
