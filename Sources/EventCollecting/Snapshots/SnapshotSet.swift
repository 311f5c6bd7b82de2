// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import BasicContainers
internal import Diagnostics
internal import EventStream
internal import Records
internal import ToolSupport

/// The maps that are read at times, beside the rings.
///
/// They are read one after the other and in pieces, so that no ring waits for a map of a million elements; and only
/// while the output takes what it is given, so that a reader that stalls finds events in memory and not snapshots.
struct SnapshotSet: ~Copyable {
    private var maps = UniqueArray<SnapshotReader>()
    /// The map whose snapshot has begun and not ended.
    private var active: Int?
    private let reporter: Reporter

    /// Bytes of elements that are read between two rounds of draining rings.
    private static let pieceBesideRings = 128 << 10
    private static let piece = 1 << 20
    /// Nanoseconds that pieces of maps take between two rounds: many small maps are as long as a large one.
    private static let turn: UInt64 = 5_000_000
    /// The bytes that may wait in the writer when a piece is read.
    private static let backlog = 1 << 20

    init(reporter: Reporter) { self.reporter = reporter }

    var isEmpty: Bool { maps.isEmpty }

    /// Adds a map.
    mutating func add(_ map: consuming SnapshotReader) { maps.append(map) }

    /// The first failure of a map that was never read, if the run went on all the same.
    var failure: Diagnostic.Code? {
        for index in 0..<maps.count {
            if let failure = maps[index].failure { return failure }
        }
        return nil
    }

    /// Begins the times of all maps anew.
    ///
    /// - Parameters:
    ///   - now: The time, in nanoseconds.
    ///   - end: When the run ends by itself; `UInt64.max` is never.
    mutating func start(at now: UInt64, end: UInt64) {
        for index in 0..<maps.count { maps[index].schedule.start(at: now, end: end) }
    }

    /// When there is something to do at the latest, in nanoseconds.
    var nextDue: UInt64 {
        if active != nil { return 0 }
        var due = UInt64.max
        for index in 0..<maps.count { due = min(due, maps[index].schedule.due) }
        return due
    }

    /// Whether nothing more will be read.
    var hasEnded: Bool { nextDue == .max }

    /// Whether the run has nothing more to do for them: they were to be read once, and have been.
    var isDone: Bool {
        guard !maps.isEmpty, hasEnded else { return false }
        for index in 0..<maps.count where !maps[index].schedule.isOnce { return false }
        return true
    }

    /// Takes in that the run ends: the maps that are to be read at the end are due.
    ///
    /// - Parameters:
    ///   - isAsked: Whether a signal ends it, which does not wait for maps of millions: a snapshot that is under way is
    ///     the last one of its map, and the one that was to be read once has what it has.
    ///   - isCut: Whether nothing more is read.
    mutating func end(at now: UInt64, isAsked: Bool = false, isCut: Bool = false) {
        // Of maps that are read once, those that have not had their turn are left when others have.
        var hasBegun = active != nil
        for index in 0..<maps.count where maps[index].schedule.isOnce && maps[index].schedule.hasEnded {
            hasBegun = true
        }
        for index in 0..<maps.count {
            let isUnderWay = index == active
            if isAsked, isUnderWay, maps[index].schedule.isOnce { maps[index].snapshots.stop() }
            let isEnough = isAsked && (isUnderWay || hasBegun && maps[index].schedule.isOnce)
            if isEnough, !isUnderWay, !maps[index].schedule.hasEnded { reporter.report(maps[index].unread) }
            maps[index].schedule.end(at: now, isCut: isCut || isEnough)
        }
        if isCut { active = nil }
    }

    /// Reads a piece of what is due.
    ///
    /// - Parameters:
    ///   - writer: Gets it.
    ///   - hasRings: Whether there are rings that must not wait.
    ///   - processes: The processes whose code a capture tells.
    /// - Returns: Whether there is more to be read now.
    /// - Throws: A map cannot be read, and could not before; beside rings only if it never will be.
    mutating func read(
        into writer: inout StreamWriter, hasRings: Bool, _ processes: ProcessWatch? = nil
    ) throws(BPFError) -> Bool {
        guard nextDue <= MonotonicClock.nanoseconds else { return false }
        guard writer.pendingBytes <= Self.backlog else { return true }
        var piece = SnapshotPiece(writer: writer, bytes: hasRings ? Self.pieceBesideRings : Self.piece, processes)
        let result: Result<Bool, BPFError>
        do throws(BPFError) {
            result = .success(try read(into: &piece, hasRings: hasRings))
        } catch {
            result = .failure(error)
        }
        writer = piece.release()
        return try result.get()
    }

    private mutating func read(into piece: inout SnapshotPiece, hasRings: Bool) throws(BPFError) -> Bool {
        let (turnEnd, _) = MonotonicClock.nanoseconds.addingReportingOverflow(Self.turn)
        while let index = next() {
            let notes: [Diagnostic]
            do throws(BPFError) {
                guard case .done(let end) = try readPart(of: index, into: &piece) else { return true }
                active = nil
                notes = maps[index].note(end)
            } catch {
                active = nil
                notes = try maps[index].note(error, hasRings: hasRings)
            }
            notes.forEach(reporter.report)
            // Rings and signals have their turn, however short the intervals are.
            guard MonotonicClock.nanoseconds < turnEnd else { return nextDue <= MonotonicClock.nanoseconds }
        }
        return false
    }

    /// Reads some of a map, into its metrics too.
    private mutating func readPart(
        of index: Int, into piece: inout SnapshotPiece
    ) throws(BPFError) -> MapSnapshots.Progress {
        swap(&piece.metrics, &maps[index].metrics)
        defer { swap(&piece.metrics, &maps[index].metrics) }
        piece.begin(source: maps[index].snapshots.source)
        return try maps[index].snapshots.readPart(into: &piece)
    }

    /// The map that is read now; nil if none is due.
    private mutating func next() -> Int? {
        if let active { return active }
        let now = MonotonicClock.nanoseconds
        var turn = SnapshotTurn(at: now)
        for index in 0..<maps.count { turn.consider(index, due: maps[index].schedule.due) }
        guard let index = turn.index else { return nil }
        maps[index].schedule.begin(at: now)
        active = index
        return index
    }

    /// Fills in what was read of each map.
    ///
    /// - Parameter all: The maps by their numbers.
    func fill(_ all: inout [Account.Map]) {
        for index in 0..<maps.count {
            let number = Int(maps[index].snapshots.source)
            guard all.indices.contains(number) else { continue }
            var account = maps[index].account
            account.skipped = maps[index].schedule.skipped
            all[number].snapshots = account
            all[number].samples = maps[index].metrics?.last
        }
    }
}
