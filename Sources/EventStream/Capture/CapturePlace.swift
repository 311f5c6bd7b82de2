// SPDX-License-Identifier: Apache-2.0

/// Where something is in its capture, whatever file it is read from.
///
/// With the boot of the machine and the time at which the capture began it is unique, and the same each time: the number of
/// a block does not change when files are rotated, copied, cut, sorted or merged.
public struct CapturePlace: Sendable, Equatable, BitwiseCopyable {
    /// The number of the block; 0 for a block of the preamble.
    public var block: UInt64
    /// The place in the block, from 0.
    public var index: UInt32

    /// Creates a place.
    public init(block: UInt64 = 0, index: UInt32 = 0) {
        self.block = block
        self.index = index
    }
}
