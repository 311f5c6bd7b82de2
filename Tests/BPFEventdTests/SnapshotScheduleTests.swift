// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import EventCollecting

struct SnapshotScheduleTests {
    @Test func `once is at the start, and not again at the end`() {
        var schedule = SnapshotSchedule(.once, start: 100, end: .max)
        #expect(schedule.due == 100 && !schedule.hasEnded)
        schedule.begin(at: 105)
        #expect(schedule.hasEnded)
        schedule.end(at: 200, isCut: false)
        #expect(schedule.hasEnded)
    }

    @Test func `a run that ends before its one snapshot was begun takes it then`() {
        var schedule = SnapshotSchedule(.once, start: 100, end: .max)
        schedule.end(at: 200, isCut: false)
        #expect(schedule.due == 200)
        schedule.begin(at: 200)
        #expect(schedule.hasEnded)
    }

    @Test func `times are a grid from the start, and the last is at the end`() {
        var schedule = SnapshotSchedule(.every(1000), start: 100, end: .max)
        schedule.begin(at: 103)
        #expect(schedule.due == 1100)
        schedule.begin(at: 1109)
        #expect(schedule.due == 2100 && schedule.skipped == 0)
        schedule.end(at: 1500, isCut: false)
        #expect(schedule.due == 1500)
        schedule.begin(at: 1501)
        #expect(schedule.hasEnded)
    }

    @Test func `times that pass while others are read are skipped and counted`() {
        var schedule = SnapshotSchedule(.every(1000), start: 0, end: .max)
        schedule.begin(at: 1)
        schedule.begin(at: 4500)
        #expect(schedule.due == 5000 && schedule.skipped == 3)
    }

    @Test func `no snapshot is taken just before that of the end`() {
        var schedule = SnapshotSchedule(.every(1000), start: 0, end: 3000)
        for time: UInt64 in [0, 1000] { schedule.begin(at: time) }
        #expect(schedule.due == 2000)
        schedule.begin(at: 2000)
        #expect(schedule.due == .max)
        schedule.end(at: 3000, isCut: false)
        #expect(schedule.due == 3000)
    }

    @Test func `a snapshot of the end alone waits for it, and a cut end has none`() {
        var schedule = SnapshotSchedule(.atEnd, start: 0, end: .max)
        #expect(schedule.hasEnded)
        schedule.end(at: 9, isCut: false)
        #expect(schedule.due == 9)
        var cut = SnapshotSchedule(.atEnd, start: 0, end: .max)
        cut.end(at: 9, isCut: true)
        #expect(cut.hasEnded)
        // A second signal comes after the first.
        for times: SnapshotTimes in [.once, .every(5), .atEnd] {
            var late = SnapshotSchedule(times, start: 0, end: .max)
            late.end(at: 9, isCut: false)
            #expect(late.due == 9)
            late.end(at: 12, isCut: true)
            #expect(late.hasEnded)
        }
    }

    @Test func `the grid of a run that begins late begins with it`() {
        var schedule = SnapshotSchedule(.every(1000), start: 100, end: .max)
        schedule.start(at: 5000, end: 8000)
        #expect(schedule.due == 6000 && schedule.skipped == 0)
        schedule.begin(at: 6000)
        #expect(schedule.due == 7000 && schedule.skipped == 0)
        schedule.begin(at: 7000)
        #expect(schedule.due == .max)
        var far = SnapshotSchedule(.every(.max), start: 0, end: .max)
        far.start(at: 5, end: .max)
        #expect(far.hasEnded)
    }

    @Test func `an interval beyond all times is no trap`() {
        var schedule = SnapshotSchedule(.every(.max), start: 5, end: .max)
        schedule.begin(at: 6)
        #expect(schedule.due == .max)
        schedule.begin(at: .max)
        #expect(schedule.hasEnded)
    }

    @Test func `the next time comes after the end of a snapshot that takes longer than its interval`() {
        var schedule = SnapshotSchedule(.every(1000), start: 0, end: .max)
        schedule.begin(at: 0)
        schedule.finish(at: 900)
        #expect(schedule.due == 1000 && schedule.skipped == 0 && schedule.longest == nil)
        schedule.begin(at: 1000)
        schedule.finish(at: 3500)
        #expect(schedule.due == 4000 && schedule.skipped == 2 && schedule.longest == 2500)
    }

    @Test func `the last snapshot stays due when one that was under way ends`() {
        var schedule = SnapshotSchedule(.every(1000), start: 0, end: .max)
        schedule.begin(at: 0)
        schedule.end(at: 1500, isCut: false)
        schedule.finish(at: 1700)
        #expect(schedule.due == 1500)
        schedule.begin(at: 1700)
        schedule.finish(at: 9000)
        #expect(schedule.hasEnded && schedule.skipped == 0)
    }

    @Test func `maps that take longer than their interval leave the others their turn`() {
        // Interval 1000; reading takes 1500, 2500 and 10.
        let taken: [UInt64] = [1500, 2500, 10]
        var schedules = taken.map { _ in SnapshotSchedule(.every(1000), start: 0, end: .max) }
        var (now, reads): (UInt64, [Int]) = (0, [0, 0, 0])
        while now < 100_000 {
            var turn = SnapshotTurn(at: now)
            for index in schedules.indices { turn.consider(index, due: schedules[index].due) }
            guard let index = turn.index else {
                now = schedules.map(\.due).min() ?? .max
                continue
            }
            schedules[index].begin(at: now)
            now += taken[index]
            schedules[index].finish(at: now)
            reads[index] += 1
        }
        #expect(reads.allSatisfy { $0 >= 20 })
        #expect(schedules[2].longest == nil && schedules[2].skipped > 0)
    }

    @Test func `a map alone whose reading takes longer than any interval rests in between`() {
        var schedule = SnapshotSchedule(.every(1), start: 0, end: .max)
        for now: UInt64 in stride(from: 0, to: 1000, by: 100) {
            schedule.begin(at: now)
            schedule.finish(at: now + 99)
            #expect(schedule.due > now + 99)
        }
    }
}
