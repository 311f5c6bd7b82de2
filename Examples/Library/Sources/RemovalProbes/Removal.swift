// SPDX-License-Identifier: Apache-2.0

public import BPFKit

/// A file that is removed: what the probe sends, and the program reads.
public struct Removal: BitwiseCopyable, Sendable {
    /// The process.
    public var pid: Int32 = 0
    /// The name of the thread.
    public var command = Text<16>()
    /// The path, as the process wrote it.
    public var path = Text<128>()

    /// A removal of which nothing is known yet.
    public init() {}
}
