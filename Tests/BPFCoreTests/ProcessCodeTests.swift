// SPDX-License-Identifier: Apache-2.0

import Glibc
import Symbolication
import Synchronization
import Testing

@testable import BPFCore

/// What a capture tells of the code of processes: of this one.
struct ProcessCodeTests {
    /// A clock of which each look takes a while.
    private final class Clock: Sendable {
        let now = Atomic<UInt64>(1)
        let step = Atomic<UInt64>(0)

        func look() -> UInt64 {
            now.wrappingAdd(step.load(ordering: .relaxed), ordering: .relaxed).newValue
        }
    }

    @Test func `files that it takes too long to look at wait for the next look`() throws {
        let clock = Clock()
        clock.step.store(ProcessCodeReader.longestLook / 3 + 1, ordering: .relaxed)
        var reader = ProcessCodeReader(hasSameNumbers: true, clock: { clock.look() })
        let process = UInt32(getpid())
        let read = reader.read(process)
        let slow = try #require(read)
        #expect(slow.isCut && slow.isUnfinished)
        #expect(slow.ofFiles.filter { $0.address != nil }.count <= 2)
        clock.step.store(0, ordering: .relaxed)
        let next = reader.read(process, unless: slow)
        let whole = try #require(next)
        #expect(!whole.isCut && !whole.isUnfinished && whole.ofFiles.filter { $0.address != nil }.count > 2)
        let later = reader.read(process, unless: whole)
        #expect(later?.isUnfinished == false)
    }
}
