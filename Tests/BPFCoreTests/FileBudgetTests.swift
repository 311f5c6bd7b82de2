// SPDX-License-Identifier: Apache-2.0

import BPFObject
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import BPFCore

/// What files of traced processes may cost together.
struct FileBudgetTests {
    private final class Clock: Sendable {
        let now = Atomic<UInt64>(5)
        func pass(seconds: UInt64) { now.wrappingAdd(seconds * 1_000_000_000, ordering: .relaxed) }
    }

    @Test func `a budget is used up, and grows again with the time up to its largest`() {
        let clock = Clock()
        let budget = FileBudget(clock: { clock.now.load(ordering: .relaxed) })
        func taken(_ count: Int) -> Int { (0..<1_000).reduce(0) { sum, _ in budget.take(count) ? sum + 1 : sum } }
        #expect(taken(64 << 20) == 32)
        let before = budget.refusals
        #expect(!budget.take(1) && budget.refusals == before + 1)
        // What is too much at once stays so.
        #expect(!budget.take(FileBudget.mostAtOnce + 1) && budget.refusals == before + 1)
        clock.pass(seconds: 4)
        #expect(taken(64 << 20) == 2)
        clock.pass(seconds: 1 << 33)
        #expect(taken(64 << 20) == 32)
    }

    @Test func `one table of a file is bounded, and a file that a user names is not`() throws {
        #expect(!FileBudget().take(FileBudget.mostAtOnce + 1) && FileBudget().take(FileBudget.mostAtOnce))
        #expect(!FileBudget().take(-1))
        try withTemporaryFolder { folder in
            // A file with a hole has any size.
            let path = folder.appending(path: "large").path
            #expect(FileManager.default.createFile(atPath: path, contents: Data()))
            #expect(truncate(path, Int(FileBudget.largestWithCRC) + 1) == 0)
            let budget = FileBudget()
            let limited = try (0..<3).map { _ in try UserFile.open(path, budget: budget) }
            let named = try UserFile.open(path)
            #expect(limited[0].crc() == nil)
            #expect(limited[1].bytes(at: 0, count: FileBudget.mostAtOnce + 1) == nil)
            #expect(limited[2].bytes(at: 0, count: 16)?.count == 16)
            #expect(named.crc() != nil)
        }
    }
}
