// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import BasicContainers
internal import Diagnostics
internal import ToolSupport

/// Finds out where the programs count what finds no room in ring buffers, and tells the user of it.
struct RingLosses {
    /// A ring buffer whose counts are looked for.
    private struct Wanted {
        let number: UInt32
        let pin: String
        var search: LossCounterSearch
    }

    private var wanted: [Wanted] = []
    private let reporter: Reporter
    /// Ring buffers whose counts could be read no more, which was told.
    private var failed: Set<UInt32> = []

    init(reporter: Reporter) { self.reporter = reporter }

    /// Begins to look for the counts of a ring buffer.
    ///
    /// - Parameters:
    ///   - info: What the kernel tells of the ring buffer.
    ///   - number: Its number in a capture.
    ///   - label: What messages call it.
    ///   - pin: Where it is pinned, if it is.
    ///   - given: The pin or the id of the map that has the counts, if the command line says so.
    mutating func add(
        _ info: Map.Info, _ number: UInt32, label: String, pin: String?, given: String? = nil,
        to readers: inout ReaderGroup
    ) throws(BPFError) {
        guard let given else {
            wanted.append(Wanted(number: number, pin: label, search: LossCounterSearch(for: info, pin: pin)))
            return look(&readers)
        }
        let map = if let id = UInt32(given) { try Map(id: id) } else { try Map(pinnedAt: given) }
        try begin(LossCounter(map), of: number, pin: label, in: &readers)
    }

    /// Looks for counts that were not there before: their programs are mostly loaded after the daemon has started.
    mutating func look(_ readers: inout ReaderGroup) {
        for index in wanted.indices {
            do throws(BPFError) {
                switch try wanted[index].search.look() {
                case .counter(let counter):
                    try begin(counter, of: wanted[index].number, pin: wanted[index].pin, in: &readers)
                case .doubtful(let ids):
                    reporter.report(
                        Diagnostic(
                            .lossesDoubtful, .warning, stage: .ring,
                            "cannot tell which map counts the losses of \(wanted[index].pin.terminalSafe)",
                            cause: "the kernel cuts names after 15 characters, so that these may be it: "
                                + ids.map { "id \($0)" }.joined(separator: ", "),
                            nextStep: "name it: \(.lossCounts)"))
                case .nothing: break
                }
            } catch {
                var warning = error.diagnostic
                warning.severity = .warning
                reporter.report(warning)
            }
        }
        wanted.removeAll(where: \.search.hasEnded)
    }

    /// Tells of counts that cannot be read any more.
    mutating func tellFailures(_ readers: borrowing ReaderGroup) {
        for index in 0..<readers.buffers.count {
            let source = readers.buffers[index].source
            guard let failure = readers.buffers[index].countingFailure, failed.insert(source).inserted else { continue }
            reporter.report(
                Diagnostic(
                    .lossesUnreadable, .warning, stage: .ring,
                    "what programs count of lost events cannot be read any more: later losses are not known",
                    cause: failure.diagnostic.message))
        }
    }

    private func begin(
        _ counter: consuming LossCounter, of number: UInt32, pin: String, in readers: inout ReaderGroup
    ) throws(BPFError) {
        let before = counter.before.reduce(0, &+)
        let id = counter.id
        try readers.count(number, in: counter)
        reporter.report(
            Diagnostic(
                .lossesCounted, .note, stage: .ring,
                "losses of \(pin.terminalSafe) are counted by its programs, in map \(id)"))
        guard before > 0 else { return }
        reporter.report(
            Diagnostic(
                .lostBefore, .warning, stage: .ring,
                "\(before) events of \(pin.terminalSafe) were lost before this daemon read it",
                cause: "the ring buffer was full, and nobody read it or too slowly"))
    }
}
