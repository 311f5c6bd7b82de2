// SPDX-License-Identifier: Apache-2.0

/// The event of the documents' example programs, which a stream without types is taken to hold.
///
///     struct { short idx; short cmd; uint32_t cpu; uint64_t time; }
package enum OriginalEvent {
    /// The bytes of the struct.
    package static let size = 16

    /// The sizes of a frame that holds one: the struct, and what padding to 8 bytes can add to it in a perf ring.
    ///
    /// The kernel's padding of a 16-byte event makes 20.
    package static let frameSizes = size..<(size + 8)

    /// The struct, known as any other type is; ``EventRenderer`` makes the original printer's line of it:
    /// `idx: 1, cmd: 0, cpu: 3, time: 12345`.
    package static let plan = DecodingPlan(
        typeName: "struct event",
        numbers: [("idx", 16, true), ("cmd", 16, true), ("cpu", 32, false), ("time", 64, false)])
}
