// SPDX-License-Identifier: Apache-2.0

/// What a reader finds in a capture.
public enum CaptureItem: ~Escapable {
    /// The start of a file: the same as before where the capture only goes on in it.
    case header(CaptureHeader)
    /// The wall clock was set; the same change may be told more than once.
    case clock(CaptureClock)
    /// A map that events come from.
    case source(CaptureSource)
    /// What the events of a source are made of.
    case schema(CaptureSchema)
    /// Names of the traced host; they add to those that came before.
    case names(CaptureNames)
    /// The code of a process, for the addresses of its stacks; it stands in place of what came before of that process.
    case process(CaptureProcess)
    /// Events.
    case records(CaptureRecords)
    /// Elements of a map: a snapshot of it, or a part of one.
    case snapshot(CaptureSnapshot)
    /// Text that programs print.
    case text(CaptureText)
    /// Events that are missing.
    case loss(CaptureLoss)
    /// The end of a capture.
    case end(CaptureEnd)
    /// A block of a kind that this version does not know, and may pass over: nothing of it is read.
    case other
    /// Blocks with these numbers should have come between the last one and the next one.
    case missing(ClosedRange<UInt64>)
    /// Bytes that were skipped.
    case damage(CaptureDamage)
}
