// SPDX-License-Identifier: Apache-2.0

import Foundation
import Symbolication
import Synchronization
import TestSupport
import Testing

@testable import BPFCore

/// Files whose functions are kept, and what is kept of addresses.
struct FunctionFilesTests {
    private final class Clock: Sendable {
        let now = Atomic<UInt64>(1)
        var read: @Sendable () -> UInt64 { { self.now.load(ordering: .relaxed) } }
        func pass(_ nanoseconds: UInt64) { now.wrappingAdd(nanoseconds, ordering: .relaxed) }
    }

    @Test func `a file that there was no budget for is read again later, and then no more`() throws {
        try withTemporaryFolder { folder in
            var elf = TinyELF()
            elf.symbols = [.init(name: "work", address: 0x1100)]
            let path = folder.appending(path: "worker")
            try Data(elf.bytes).write(to: path)
            let clock = Clock()
            let budget = FileBudget(clock: clock.read)
            while budget.take(1 << 20) {}
            let finder = UserFileFinder(roots: KernelRoots(), process: nil, budget: budget)
            let file = try UserFile.open(path.path, budget: budget)
            let key = FunctionFiles.Key(file)
            var files = FunctionFiles(clock: clock.read)
            let none = files.content(of: file, finder)
            #expect(none == nil && !files.lasts(key))
            clock.pass(FunctionFiles.interval - 1)
            // The budget has grown by now.
            let early = files.content(of: file, finder)
            let keptEarly = files.kept(key)
            #expect(early == nil && keptEarly != nil)
            clock.pass(1)
            let keptLate = files.kept(key)
            #expect(keptLate == nil)
            let content = files.content(of: file, finder)
            #expect(content?.functions.function(at: 0x1100)?.name == "work" && files.lasts(key))
            while budget.take(1 << 20) {}
            clock.pass(FunctionFiles.interval * 2)
            let again = files.content(of: file, finder)
            #expect(again === content)
        }
    }

    @Test func `what is kept of addresses counts the bytes of their names`() {
        var places = KeptPlaces<UInt64>()
        let long = [CodePlace(function: String(repeating: "f", count: 1_000), module: "lib")]
        places.keep(long, for: 1)
        let one = places.bytes
        #expect(one > 1_000 && one < 1_500)
        places.keep(long, for: 2)
        #expect(places.bytes == 2 * one && places.count == 2 && places[2] == long)
        places.keep([CodePlace()], for: 2)
        #expect(places.bytes < one + 500)
        places.removeAll()
        #expect(places.bytes == 0 && places.count == 0 && places[1] == nil)
    }
}
