// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import Diagnostics
internal import ToolSupport

/// Tells of lost events: at once, but one line a second and CPU while it goes on, and all of them at the end.
///
/// With `--quiet` the exit code and the statistics tell.
struct LossReport {
    private let reporter: Reporter
    private var next = ContinuousClock.now
    /// ` of map NAME` where there are several maps.
    private let place: String

    /// - Parameter map: The map's name, if it must be told from others.
    init(reporter: Reporter, map: String?) {
        self.reporter = reporter
        place = map.map { " of map \($0)" } ?? ""
    }

    /// Tells of new losses, unless it has done so within the last second.
    mutating func reportSoon(_ rings: inout PerfRings) {
        let now = ContinuousClock.now
        guard now >= next else { return }
        if report(&rings) { next = now + .seconds(1) }
    }

    /// Tells of the last losses, and of the total where there were any.
    mutating func finish(_ rings: inout PerfRings) {
        report(&rings)
        let accounts = rings.accounts
        let corrupt = accounts.reduce(0) { $0 + $1.corrupt }
        if corrupt > 0 {
            reporter.report(
                Diagnostic(
                    .ringRecordImpossible, .warning, stage: .ring,
                    "\(corrupt) records of the rings\(place) had impossible lengths",
                    nextStep: "this should not happen on any kernel: please report it"))
        }
        let losers = accounts.compactMap { account in
            account.lost.flatMap { lost in lost > 0 ? (cpu: account.cpu ?? 0, lost: lost) : nil }
        }
        guard !losers.isEmpty else { return }
        let total = losers.reduce(0) { $0 + $1.lost }
        let each = losers.map { "\($0.lost) on CPU \($0.cpu)" }.joined(separator: ", ")
        reporter.status(
            "lost \(total) events\(place) in total: \(each)", event: "lost-total",
            [
                ("events", .unsigned(total)),
                (
                    "cpus",
                    .array(
                        losers.map { .object([("cpu", .integer(Int64($0.cpu))), ("events", .unsigned($0.lost))]) })
                ),
            ])
    }

    @discardableResult
    private mutating func report(_ rings: inout PerfRings) -> Bool {
        let losses = rings.takeLosses()
        for loss in losses {
            // The original's words, and the CPU.
            reporter.status(
                "lost \(loss.events) events on CPU \(loss.cpu)\(place)", event: "lost",
                [("cpu", .integer(Int64(loss.cpu))), ("events", .unsigned(loss.events))])
        }
        return !losses.isEmpty
    }

    /// Tells at the end if programs may have found no room in a ring buffer.
    static func finish(_ ring: borrowing PacedRingBuffer, _ reporter: Reporter) {
        if ring.tooLarge > 0 {
            reporter.report(
                Diagnostic(
                    .eventTooLarge, .warning, stage: .ring, "lost \(ring.tooLarge) events that are larger than 16 MiB",
                    cause: "no block of a capture can hold them", nextStep: "use --format frames")
            )
        }
        guard ring.mayHaveLost else { return }
        reporter.report(
            Diagnostic(
                .ringFull, .warning, stage: .ring,
                "the ring buffer was full, and events may be lost; how many is not known",
                cause: "a ring buffer does not count them: only the program learns it, from what bpf_ringbuf_output or "
                    + "bpf_ringbuf_reserve returns",
                nextStep: "make it larger (max_entries, now \(ring.size)), and have the program count what fails"))
    }
}
