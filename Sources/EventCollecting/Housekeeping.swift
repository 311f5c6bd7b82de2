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
    /// The blocks of the processes that a capture has told, by their numbers: they are made once.
    private var processes: [UInt32: [UInt8]] = [:]
    /// Bytes of those, and of those that further files begin with: of processes that were told anew the last block counts.
    private var processBytes = (all: 0, written: 0)
    private var hasToldLargePreamble = false

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
        let change = CaptureClock(
            from: now, bootOffset: clock.bootOffset, clockError: ClockError.nanoseconds)
        description?.set(change)
        return (change, wholePreamble())
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
            return withProcesses(preamble)
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
        guard let names = new else { return nil }
        return (names, wholePreamble())
    }

    /// What further files of a capture begin with; nil if it says nothing of itself, or too much.
    private mutating func wholePreamble() -> [UInt8]? {
        guard let description else { return nil }
        do throws(CaptureError) {
            return withProcesses(try description.bytes())
        } catch {
            if !hasToldLargePreamble {
                hasToldLargePreamble = true
                var warning = error.diagnostic
                warning.severity = .warning
                reporter.report(warning)
            }
            return nil
        }
    }

    private mutating func withProcesses(_ preamble: [UInt8]) -> [UInt8] {
        var preamble = preamble
        preamble.reserveCapacity(preamble.count + processBytes.all)
        for (_, block) in processes.sorted(by: { $0.key < $1.key }) { preamble += block }
        processBytes.written = processBytes.all
        return preamble
    }

    /// Takes in the code of processes that events were of.
    ///
    /// What is new goes behind what was there; only when more than half of that is old all is put together anew.
    ///
    /// - Parameters:
    ///   - told: The processes; one without code is to be told no more.
    ///   - preamble: What further files of the capture begin with.
    mutating func note(_ told: [CaptureProcess], in preamble: inout [UInt8]) {
        guard description != nil else { return }
        for process in told {
            let old = processes.removeValue(forKey: process.pid)
            processBytes.all -= old?.count ?? 0
            guard !process.mappings.isEmpty || old != nil else { continue }
            let block = process.preambleBlock
            preamble += block
            processBytes.written += block.count
            guard !process.mappings.isEmpty else { continue }
            processes[process.pid] = block
            processBytes.all += block.count
        }
        guard processBytes.written > 2 * processBytes.all + 1 << 20, let whole = wholePreamble() else { return }
        preamble = whole
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
        do throws(BPFError) {
            return try description?.lookForPrograms() == true ? wholePreamble() : nil
        } catch {
            reporter.report(
                Diagnostic(
                    .programsUnknown, .warning, stage: .stream,
                    "the capture will not say which programs send its events",
                    cause: error.diagnostic.message))
            description = nil
            return nil
        }
    }
}
