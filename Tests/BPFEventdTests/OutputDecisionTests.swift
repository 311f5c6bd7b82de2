// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import BPFCore
import Diagnostics
import Foundation
import TestSupport
import Testing
import ToolSupport

@testable import EventCollecting
@testable import bpf_eventd

/// What the outputs decide without a file in sight.
struct OutputDecisionTests {
    private let start = ContinuousClock.now

    /// The plan of a rotation as names.
    private func names(_ last: Int, _ archived: [Int] = [], keep: Int? = nil) -> (
        renamings: [String], removals: [String]
    ) {
        let plan = RotationPlan(last: last, archive: RotationPlan.Archive(archived), keep: keep)
        return (
            plan.renamings.map { "\($0.from.name("O")) \($0.to.name("O"))" }, plan.removals.map { $0.name("O") }
        )
    }

    @Test func `the oldest file gets its new name first, so that no name is taken`() {
        #expect(names(0).renamings == ["O O.1"])
        #expect(names(3).renamings == ["O.3 O.4", "O.2 O.3", "O.1 O.2", "O O.1"])
        #expect(names(3).removals.isEmpty)
    }

    @Test func `what is more than is kept goes, and only after all renamings`() {
        #expect(names(1, keep: 2).removals.isEmpty)
        #expect(names(2, keep: 2).removals == ["O.3"])
        #expect(names(9, keep: 2).removals == (3...10).map { "O.\($0)" })
        #expect(names(0, keep: 1).removals.isEmpty)
        #expect(names(2, keep: 1).renamings == ["O.2 O.3", "O.1 O.2", "O O.1"])
    }

    @Test func `a rotation renames no more than 17 files, however many there are, and the oldest keeps its name`() {
        #expect(names(15).renamings.first == "O.15 O.16" && names(15).renamings.count == 16)
        for keep in [nil, 1000] {
            let full = names(16, [4, 7], keep: keep)
            #expect(full.renamings.first == "O.16 O.old.000008" && full.renamings.count == 17)
            #expect(full.removals.isEmpty)
        }
        // Files of a version that renamed them all.
        #expect(
            names(18).renamings.prefix(4) == [
                "O.18 O.old.000001", "O.17 O.old.000002", "O.16 O.old.000003", "O.15 O.16",
            ])
    }

    @Test func `of archived files the oldest go, some with each rotation`() {
        #expect(names(16, Array(1...4), keep: 20).removals == ["O.old.000001"])
        #expect(names(16, Array(1...3), keep: 20).removals.isEmpty)
        #expect(names(3, Array(5...204), keep: 16).removals.count == 64)
        #expect(names(3, Array(5...204), keep: 16).removals.first == "O.old.000005")
        let plan = RotationPlan(last: 3, archive: RotationPlan.Archive(Array(5...204)), keep: 16)
        #expect(plan.archive.first == 69 && plan.archive.next == 205)
    }

    @Test func `archived files are told from all others by their names`() throws {
        try withTemporaryFolder { folder in
            for name in [
                "O.old.000007", "O.old.000012", "O.old.1000000", "O.old.0000008", "O.old.12", "O.old.00001x",
                "O.old.000000",
                "O.000009", "O.20261128", "P.old.000003", "O.old",
            ] { try Data().write(to: folder.appending(path: name)) }
            #expect(RotatedName.archivedNumbers(folder.appending(path: "O").path) == [7, 12, 1_000_000])
        }
    }

    @Test func `the names are the file's with a number`() {
        #expect(RotatedName.name("OUT", 0) == "OUT")
        #expect(RotatedName.name("OUT", 12) == "OUT.12")
        #expect(RotatedName.archived("OUT", 12) == "OUT.old.000012")
        #expect(RotatedName.archived("OUT", 1_234_567) == "OUT.old.1234567")
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
