// SPDX-License-Identifier: Apache-2.0

internal import EventDecoding
internal import EventStream

/// Records of what is no event, where each record tells its identity: captures, changes of their clocks, gaps and ends.
extension EventDisplay {
    /// Writes that a capture begins, once for each.
    mutating func showCapture(_ header: CaptureHeader) {
        show("capture", CapturePlace(), at: header.began) { lines, identity in
            lines.append("{\"_schema\":")
            lines.append(RecordIdentity.version)
            lines.append(",\"_began\":")
            identity.append(time: header.began, to: &lines)
            lines.append(",\"_kernel\":")
            unsafe lines.append(raw: RecordIdentity.text(header.kernel).span.bytes)
            lines.append(",\"_writer\":")
            unsafe lines.append(raw: RecordIdentity.text(header.writer).span.bytes)
            lines.append(",")
            Self.append(offset: header.bootOffset, error: header.clockError, to: &lines)
        }
    }

    /// Writes that the wall clock was set: its place is the time from which on that holds.
    mutating func showClock(_ clock: CaptureClock) {
        form.identity?.index = clock.from
        show("clock", nil, at: clock.from) { lines, _ in
            lines.append("{")
            Self.append(offset: clock.bootOffset, error: clock.clockError, to: &lines)
        }
    }

    /// Writes that blocks are missing, with an unknown number of records.
    mutating func showMissing(_ numbers: ClosedRange<UInt64>) {
        show("gap", CapturePlace(block: numbers.lowerBound), at: nil) { lines, _ in
            lines.append("{\"_missing_blocks\":")
            // Both are numbers of blocks, so that the difference is one.
            lines.append((numbers.upperBound - numbers.lowerBound) &+ 1)
        }
    }

    /// Writes that a capture is complete.
    mutating func showEnd(_ end: CaptureEnd, block: UInt64) {
        show("end", CapturePlace(block: block), at: nil) { lines, _ in
            lines.append("{\"_events\":")
            lines.append(end.events)
            lines.append(",\"_lost\":")
            lines.append(end.lost)
        }
    }

    private static func append(offset: Int64, error: UInt64?, to lines: inout LineBuffer) {
        lines.append("\"_clock_offset\":")
        lines.append(offset)
        lines.append(",\"_clock_error\":")
        if let error { lines.append(error) } else { lines.append("null") }
    }

    /// Writes a record of its own members, which are not closed yet.
    ///
    /// - Parameter place: Where it is; nil for a change of the clock, whose place is noted.
    private mutating func show(
        _ kind: StaticString, _ place: CapturePlace?, at time: UInt64?,
        _ members: (inout LineBuffer, RecordIdentity) -> Void
    ) {
        guard var identity = form.identity, !isDone else { return }
        if let place { identity.note(place) } else { identity.block = 0 }
        var context = EventContext()
        context.time = time
        let start = lines.count
        members(&lines, identity)
        lines.append("}\n")
        identity.complete(kind, from: start, context, to: &lines)
        form.keep(from: start, &lines)
        writer.step(&lines)
    }
}
