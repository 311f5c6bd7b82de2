// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Diagnostics
import SystemPackage
import Testing
import ToolSupport

@testable import bpf_eventd

/// What the outputs decide without a file in sight.
struct OutputDecisionTests {
    private let start = ContinuousClock.now

    private func numbers(_ plan: RotationPlan) -> [[Int]] {
        plan.renamings.map { [$0.from, $0.to] }
    }

    @Test func `the oldest file gets its new name first, so that no name is taken`() {
        #expect(numbers(RotationPlan(last: 0, keep: nil)) == [[0, 1]])
        #expect(numbers(RotationPlan(last: 3, keep: nil)) == [[3, 4], [2, 3], [1, 2], [0, 1]])
        #expect(RotationPlan(last: 3, keep: nil).removals.isEmpty)
    }

    @Test func `what is more than is kept goes, and only after all renamings`() {
        #expect(RotationPlan(last: 1, keep: 2).removals.isEmpty)
        #expect(RotationPlan(last: 2, keep: 2).removals == [3])
        #expect(RotationPlan(last: 9, keep: 2).removals == [3, 4, 5, 6, 7, 8, 9, 10])
        #expect(RotationPlan(last: 0, keep: 1).removals.isEmpty)
        #expect(numbers(RotationPlan(last: 2, keep: 1)) == [[2, 3], [1, 2], [0, 1]])
    }

    @Test func `the names are the file's with a number`() {
        #expect(RotatedName.name("OUT", 0) == "OUT")
        #expect(RotatedName.name("OUT", 12) == "OUT.12")
    }

    @Test func `a file's time is up after the interval, and another begins with the next file`() {
        var schedule = RotationSchedule(size: nil, interval: .seconds(60), now: start)
        #expect(schedule.deadline == start + .seconds(60))
        schedule.begin(at: start + .seconds(61))
        #expect(schedule.deadline == start + .seconds(121))
    }

    @Test func `a rotation that failed is tried again after a while, and a success ends that`() {
        var schedule = RotationSchedule(size: 100, interval: .seconds(1), now: start)
        #expect(schedule.mayTry(at: start) && !schedule.hasFailed)
        schedule.fail(at: start + .seconds(1))
        #expect(schedule.hasFailed && !schedule.mayTry(at: start + .seconds(10)))
        #expect(schedule.deadline == start + .seconds(11))
        #expect(schedule.mayTry(at: start + .seconds(11)))
        schedule.begin(at: start + .seconds(11))
        #expect(!schedule.hasFailed && schedule.deadline == start + .seconds(12))
    }

    @Test func `without a wish nothing is ever due`() {
        let schedule = RotationSchedule(size: nil, interval: nil, now: start)
        #expect(!schedule.isWanted && schedule.deadline == nil)
    }

    @Test func `a full disk is tried again after 50 ms, then half as often each time, and each second at last`() {
        var shortage = Shortage(at: start)
        var pauses = [start.duration(to: shortage.retry)]
        for _ in 0..<6 {
            let now = shortage.retry
            shortage.goOn(at: now)
            pauses.append(now.duration(to: shortage.retry))
        }
        #expect(pauses == [50, 100, 200, 400, 800, 1000, 1000].map { .milliseconds($0) })
        shortage.tryNow(start)
        #expect(shortage.retry == start)
    }

    @Test func `the beginning and the end of a shortage are told with cause and time`() {
        #expect(Shortage.beginning("OUT", .noSpace).text().contains("no room in OUT: the events wait"))
        let end = Shortage(at: start).end("OUT", at: start + .milliseconds(3250))
        #expect(end.message == "room again in OUT after 3.2 s")
    }

    @Test func `only what can become better is waited for`() {
        for errno in [Errno.noSpace, .diskQuotaExceeded, .fileTooLarge] { #expect(Shortage.isMeant(by: errno)) }
        for errno in [Errno.brokenPipe, .ioError, .connectionReset] { #expect(!Shortage.isMeant(by: errno)) }
    }

    @Test(arguments: [
        (true, false, false, HangUp.reopen), (true, true, true, .reopen), (true, true, false, .end),
        (false, false, false, .end), (false, true, true, .end), (false, true, false, .end),
    ])
    func `SIGHUP is about a named file, unless the terminal has gone`(
        isNamedFile: Bool, hadTerminal: Bool, hasTerminal: Bool, meaning: HangUp
    ) {
        #expect(HangUp(isNamedFile: isNamedFile, hadTerminal: hadTerminal, hasTerminal: hasTerminal) == meaning)
    }

    @Test(arguments: [
        (["--keep", "3"], "out", "--keep goes with"), (["--keep", "0", "--rotate-size", "1M"], "out", "from 1 on"),
        (["--rotate-size", "1M"], "-", "not for stdout"), (["--rotate-every", "1h"], "-", "not for stdout"),
    ])
    func `options that make no sense together are refused in words`(arguments: [String], output: String, words: String)
        throws
    {
        let options = try OutputOptions.parse(arguments)
        let error = try #require(#expect(throws: (any Error).self) { try options.check(output: output) })
        #expect("\(error)".contains(words))
    }
}
