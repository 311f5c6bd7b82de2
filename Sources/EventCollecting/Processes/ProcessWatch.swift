// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import BTF
internal import Diagnostics
internal import EventDecoding
internal import EventStream
internal import EventTypes
internal import Symbolication
internal import ToolSupport

/// The processes whose stacks a capture has: their code is told in front of the first event that is of them, for afterwards
/// they may be gone.
final class ProcessWatch {
    private struct Known {
        let code: ProcessCode
        /// Bytes that the capture tells of it.
        let bytes: Int
        /// When its memory was looked at last, in nanoseconds.
        var looked: UInt64
        /// When it was seen last whether it is the same program, in nanoseconds.
        var compared: UInt64
        /// Whether it was not there any more.
        var hasEnded = false

        /// Nanoseconds after which its memory is looked at again: the later, the more there is to look at and to tell.
        var interval: UInt64 {
            ProcessWatch.interval &+ UInt64(bytes) &* 16_000 &+ (code.isCut ? 10 * ProcessWatch.interval : 0)
        }
    }

    /// Why the code of a process is not told.
    private enum Lack: CaseIterable {
        case gone, closed, tooMany

        var words: String {
            switch self {
            case .gone: "had ended when their first stack was read"
            case .closed: "are closed to the user that the daemon runs as"
            case .tooMany:
                "are more than \(ProcessWatch.limit) at a time, "
                    + "or have more code than \(ProcessWatch.bytesLimit >> 20) MiB"
            }
        }
    }

    /// Where the events or elements of a source have their stacks.
    private struct Source {
        let stacks: StackPlan
        /// Where the value of an element begins; nil for events.
        let value: Int?
    }

    private var sources: [UInt32: Source] = [:]
    private var known: [UInt32: Known] = [:]
    private var reader: ProcessCodeReader
    private let clock: () -> UInt64
    /// What the capture tells of those that are known.
    private var bytes = 0
    private let limit: Int
    private let bytesLimit: Int
    private var row: [UInt8] = []
    /// Processes that the capture does not tell.
    private var leftOut: [UInt32: Lack] = [:]
    /// When others were looked for in vain, in nanoseconds.
    private var refused: [UInt32: UInt64] = [:]
    /// When room was made last, in nanoseconds.
    private var madeRoom: UInt64?
    /// Whether a process was left out for want of room, and whether that was told.
    private var isFull = (now: false, told: false)
    /// What was told since the last call.
    private var told: [CaptureProcess] = []
    /// How often the memory of a process was read: it takes far longer than an event.
    private(set) var readings = 0

    /// Processes that a capture tells at a time.
    static let limit = 4_096
    /// Bytes of what it tells of them.
    static let bytesLimit = 16 << 20
    /// Nanoseconds after which a process is looked at again: it may have other libraries.
    static let interval: UInt64 = 1_000_000_000
    /// Nanoseconds after which it is seen whether it is another program.
    static let imageInterval: UInt64 = 10_000_000
    /// Nanoseconds after which it is seen again which have ended, and how many are looked at.
    private static let roomInterval: UInt64 = 100_000_000
    private static let roomCount = 256

    init(
        reader: ProcessCodeReader = ProcessCodeReader(), limit: Int = ProcessWatch.limit,
        bytesLimit: Int = ProcessWatch.bytesLimit, clock: @escaping () -> UInt64 = { MonotonicClock.nanoseconds }
    ) {
        self.limit = limit
        self.bytesLimit = bytesLimit
        self.reader = reader
        self.clock = clock
    }

    /// Whether some source has stacks.
    var isNeeded: Bool { !sources.isEmpty }

    /// Takes in what type the events or elements of a source have.
    func want(_ schemas: [CaptureSchema], of number: UInt32, areElements: Bool) {
        sources[number] = nil
        for schema in schemas {
            // Of several types of one source the first with stacks says where the process is.
            guard sources[number] == nil,
                let type = try? EventSchema(
                    name: schema.typeName, btf: schema.btf, typeID: Int(schema.typeID ?? 0)),
                let plan = try? DecodingPlan(type)
            else { continue }
            let stacks = StackPlan(plan)
            guard !stacks.members.isEmpty else { continue }
            sources[number] = Source(
                stacks: stacks, value: areElements ? ElementParts(plan, []).value.lowerBound : nil)
        }
    }

    // MARK: What comes

    /// Takes in an event; the code of its process goes out in front of it.
    ///
    /// - Returns: False if what is there must be written first.
    func take(_ event: RawSpan, of number: UInt32, pid: UInt32?, into writer: inout StreamWriter) -> Bool {
        guard let source = sources[number], source.value == nil else { return true }
        var context = EventContext()
        context.pid = pid
        return take(event, source, context, into: &writer)
    }

    /// Takes in an element of a map.
    func take(key: RawSpan, values: RawSpan, of number: UInt32, into writer: inout StreamWriter) -> Bool {
        guard let source = sources[number], let value = source.value else { return true }
        row.removeAll(keepingCapacity: true)
        unsafe key.withUnsafeBytes { unsafe row.append(contentsOf: $0) }
        if row.count < value { row.append(contentsOf: repeatElement(0, count: min(value - row.count, 8))) }
        guard row.count == value else { return true }
        unsafe values.withUnsafeBytes { unsafe row.append(contentsOf: $0) }
        let element = row
        return unsafe take(element.span.bytes, source, EventContext(), into: &writer)
    }

    private func take(
        _ event: RawSpan, _ source: Source, _ context: EventContext, into writer: inout StreamWriter
    ) -> Bool {
        guard let process = source.stacks.process(of: event, context) else { return true }
        let now = clock()
        if let last = refused[process], now &- last < Self.interval { return true }
        let old = known[process]
        if let old {
            guard now &- old.compared >= (old.hasEnded ? Self.interval : Self.imageInterval) else { return true }
            known[process]?.compared = now
            guard let image = reader.image(of: process) else {
                // What was told of it still holds for events from before its end.
                known[process]?.hasEnded = true
                return true
            }
            known[process]?.hasEnded = false
            if image == old.code.image, now &- old.looked < old.interval { return true }
        } else if !hasRoom {
            makeRoom(at: now, into: &writer)
            guard hasRoom else {
                leave(process, .tooMany, at: now)
                return true
            }
        }
        readings += 1
        let isDone: Bool
        if let read = reader.read(process, unless: old?.code) {
            if let old, read == old.code {
                known[process]?.looked = now
                return true
            }
            isDone = tell(process, read, at: now, into: &writer)
        } else {
            isDone = pass(over: process, at: now, into: &writer)
        }
        // The event comes once more, and what it needs must not be taken for told.
        if !isDone { known[process] = old }
        return isDone
    }

    private var hasRoom: Bool { known.count < limit && bytes < bytesLimit }

    private func tell(
        _ process: UInt32, _ read: ProcessCode, at now: UInt64, into writer: inout StreamWriter
    ) -> Bool {
        let capture = CaptureProcess(process, read)
        let size = capture.size
        // What it says in place of what was told before.
        let before = known[process]?.bytes ?? 0
        if bytes - before + size > bytesLimit { makeRoom(for: process, at: now, into: &writer) }
        guard bytes - before + size <= bytesLimit else {
            // What it was before must not stand for what it is now.
            guard forget(process, into: &writer) else { return false }
            leave(process, .tooMany, at: now)
            return true
        }
        guard writer.noteProcess(capture) else { return false }
        bytes += size - before
        known[process] = Known(code: read, bytes: size, looked: now, compared: now)
        leftOut[process] = nil
        refused[process] = nil
        told.append(capture)
        return true
    }

    /// Takes in that a process has ended, or is closed to us.
    ///
    /// What was told of it before still holds, if it is not another program by now. Where that is nothing it is not looked for
    /// at each of its events.
    private func pass(over process: UInt32, at now: UInt64, into writer: inout StreamWriter) -> Bool {
        let isClosed = reader.isClosed(process)
        if let old = known[process] {
            let image = reader.image(of: process)
            guard isClosed, image != old.code.image else {
                known[process]?.looked = now
                known[process]?.hasEnded = image == nil
                return true
            }
            guard forget(process, into: &writer) else { return false }
        }
        leave(process, isClosed ? .closed : .gone, at: now)
        return true
    }

    /// Has the capture know nothing of a process any more.
    ///
    /// - Returns: False, with nothing done, if what is there must be written first.
    private func forget(_ process: UInt32, into writer: inout StreamWriter) -> Bool {
        guard let old = known[process] else { return true }
        let nothing = CaptureProcess(pid: process, isCut: true)
        guard writer.noteProcess(nothing) else { return false }
        known[process] = nil
        bytes -= old.bytes
        told.append(nothing)
        return true
    }

    /// Forgets processes that have ended, those first that had no event for the longest time.
    ///
    /// - Parameter process: Is kept.
    private func makeRoom(for process: UInt32? = nil, at now: UInt64, into writer: inout StreamWriter) {
        if let madeRoom, now &- madeRoom < Self.roomInterval { return }
        madeRoom = now
        let oldest = known.sorted { $0.value.compared < $1.value.compared }.prefix(Self.roomCount)
        for (other, value) in oldest where other != process {
            if reader.image(of: other) == value.code.image {
                known[other]?.compared = now
            } else if !forget(other, into: &writer) {
                return
            }
        }
    }

    private func leave(_ process: UInt32, _ lack: Lack, at now: UInt64) {
        if refused.count >= Self.limit { refused = refused.filter { now &- $0.value < Self.interval } }
        if refused.count >= Self.limit { refused = [:] }
        refused[process] = now
        if lack == .tooMany { isFull.now = true }
        if leftOut.count < Self.limit || leftOut[process] != nil { leftOut[process] = lack }
    }

    /// What further files of the capture are to begin with: nothing of those without code; nil if nothing is new.
    func takeTold() -> [CaptureProcess]? {
        guard !told.isEmpty else { return nil }
        defer { told = [] }
        return told
    }

    /// What the user should know as soon as the capture tells no further processes; nil if it does, or that was told.
    func takeWarning() -> Diagnostic? {
        guard isFull.now, !isFull.told else { return nil }
        isFull.told = true
        return Diagnostic(
            .processesUntold, .warning, stage: .stream,
            "the capture does not have the code of all processes with stacks",
            cause: "some \(Lack.tooMany.words)", nextStep: "their addresses stay numbers")
    }

    /// What the user should know at the end.
    var note: Diagnostic? {
        guard !leftOut.isEmpty else { return nil }
        let causes = Lack.allCases.compactMap { lack in
            let missing = leftOut.filter { $0.value == lack }.keys.sorted()
            guard !missing.isEmpty else { return String?.none }
            let numbers = missing.prefix(4).map { "\($0)" }.joined(separator: ", ")
            return "they \(lack.words) (\(numbers)\(missing.count > 4 ? "…" : ""))"
        }
        let count = "\(leftOut.count)\(leftOut.count >= Self.limit ? " or more" : "")"
        return Diagnostic(
            .processesUntold, .note, stage: .stream,
            "the capture does not have the code of \(count) process\(leftOut.count == 1 ? "" : "es") with stacks",
            cause: causes.joined(separator: ", or "), nextStep: "their addresses stay numbers")
    }
}

extension CaptureProcess {
    /// Bytes of the code of one process that a capture tells.
    private static let mostBytes = 1 << 20

    fileprivate init(_ process: UInt32, _ code: ProcessCode) {
        self.init(pid: process, start: code.start, functions: code.functions, isCut: code.isCut)
        var bytes = functions.count
        for part in code.code.all {
            let mapping = Mapping(
                start: part.start, end: part.end, offset: part.offset, address: part.address, buildID: part.buildID,
                path: part.path)
            bytes += mapping.size
            guard bytes <= Self.mostBytes, mappings.count < Self.mostMappings else {
                isCut = true
                return
            }
            mappings.append(mapping)
        }
    }

    /// About the bytes that it takes in a capture.
    fileprivate var size: Int { mappings.reduce(64 + functions.count) { $0 + $1.size } }
}

extension CaptureProcess.Mapping {
    fileprivate var size: Int { 64 + buildID.count + path.utf8.count }
}
