// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Records

/// How rings wake their reader, played on a clock of the test's own.
struct RingPaceTests {
    /// Plays looks at a ring and follows the modes that are wanted.
    ///
    /// - Returns: The times of changes, in milliseconds, and the modes from there on.
    private func play(_ pace: inout RingPace, _ looks: [(milliseconds: Double, found: Int)]) -> [(Int, RingPace.Mode)] {
        var changes: [(Int, RingPace.Mode)] = []
        for look in looks {
            let now = UInt64(look.milliseconds * 1_000_000)
            let mode = pace.wanted(after: look.found, at: now)
            if mode != pace.mode {
                pace.change(to: mode, at: now)
                changes.append((Int(look.milliseconds), mode))
            }
        }
        return changes
    }

    @Test func `a ring that nothing comes into is quiet after 50 ms`() {
        var pace = RingPace(.busy, at: 0)
        let changes = play(&pace, (0...20).map { (Double($0) * 10, 0) })
        #expect(changes.map(\.0) == [50] && pace.mode == .quiet)
    }

    @Test func `1000 events a second, each found by itself or ten at once, leave it quiet`() {
        var pace = RingPace(.quiet, at: 0)
        #expect(play(&pace, (1...1000).map { (Double($0), 1) }).isEmpty)
        #expect(play(&pace, (1...100).map { (1000 + Double($0) * 10, 10) }).isEmpty)
    }

    @Test func `20,000 events a second make it busy within a millisecond, and it stays so while they come`() {
        var pace = RingPace(.quiet, at: 0)
        let first = play(&pace, (1...40).map { (Double($0) * 0.05, 1) })
        #expect(first.count == 1 && first[0].0 == 0 && first[0].1 == .busy)
        // The reader comes every 10 ms now.
        #expect(play(&pace, (1...100).map { (2 + Double($0) * 10, 200) }).isEmpty)
    }

    @Test func `events that waited for a reader who was kept from looking do not make it busy`() {
        var pace = RingPace(.quiet, at: 0)
        #expect(play(&pace, [(1, 1), (2, 1), (42, 40), (43, 1), (44, 1), (200, 156)]).isEmpty)
    }

    @Test func `a reader that rarely gets its turn sees a burst all the same`() {
        var pace = RingPace(.quiet, at: 0)
        let changes = play(&pace, (1...5).map { (Double($0) * 12, 900) })
        #expect(changes.count == 1 && changes[0] == (12, .busy))
    }

    @Test func `a single burst makes it busy for 10 ms, and repeated ones for as long as they come`() {
        var pace = RingPace(.quiet, at: 0)
        var looks: [(milliseconds: Double, found: Int)] = [(1, 1), (2, 1), (3, 40)]
        for look in 1...20 { looks.append((3 + Double(look) * 10, 10)) }
        let once = play(&pace, looks)
        #expect(once.map { $0.0 } == [3, 13] && pace.mode == .quiet)
        looks = []
        for look in 0..<200 { looks.append((300 + Double(look) * 10, look % 3 == 0 ? 200 : 0)) }
        let again = play(&pace, looks)
        // The second one within 200 ms is trusted.
        #expect(again.map { $0.0 } == [330, 340, 360] && pace.mode == .busy, "\(again)")
    }

    @Test func `a silence of 50 ms after many events makes it quiet again`() {
        var pace = RingPace(.busy, at: 0)
        let changes = play(&pace, (0..<20).map { (Double($0) * 10, $0 < 10 ? 1000 : 0) })
        #expect(changes.count == 1 && changes[0].1 == .quiet && (140...150).contains(changes[0].0))
    }

    @Test func `between 2000 and 4000 events a second it stays as it is`() {
        var busy = RingPace(.busy, at: 0)
        #expect(play(&busy, (0..<100).map { (Double($0) * 10, 30) }).isEmpty)
        var quiet = RingPace(.quiet, at: 0)
        #expect(play(&quiet, (1..<1000).map { (Double($0) / 3, 1) }).isEmpty)
    }

    @Test func `a clock that stands still or jumps is no trap and no silence`() {
        var pace = RingPace(.busy, at: 0)
        for now in [UInt64.max, 0, 5, .max, 1] {
            for found in [0, 1, 1 << 30] {
                let mode = pace.wanted(after: found, at: now)
                if mode != pace.mode { pace.change(to: mode, at: now) }
            }
        }
        // As long as it stands still nothing is silent; when it goes on, what is silent is noticed.
        var still = RingPace(.busy, at: 0)
        #expect(play(&still, (0..<1000).map { _ in (5, 0) }).isEmpty)
        #expect(play(&still, (1...100).map { (5 + Double($0) * 10, 0) }).map(\.1) == [.quiet])
    }
}
