// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import Diagnostics
internal import EventStream
internal import Records

/// One map that is read at times.
struct SnapshotReader: ~Copyable {
    /// Reads it.
    var snapshots: MapSnapshots
    /// When.
    var schedule: SnapshotSchedule
    /// What it is called in messages.
    let name: String
    /// What was read.
    private(set) var account = Account.Snapshots()
    /// What becomes of its elements beside the stream.
    var metrics: MapSamples?
    /// Whether the process has given up its privilege by the time that it reads.
    private let dropsPrivilege: Bool
    /// Whether the run goes on if this map cannot be read.
    private let isOneOfMany: Bool
    /// Why it could not be read, if it never could and the run goes on.
    private(set) var failure: Diagnostic.Code?
    private var told: Set<Diagnostic.Code> = []

    init(
        _ snapshots: consuming MapSnapshots, _ schedule: SnapshotSchedule, name: String, dropsPrivilege: Bool = false,
        isOneOfMany: Bool = false
    ) {
        self.isOneOfMany = isOneOfMany
        self.dropsPrivilege = dropsPrivilege
        self.snapshots = snapshots
        self.schedule = schedule
        self.name = name
    }

    /// Takes in the end of a snapshot.
    ///
    /// - Returns: What the user should know, once.
    mutating func note(_ end: SnapshotEnd) -> [Diagnostic] {
        schedule.finish(at: MonotonicClock.nanoseconds)
        account.taken += 1
        failure = nil
        account.elements = end.elements
        account.allElements &+= end.elements
        account.skipped = schedule.skipped
        let notes = [stopped(end), unsteady(end), snapshots.fill(after: end)?.note, slow(end), metricsLimit()]
            .compactMap { $0 }
        return notes.filter { told.insert($0.code).inserted }
    }

    /// Takes in that a snapshot failed.
    ///
    /// - Parameter hasRings: Whether the run has rings to drain, which does not end for what may pass.
    /// - Returns: What the user should know, once.
    /// - Throws: The error, if none has succeeded: then none will. Where there are other maps it is told instead, since
    ///   those can be read.
    mutating func note(_ error: BPFError, hasRings: Bool) throws(BPFError) -> [Diagnostic] {
        schedule.finish(at: MonotonicClock.nanoseconds)
        account.failed += 1
        guard account.taken > 0 || isOneOfMany || hasRings && Self.mayPass(error) else { throw explained(error) }
        if account.taken == 0 {
            failure = error.code
            return told.insert(error.code).inserted ? [error.diagnostic] : []
        }
        var warning = error.diagnostic
        warning.severity = .warning
        warning.details.append("the snapshot ends there; the next ones are tried")
        return told.insert(warning.code).inserted ? [warning] : []
    }

    /// Whether a later snapshot may succeed.
    static func mayPass(_ error: BPFError) -> Bool {
        guard let errno = error.errno else { return false }
        return [
            .interrupted, .resourceTemporarilyUnavailable, .resourceBusy, .noMemory, .tooManyOpenFiles,
            .tooManyOpenFilesInSystem,
        ].contains(errno)
    }

    /// The error that ends the run, with what is to be done where the privilege was given up too early for it.
    private func explained(_ error: BPFError) -> BPFError {
        guard dropsPrivilege, error.errno == .notPermitted || error.errno == .permissionDenied else { return error }
        var error = error
        error.diagnostic.hint =
            "leave out \(.user): before Linux 5.19, and for maps of maps everywhere, maps are read with privilege only"
        return error
    }

    private func stopped(_ end: SnapshotEnd) -> Diagnostic? {
        guard snapshots.wasStopped else { return nil }
        return Diagnostic(
            .snapshotIncomplete, .warning, stage: .map,
            "the snapshot of \(name.terminalSafe) has its first \(end.elements) elements only",
            cause: "a signal came while it was read")
    }

    /// What is told of a map that was to be read once, and was not.
    var unread: Diagnostic {
        Diagnostic(
            .snapshotIncomplete, .warning, stage: .map, "\(name.terminalSafe) was not read",
            cause: "a signal came before its turn")
    }

    private func unsteady(_ end: SnapshotEnd) -> Diagnostic? {
        guard end.extent == .unsteady else { return nil }
        return Diagnostic(
            .snapshotUnsteady, .warning, stage: .map, "keys may be missing from snapshots of \(name.terminalSafe)",
            cause: "programs remove and add keys faster than they can be read",
            nextStep: "a larger map keeps keys longer (max_entries, now \(snapshots.info.maxEntries))")
    }

    private func slow(_ end: SnapshotEnd) -> Diagnostic? {
        guard schedule.skipped > 0 else { return nil }
        let longest = schedule.longest.map { max($0 / 1_000_000, 1) }
        return Diagnostic(
            .snapshotsSkipped, .warning, stage: .map,
            "snapshots of \(name.terminalSafe) are skipped: there is no time for all of them",
            cause: longest.map {
                "\($0) ms passed until \(end.elements) elements were read and taken by the output, longer than the interval"
            }
                ?? "reading other maps, or what reads the output, takes longer than the interval",
            nextStep: "read it less often: \(.snapshotsEvery, to: "10s")")
    }

    private func metricsLimit() -> Diagnostic? {
        guard let left = metrics?.last?.leftOut, left > 0 else { return nil }
        return Diagnostic(
            .metricsLimited, .warning, stage: .run,
            "\(left) elements of \(name.terminalSafe) are not in the metrics",
            cause: "there are more than are wanted, or their labels are the same",
            nextStep: "\(.metricsLimit, to: "N") sets how many; each is a time series of its own where they are stored")
    }
}
