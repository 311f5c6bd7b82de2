// SPDX-License-Identifier: Apache-2.0

/// What a sorter gives out.
package enum SortedItem: ~Escapable {
    /// An event; the flag says whether its bytes are in the other byte order, as ``CaptureRecords/isForeign`` does.
    case record(CaptureRecord, isForeign: Bool)
    /// Events that are missing, with the position of the block in the stream.
    case loss(CaptureLoss, offset: UInt64)
}
