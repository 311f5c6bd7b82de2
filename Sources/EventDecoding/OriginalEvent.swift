// SPDX-License-Identifier: Apache-2.0

/// The event of the documents' example programs.
///
///     struct { short idx; short cmd; uint32_t cpu; uint64_t time; }
public struct OriginalEvent: Sendable, Equatable {
    /// The bytes of the struct.
    public static let size = 16

    /// The sizes of a frame that holds one: the struct, and what padding to 8 bytes can add to it in a perf ring.
    ///
    /// The kernel's padding of a 16-byte event makes 20.
    public static let frameSizes = size..<(size + 8)

    /// Which program sent it.
    public var idx: Int16
    /// The first argument of the function; for `sys_bpf` the command of bpf(2).
    public var cmd: Int16
    /// The CPU it happened on.
    public var cpu: UInt32
    /// When it happened: nanoseconds of `CLOCK_MONOTONIC`.
    public var time: UInt64

    /// Creates an event.
    public init(idx: Int16, cmd: Int16, cpu: UInt32, time: UInt64) {
        self.idx = idx
        self.cmd = cmd
        self.cpu = cpu
        self.time = time
    }

    /// Reads the event from a frame, in the machine's byte order; nil if the frame's size is not one of ``frameSizes``.
    public init?(frame: RawSpan) {
        guard Self.frameSizes.contains(frame.byteCount) else { return nil }
        idx = unsafe frame.unsafeLoadUnaligned(fromByteOffset: 0, as: Int16.self)
        cmd = unsafe frame.unsafeLoadUnaligned(fromByteOffset: 2, as: Int16.self)
        cpu = unsafe frame.unsafeLoadUnaligned(fromByteOffset: 4, as: UInt32.self)
        time = unsafe frame.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt64.self)
    }

    /// The struct, known as any other type is.
    public static let plan = DecodingPlan(
        typeName: "struct event",
        numbers: [("idx", 16, true), ("cmd", 16, true), ("cpu", 32, false), ("time", 64, false)])

    /// Appends the line that the original printer makes of it: `idx: 1, cmd: 0, cpu: 3, time: 12345`.
    public func writeLine(to lines: inout LineBuffer) {
        lines.append("idx: ")
        lines.append(Int64(idx))
        lines.append(", cmd: ")
        lines.append(Int64(cmd))
        lines.append(", cpu: ")
        lines.append(UInt64(cpu))
        lines.append(", time: ")
        lines.append(time)
        lines.append("\n")
    }
}
