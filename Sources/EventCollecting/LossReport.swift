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

    /// Whether new losses are told now: once a second.
    var isDue: Bool { ContinuousClock.now >= next }

    /// Tells of new losses.
    mutating func report(_ losses: [PerfRings.Loss]) {
        for loss in losses {
            // The original's words, and the CPU.
            reporter.status(
                "lost \(loss.events) events on CPU \(loss.cpu)\(place)", event: "lost",
                [("cpu", .integer(Int64(loss.cpu))), ("events", .unsigned(loss.events))])
        }
        if !losses.isEmpty { next = ContinuousClock.now + .seconds(1) }
    }

    /// Tells of the total of the rings of an array, where there were any losses.
    func finish(_ accounts: [RingAccount]) {
        let corrupt = accounts.reduce(0) { $0 + $1.corrupt }
        if corrupt > 0 {
            reporter.report(
                Diagnostic(
                    .ringRecordImpossible, .warning, stage: .ring,
                    "\(corrupt) records of the rings\(place) had impossible lengths",
                    nextStep: "this should not happen on any kernel: please report it"))
        }
        finish(accounts.compactMap { account in account.lost.map { (account.cpu ?? 0, $0) } })
    }

    /// Tells of the total of a ring buffer, if there were any losses, or whether programs may have found no room.
    func finish(_ ring: borrowing PacedRingBuffer) {
        finish(ring.lostByCPU.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        Self.finish(ring, reporter)
    }

    private func finish(_ all: [(cpu: Int, lost: UInt64)]) {
        let losers = all.filter { $0.lost > 0 }
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

    private static func finish(_ ring: borrowing PacedRingBuffer, _ reporter: Reporter) {
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
                nextStep: "make it larger (max_entries, now \(ring.size)), and have the program count what fails: "
                    + "RINGBUF_LOST of ringbuf_lost.h, a per-CPU array named like the ring buffer and _lost"))
    }
}
