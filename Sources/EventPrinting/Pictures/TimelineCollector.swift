// SPDX-License-Identifier: Apache-2.0

internal import EventDecoding
internal import EventStream
internal import Pictures

/// Writes events, elements of maps and losses as a timeline while they come.
final class TimelineCollector {
    private let file: PictureFile
    private var trace = TraceWriter()
    private var spans = OpenSpans()
    private var lines = LineBuffer(capacity: 1 << 18)
    private var args = LineBuffer(capacity: 4096)
    private var key = LineBuffer(capacity: 256)
    /// The lines of numbers that maps have, by their hashes.
    private var series: Set<Int> = []
    private var hasBegun = false
    private var notes = Notes()

    /// What the timeline lacks.
    private struct Notes {
        /// Events that could not begin a span.
        var full: UInt64 = 0
        /// Events that end what never began.
        var ends: UInt64 = 0
        /// Spans that began again before they ended.
        var again: UInt64 = 0
        /// Events that are left out, as nobody knows when they were.
        var timeless: UInt64 = 0
        /// Numbers of maps that are left out.
        var unshown: UInt64 = 0
        /// Threads whose names had no room.
        var unnamed: UInt64 = 0
    }

    private static let seriesLimit = 1 << 10

    init(_ file: PictureFile) { self.file = file }

    // MARK: Events

    func add(
        _ event: RawSpan, _ context: borrowing EventContext, _ view: EventView, _ binding: PictureBinding, room: Int,
        isPadded: Bool
    ) throws(InputFailure) -> (cost: Int, isCut: Bool) {
        begin()
        guard let time = context.time else {
            notes.timeless += 1
            return (0, false)
        }
        args.removeAll()
        args.open(room: room)
        view.renderer?.append(event, context, isPadded: isPadded, to: &args)
        let isCut = args.isCut
        let cost = args.close()
        // Without the end of the line.
        args.truncate(to: args.count - 1)
        if binding.isElement {
            count(event, context, binding, time)
        } else {
            let track = track(of: event, context, binding)
            if !write(event, context, binding, track, time) {
                trace.instant(binding.plan.shortName, on: track, at: time, args: args, to: &lines)
            }
        }
        file.step(&lines)
        if let failure = file.failure { throw failure }
        return (cost, isCut)
    }

    private func begin() {
        guard !hasBegun else { return }
        hasBegun = true
        trace.begin(to: &lines)
    }

    private func track(
        of event: RawSpan, _ context: borrowing EventContext, _ binding: PictureBinding
    ) -> TraceWriter.Track {
        let thread = binding.threadID(of: event, context)
        guard let process = binding.processID(of: event, context) ?? thread else {
            return context.cpu.map { .cpu($0) } ?? .others
        }
        if let name = binding.command(of: event),
            !trace.name(process: process, thread: thread ?? process, name, to: &lines)
        {
            notes.unnamed += 1
        }
        return .thread(process: process, thread: thread ?? process)
    }

    // MARK: Spans

    /// Writes the parts of spans that an event is.
    ///
    /// - Returns: False if it is none.
    private func write(
        _ event: RawSpan, _ context: borrowing EventContext, _ binding: PictureBinding, _ track: TraceWriter.Track,
        _ time: UInt64
    ) -> Bool {
        var isPart = false
        for (index, span) in binding.spans.enumerated() {
            if let duration = span.duration(of: event) {
                let start = time - min(duration, time)
                let number = trace.beginSpan(span.name, on: track, at: start, args: args, to: &lines)
                let none = LineBuffer(capacity: 64)
                trace.endSpan(number, span.name, on: track, at: time, args: none, to: &lines)
                isPart = true
                continue
            }
            let (isStart, isEnd) = (span.start.has(event, context), span.end.has(event, context))
            guard isStart || isEnd else { continue }
            let key = key(index, span, event, context)
            if isEnd { isPart = end(key, span, time) || isPart }
            if isStart { isPart = begin(key, span, track, time) || isPart }
        }
        return isPart
    }

    private func key(
        _ index: Int, _ span: SpanBinding, _ event: RawSpan, _ context: borrowing EventContext
    ) -> [UInt8] {
        key.removeAll()
        key.open(room: 4096)
        key.append(UInt64(index))
        if let cells = span.key {
            for cell in 0..<cells.count {
                key.append("\0")
                cells.append(cell, event, context, to: &key)
            }
        }
        key.close()
        return key.take(from: 0)
    }

    private func begin(
        _ key: [UInt8], _ span: SpanBinding, _ track: TraceWriter.Track, _ time: UInt64
    ) -> Bool {
        if let old = spans.end(key) {
            notes.again += 1
            let none = LineBuffer(capacity: 64)
            trace.endSpan(old.number, span.name, on: old.track, at: time, args: none, to: &lines)
        }
        guard spans.hasRoom(for: key) else {
            notes.full += 1
            return false
        }
        let number = trace.beginSpan(span.name, on: track, at: time, args: args, to: &lines)
        spans.begin(key, OpenSpans.Span(number: number, track: track))
        return true
    }

    private func end(_ key: [UInt8], _ span: SpanBinding, _ time: UInt64) -> Bool {
        guard let open = spans.end(key) else {
            notes.ends += 1
            return false
        }
        trace.endSpan(open.number, span.name, on: open.track, at: time, args: args, to: &lines)
        return true
    }

    // MARK: Maps

    private func count(
        _ row: RawSpan, _ context: borrowing EventContext, _ binding: PictureBinding, _ time: UInt64
    ) {
        let numbers = binding.numbers
        guard !numbers.isEmpty else { return }
        key.removeAll()
        key.open(room: 1024)
        key.append(own: context.map.isEmpty ? "map" : context.map)
        if let cells = binding.labels {
            for cell in 0..<cells.count {
                key.append(" ")
                cells.append(cell, row, context, to: &key)
            }
        }
        if let cpu = context.cpu {
            key.append(" CPU ")
            key.append(UInt64(cpu))
        }
        key.close()
        let name = String(decoding: key.take(from: 0), as: UTF8.self)
        guard series.contains(name.hashValue) || series.count < Self.seriesLimit else {
            notes.unshown += 1
            return
        }
        series.insert(name.hashValue)
        args.removeAll()
        args.append("{")
        var isFirst = true
        for field in numbers {
            let start = args.count
            if !isFirst { args.append(",") }
            args.appendJSON(field.path == "value" ? "value" : String(field.path.dropFirst("value.".count)))
            args.append(":")
            switch field.value(in: row) {
            case .integer(let value): args.append(value)
            case .float(let value) where value.isFinite: args.append(own: "\(value)")
            case .float, .missing, .text, .bytes:
                args.truncate(to: start)
                continue
            }
            isFirst = false
        }
        args.append("}")
        trace.counter(name, at: time, args: args, to: &lines)
    }

    // MARK: Losses

    func note(_ loss: CaptureLoss, map: String) throws(InputFailure) {
        begin()
        args.removeAll()
        args.append("{\"events\":")
        if let events = loss.events { args.append(events) } else { args.append("null") }
        if let cpu = loss.cpu {
            args.append(",\"cpu\":")
            args.append(UInt64(cpu))
        }
        args.append(",\"map\":")
        args.appendJSON(map)
        args.append("}")
        let name = loss.events.map { "lost \($0)" } ?? "lost"
        let (from, to) = (loss.from ?? loss.to, loss.to ?? loss.from)
        if let from, let to, from < to {
            let number = trace.beginSpan(name, on: .losses, at: from, args: args, to: &lines)
            let none = LineBuffer(capacity: 64)
            trace.endSpan(number, name, on: .losses, at: to, args: none, to: &lines)
        } else {
            // Nobody knows when: it stands at the start.
            trace.instant(name, on: .losses, at: from ?? 0, args: args, to: &lines)
        }
        file.step(&lines)
        if let failure = file.failure { throw failure }
    }

    // MARK: The end

    /// Ends the file.
    ///
    /// - Returns: What the timeline lacks.
    func finish() throws(InputFailure) -> [String] {
        begin()
        trace.end(to: &lines)
        try file.finish(&lines)
        var told: [String] = []
        func tell(_ count: UInt64, _ words: String) { if count > 0 { told.append("\(count) \(words)") } }
        tell(notes.timeless, "events are not on the timeline: the stream does not say when they were")
        tell(notes.full, "events begin no span: \(OpenSpans.limit) spans were open, or 16 MiB of their keys")
        tell(notes.ends, "events end a span whose begin is not there; they are shown as instants")
        tell(notes.again, "spans began again before their end, and end there")
        tell(UInt64(spans.count), "spans have no end")
        tell(notes.unshown, "numbers of maps are left out: \(Self.seriesLimit) lines are shown")
        tell(notes.unnamed, "names of threads are left out: 65536 are told")
        return told
    }
}
