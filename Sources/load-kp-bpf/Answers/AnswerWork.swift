// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import Diagnostics
import EventCollecting
import EventStream
import ToolSupport

/// What a run with answers does beside draining rings: takes what programs print, and looks after them.
struct AnswerWork: ~Copyable {
    /// What gives it a turn as soon as it is readable; nil if nothing does.
    let descriptor: Int32?
    /// What is seen to in every run, which takes what programs print each by itself.
    private(set) var upkeep: Upkeep
    /// Why the run is to end.
    private(set) var failure: (any Error)?
    private var trace: TraceLines?
    private var iterators = IteratorLines()
    /// Text that the stream had no room for yet; nothing more is read meanwhile.
    private var waiting: [CaptureText] = []
    /// Whether anything is waited for before the end.
    private let isEndless: Bool
    /// Whether the programs take stacks, which are named when they are shown.
    private let takesStacks: Bool

    /// Reads of the kernel's buffer in a turn, and at the end.
    ///
    /// Programs that print on write(2) print on ours too, so that the kernel may never run out of lines.
    private static let readsPerTurn = 16
    private static let readsAtEnd = 4096
    private var readsLeft = readsAtEnd

    /// Begins to listen, before the programs run: their first line is wanted too.
    ///
    /// - Parameters:
    ///   - trace: Whether what `bpf_printk` prints is shown.
    ///   - isEndless: Whether there are programs that are waited for.
    ///   - takesStacks: Whether the programs take stacks.
    init(_ session: Session, _ streams: ProgramStreams, trace: Bool, isEndless: Bool, takesStacks: Bool) throws {
        if trace {
            let lines = try TraceLines()
            descriptor = lines.descriptor
            self.trace = consume lines
        } else {
            descriptor = nil
            self.trace = nil
        }
        upkeep = Upkeep(session, streams, showsLines: true)
        self.isEndless = isEndless
        self.takesStacks = takesStacks
    }

    /// Takes a turn of the loop.
    mutating func turn<Output: TextTaking & ~Copyable>(
        _ phase: LoopPhase, _ loaded: inout BPFCollection, _ output: inout Output, _ writer: inout StreamWriter
    ) -> UInt64? {
        do {
            guard moveWaiting(to: &output, &writer) else {
                // A reader that stalls is waited for, and the programs are looked after meanwhile.
                if phase == .during {
                    _ = try upkeep.turn(&loaded, takesLines: false)
                    failure = upkeep.failure
                }
                return failure == nil ? Self.soon(phase) : nil
            }
            let due: UInt64?
            switch phase {
            case .during:
                let drawn = output.draw()
                due = try during(&loaded).map { min($0, drawn ?? .max) }
            case .atEnd:
                if takesStacks { output.prepareNames() }
                due = try atEnd(loaded)
            }
            return moveWaiting(to: &output, &writer) ? due : Self.soon(phase)
        } catch {
            failure = error
            return nil
        }
    }

    /// When a turn is due that waits for room in the stream.
    private static func soon(_ phase: LoopPhase) -> UInt64 {
        phase == .atEnd ? 0 : MonotonicClock.nanoseconds + 1_000_000
    }

    /// Hands over what was read.
    ///
    /// - Returns: Whether all of it was taken.
    private mutating func moveWaiting<Output: TextTaking & ~Copyable>(
        to output: inout Output, _ writer: inout StreamWriter
    ) -> Bool {
        var taken = 0
        while taken < waiting.count, output.take(waiting[taken], &writer) { taken += 1 }
        waiting.removeFirst(taken)
        return waiting.isEmpty
    }

    /// Takes text that was read.
    private mutating func take(_ text: [UInt8], from origin: String) {
        waiting += CaptureText(origin: origin, time: MonotonicClock.nanoseconds, bytes: text).parts
    }

    private mutating func during(_ loaded: inout BPFCollection) throws -> UInt64? {
        _ = try moveTrace(reads: Self.readsPerTurn)
        let turn = try upkeep.turn(&loaded)
        if !turn.lines.isEmpty { take(turn.lines, from: Self.streamOrigin) }
        failure = upkeep.failure
        return isEndless ? turn.due : nil
    }

    /// One step at a time, so that a reader that stalls is waited for between them.
    private mutating func atEnd(_ loaded: borrowing BPFCollection) throws -> UInt64? {
        if readsLeft > 0 {
            readsLeft -= Self.readsPerTurn
            if try moveTrace(reads: Self.readsPerTurn) { return 0 }
            readsLeft = 0
            let last = try upkeep.lastLines(loaded)
            if !last.isEmpty { take(last, from: Self.streamOrigin) }
        }
        let (text, hasMore) = try iterators.read(loaded.links)
        if let text { take(text.bytes, from: text.origin) }
        return hasMore ? 0 : nil
    }

    /// - Returns: Whether there may be more.
    private mutating func moveTrace(reads: Int) throws -> Bool {
        for _ in 0..<reads {
            guard let lines = try trace?.read(), !lines.isEmpty else { return false }
            take(lines, from: "bpf_printk")
        }
        return true
    }

    private static let streamOrigin = "bpf_stream_printk"
}

/// What `bpf_printk` prints.
struct TraceLines: ~Copyable {
    private let trace: TraceInstance

    init() throws(BPFError) { trace = try TraceInstance() }

    var descriptor: Int32 { trace.descriptor }

    /// Takes the lines that are there; empty if there are none.
    mutating func read() throws(BPFError) -> [UInt8] { try trace.read() }
}

/// What iterators write, one after the other.
struct IteratorLines: ~Copyable {
    private var index = 0
    private var reader: LinkReader?
    private var origin = ""
    /// The beginning of a line whose end was not read yet.
    private var rest: [UInt8] = []
    private var buffer = [UInt8](repeating: 0, count: LinkReader.usualSize)

    /// Reads a piece of what they write.
    ///
    /// - Returns: Whole lines with the iterator that they are of, if there are some, and whether there may be more.
    mutating func read(
        _ links: borrowing LinkList
    ) throws -> (text: (bytes: [UInt8], origin: String)?, hasMore: Bool) {
        if reader == nil {
            while index < links.count, links[index].target?.target.runsWhenRead != true { index += 1 }
            guard index < links.count else { return (nil, false) }
            reader = try links[index].reader()
            origin = links[index].target?.description ?? "iterator"
        }
        guard let count = try reader?.readOnce(into: &buffer) else { return (nil, true) }
        guard count > 0 else {
            let last = rest
            rest = []
            reader = nil
            index += 1
            return (last.isEmpty ? nil : (last + [UInt8(ascii: "\n")], origin), true)
        }
        rest += buffer[..<count]
        // A line without an end is not waited for.
        let end = rest.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? (rest.count > 1 << 20 ? rest.count : 0)
        guard end > 0 else { return (nil, true) }
        let lines = Array(rest[..<end])
        rest.removeFirst(end)
        return ((lines, origin), true)
    }
}

extension Object {
    /// Whether a program calls `bpf_trace_printk` or `bpf_trace_vprintk`.
    var printsToTrace: Bool { programs.contains { $0.callsHelper(6) || $0.callsHelper(177) } }

    /// Whether a program calls `bpf_get_stackid`, `bpf_get_stack` or `bpf_get_task_stack`.
    var takesStacks: Bool { programs.contains { $0.callsHelper(27) || $0.callsHelper(67) || $0.callsHelper(141) } }
}
