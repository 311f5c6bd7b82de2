// SPDX-License-Identifier: Apache-2.0

/// What a sorter gives out.
package enum SortedItem: ~Escapable {
    /// An event; the flag says whether its bytes are in the other byte order, as ``CaptureRecords/isForeign`` does.
    case record(CaptureRecord, isForeign: Bool)
    /// Events that are missing, with the position of the block in the stream.
    case loss(CaptureLoss, offset: UInt64)
    /// Text of programs.
    case text(CaptureText)
    /// Elements of a map: a snapshot, or a part of one.
    case snapshot(CaptureSnapshot)
}

/// Where something is from that a sorter gives out, as whoever gave it to the sorter said.
package struct SortedOrigin: Sendable, BitwiseCopyable {
    /// Where it is in its capture.
    package var place = CapturePlace()
    /// Which of several captures it is from.
    package var lane: UInt32 = 0
    /// Its time in ns of its capture's clock, where it is put in order by another one.
    var time: UInt64 = 0

    /// An origin.
    package init(place: CapturePlace = CapturePlace(), lane: UInt32 = 0) {
        self.place = place
        self.lane = lane
    }
}
