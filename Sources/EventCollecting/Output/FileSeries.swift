// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import Diagnostics
internal import EventStream
internal import ToolSupport

/// The files on a disk that the events go into, one after the other, under one name.
struct FileSeries {
    typealias Instant = ContinuousClock.Instant

    private let place: OutputPath
    private let keep: Int?
    private let reporter: Reporter
    private var schedule: RotationSchedule
    /// The old files that keep their names, as far as they were looked for.
    private var archive: RotationPlan.Archive
    /// The bytes of a torn frame at the end of the file, and the size of the file with them.
    private var tail: (torn: TornTail.Found, size: Int64) = (TornTail.Found(), 0)
    /// The bytes in the file, as far as ``look(at:)`` was asked or the size matters.
    private(set) var size: Int64 = 0

    init(_ place: OutputPath, keep: Int?, schedule: RotationSchedule, reporter: Reporter) {
        self.place = place
        self.keep = keep
        self.schedule = schedule
        // Reading the folder may take long, and is done before there are rings that fill meanwhile.
        archive = RotationPlan.Archive(schedule.isWanted ? RotatedName.archivedNumbers(place.path) : [])
        self.reporter = reporter
    }

    /// Looks at what a file holds that is added to; one that may not be read is not looked at.
    ///
    /// What a killed writer left of a frame at its end is cut off by ``mend(_:)``; a capture's reader finds its way.
    ///
    /// - Throws: A refusal if it holds a stream of the other format.
    mutating func lookAtContent(_ file: borrowing DataOutput, _ format: StreamWriter.Format) throws(StreamFile.Refusal)
    {
        guard let size = file.fileStatus?.size, size > 0, let reading = try? place.openForReading(),
            FileIdentity(descriptor: reading.rawValue) == FileIdentity(descriptor: file.rawDescriptor)
        else { return }
        let isCapture = TornTail.isCapture(reading)
        guard isCapture == (format == .capture) else {
            throw .refused(
                Diagnostic(
                    .outputOfOthers, stage: .stream, "cannot add to \(place.path)",
                    cause: isCapture ? "it holds a capture" : "it does not begin as a capture does",
                    nextStep: isCapture ? "add --format capture, or name another file" : "name another file"))
        }
        if !isCapture { tail = (TornTail.find(in: reading), size) }
    }

    /// Cuts off what was found by ``lookAtContent(_:_:)``, and tells it.
    ///
    /// - Throws: A refusal if it is to be kept, and cannot be.
    func mend(_ file: borrowing DataOutput) throws(StreamFile.Refusal) {
        let torn = tail.torn.bytes
        guard torn > 0, file.fileStatus?.size == tail.size else { return }
        var kept: String?
        if tail.torn.isDoubtful {
            do throws(OutputPath.Refusal) {
                kept = try place.keepTail(torn, of: tail.size)
            } catch {
                throw .refused(
                    Diagnostic(
                        .outputFailed, stage: .stream,
                        "cannot add to \(place.path): its last \(torn) bytes are no whole frames",
                        cause: "\(error.name), where they were to be kept: \(error.errno?.described ?? "no file")",
                        nextStep: "move the file away, or name another one"))
            }
        }
        guard file.truncate(to: tail.size - torn) else { return }
        reporter.report(
            Diagnostic(
                .outputMended, .warning, stage: .stream,
                kept.map { "\(place.path) has bytes that are no whole frames: its last \(torn) were moved to \($0)" }
                    ?? "\(place.path) ended within a frame: \(torn) bytes were cut off",
                cause: kept == nil
                    ? "whoever wrote it was stopped in the middle"
                    : "it is damaged there, and events may be behind; or a large one was cut short"))
    }

    /// The bytes that still go into the file; nil for any number, and negative where there are too many already.
    var room: Int64? { schedule.size.map { $0 - size } }

    /// When the time of the file is up, or a rotation that failed then is to be tried again; nil if never.
    var deadline: Instant? { schedule.deadline }

    /// Whether a rotation may be tried, or has failed too short a time ago.
    func mayRotate(at now: Instant) -> Bool { schedule.mayTry(at: now) }

    /// Bytes were written to the file, or cut off it.
    mutating func grow(by count: Int) {
        size += Int64(count)
    }

    /// Asks for the file's size, since others may add to it or empty it.
    ///
    /// - Returns: Whether somebody else has emptied it.
    mutating func look(at file: borrowing DataOutput) -> Bool {
        let before = size
        size = file.fileStatus?.size ?? before
        return size == 0 && before > 0
    }

    /// The time of the file was up, and nothing was in it: it has another one.
    mutating func wait(from now: Instant) {
        schedule.begin(at: now)
    }

    /// Renames the file and begins a new one.
    ///
    /// - Returns: The new file; nil if the old one goes on, which has been told.
    mutating func rotate(_ file: borrowing DataOutput, at now: Instant) -> OwnedDescriptor? {
        do throws(OutputPath.Refusal) {
            let rotated = try place.rotate(
                current: FileIdentity(descriptor: file.rawDescriptor), keep: keep, archive: &archive,
                mode: Self.mode(of: file))
            if let refusal = rotated.refusal { tell(refusal, "cannot remove an old file of \(place.path)") }
            begin(at: now)
            return rotated.release()
        } catch {
            if error.errno == .fileExists { archive = RotationPlan.Archive(RotatedName.archivedNumbers(place.path)) }
            if !schedule.hasFailed { tell(error, "cannot rotate \(place.path): events continue to go there") }
            schedule.fail(at: now)
            return nil
        }
    }

    /// Opens what has the file's name now, or makes it; what is in it stays.
    ///
    /// - Returns: That file; nil if it is still the same one, or cannot be opened, which has been told.
    mutating func reopen(_ file: borrowing DataOutput, at now: Instant) -> OwnedDescriptor? {
        let new: OwnedDescriptor
        do throws(OutputPath.Refusal) {
            new = try place.reopen(mode: Self.mode(of: file))
        } catch {
            tell(error, "cannot reopen \(place.path): events continue to go to the old file")
            return nil
        }
        let isOther = FileIdentity(descriptor: new.rawValue) != FileIdentity(descriptor: file.rawDescriptor)
        reporter.status("Reopened.", event: "reopened", [("path", .string(place.path)), ("new", .bool(isOther))])
        guard isOther else { return nil }
        begin(at: now)
        return new
    }

    private mutating func begin(at now: Instant) {
        size = 0
        schedule.begin(at: now)
    }

    /// A new file is as open to others as the one before it.
    private static func mode(of file: borrowing DataOutput) -> UInt32 {
        file.fileStatus?.permissions ?? 0o600
    }

    private func tell(_ refusal: OutputPath.Refusal, _ message: String) {
        let cause = refusal.errno?.described ?? "something else than a file has that name"
        reporter.report(
            Diagnostic(.outputNotLinked, .warning, stage: .stream, message, cause: "\(refusal.name): \(cause)"))
    }
}
