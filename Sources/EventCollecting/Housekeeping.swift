// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import Diagnostics
internal import EventStream
internal import ToolSupport

/// What the daemon sees to once a second beside the events: the locks of its maps, the account for others, and which
/// programs send the events.
struct Housekeeping: ~Copyable {
    private var locks: MapLocks
    private var files: AccountFiles
    /// What a capture says of itself; nil for frames.
    private var description: CaptureDescription?
    private var types: MapTypes
    private var clock = WallClock()
    private let reporter: Reporter
    /// When to look for programs again, in nanoseconds: it takes some system calls for each program of the machine.
    private var programsDue: UInt64 = 0
    /// When to tell, once, that no program uses a map, in nanoseconds.
    private var unusedDue = MonotonicClock.nanoseconds + patience * 1_000_000_000
    /// In seconds.
    private static let patience: UInt64 = 5
    private static let programsInterval: UInt64 = 10_000_000_000
    /// When to look for control groups again, in nanoseconds.
    private var namesDue: UInt64 = 0
    private static let namesInterval: UInt64 = 1_000_000_000
    private var hasToldCutNames = false

    init(
        locks: consuming MapLocks, files: consuming AccountFiles, description: CaptureDescription?, types: MapTypes,
        reporter: Reporter
    ) {
        self.locks = locks
        self.files = files
        self.description = description
        self.types = types
        self.reporter = reporter
    }

    /// Does what is due.
    ///
    /// - Parameters:
    ///   - now: Nanoseconds of `CLOCK_MONOTONIC`.
    ///   - account: What went through by now.
    mutating func tick(_ now: UInt64, _ account: Account) {
        reporter.flush()
        if now >= unusedDue {
            unusedDue = .max
            for map in account.maps {
                if let note = SourceMap.noteOfNoUser(map, after: Self.patience) { reporter.report(note) }
            }
        }
        if let note = locks.touch(now) { reporter.report(note) }
        files.write(account)
    }

    /// Tells those who come later that the daemon ended in order.
    mutating func end(_ account: Account) {
        files.end(account)
        if let note = locks.markEnded() { reporter.report(note) }
    }

    /// Readable when the wall clock was set; nil where it must be looked for.
    var clockDescriptor: Int32? { clock.descriptor }

    /// What makes a time of `CLOCK_MONOTONIC` one since 1970, in nanoseconds, as far as is known.
    var bootOffset: Int64 { clock.bootOffset }

    /// Looks whether the wall clock was set.
    ///
    /// - Parameter now: Nanoseconds of `CLOCK_MONOTONIC`.
    /// - Returns: What a capture tells of it, and what further files of the capture begin with; nil if nothing is new.
    mutating func clockChange(_ now: UInt64) -> (change: CaptureClock, preamble: [UInt8]?)? {
        guard clock.look() else { return nil }
        let change = CaptureClock(from: now, bootOffset: clock.bootOffset)
        description?.set(change)
        // It was made of the same parts before.
        return (change, try? description?.bytes())
    }

    /// Takes in the types of events that the loader has left.
    ///
    /// - Parameter now: Nanoseconds of `CLOCK_MONOTONIC`.
    /// - Returns: What the capture says of itself from here on; nil if it is what it was.
    mutating func preambleWithNewTypes(_ now: UInt64) -> [UInt8]? {
        guard var description, !types.isSettled else { return nil }
        let (changed, notes) = types.look(now, &description)
        notes.forEach(reporter.report)
        guard !changed.isEmpty else { return nil }
        for number in changed { types.report(number, pin: description.path(of: number), to: reporter) }
        do throws(CaptureError) {
            let preamble = try description.bytes()
            self.description = description
            return preamble
        } catch {
            // Types that a block does not hold: the capture goes on as it began.
            var warning = error.diagnostic
            warning.severity = .warning
            reporter.report(warning)
            return nil
        }
    }

    /// Looks for names that events may need and that were not there before.
    ///
    /// - Parameter now: Nanoseconds of `CLOCK_MONOTONIC`.
    /// - Returns: What a capture tells of them, and what further files of it begin with; nil if there are none.
    mutating func newNames(_ now: UInt64) -> (names: CaptureNames, preamble: [UInt8]?)? {
        guard now >= namesDue else { return nil }
        namesDue = now + Self.namesInterval
        let new = description?.newNames()
        if description?.areNamesCut == true, !hasToldCutNames {
            hasToldCutNames = true
            reporter.report(
                Diagnostic(
                    .namesCut, .warning, stage: .stream, "the capture does not have all names of this host",
                    cause: "it has \(AccountNames.limit) users, as many groups, and \(HostNameList.groupLimit) "
                        + "control groups with \(HostNameList.pathBytesLimit >> 20) MiB of paths",
                    nextStep: "others are shown as numbers"))
        }
        return new.map { ($0, try? description?.bytes()) }
    }

    /// Looks for programs that send events and were not there before.
    ///
    /// - Parameter now: Nanoseconds of `CLOCK_MONOTONIC`; nil to look in any case.
    /// - Returns: What the capture says of itself from here on; nil if it is what it was.
    mutating func newPreamble(_ now: UInt64?) -> [UInt8]? {
        if let now {
            guard now >= programsDue else { return nil }
            programsDue = now + Self.programsInterval
        }
        do {
            return try description?.lookForPrograms() == true ? try description?.bytes() : nil
        } catch {
            reporter.report(
                Diagnostic(
                    .programsUnknown, .warning, stage: .stream,
                    "the capture will not say which programs send its events",
                    cause: (error as? any DiagnosticError)?.diagnostic.message))
            description = nil
            return nil
        }
    }
}
