// SPDX-License-Identifier: Apache-2.0

/// The records of a perf ring (`<linux/perf_event.h>`), read from any memory.
///
/// Every length is checked before it is used. What the kernel never writes is counted, and reading goes on where that
/// is safe, so that a damaged ring costs events and not the process.
public enum PerfRecords {
    /// What one pass over a ring found.
    public struct Pass: Sendable, Equatable {
        /// Where reading stopped: the new `data_tail`.
        public var tail: UInt64
        /// Events that went into the frame writer.
        public var samples = 0
        /// Events that the kernel reports as lost (`PERF_RECORD_LOST`).
        public var lost: UInt64 = 0
        /// Records of kinds that a ring of BPF output does not hold.
        public var unknown = 0
        /// Records with lengths that cannot be true.
        public var corrupt = 0
        /// Whether reading stopped because the frame writer was full.
        public var isWriterFull = false

        /// A pass that has read nothing yet.
        public init(tail: UInt64) {
            self.tail = tail
        }
    }

    /// `PERF_RECORD_LOST`: u64 id, u64 lost.
    private static let lostType: UInt32 = 2
    /// `PERF_RECORD_SAMPLE`; with `PERF_SAMPLE_RAW` alone: u32 size, then that many bytes.
    private static let sampleType: UInt32 = 9
    private static let headerSize: UInt64 = 8

    /// Reads the records between two positions and appends each event to a writer as one frame.
    ///
    /// A record whose own header cannot be true ends the pass at `head`, since nothing tells where the next one starts;
    /// an event that claims more bytes than its record has is left out, and the next record is read.
    ///
    /// - Parameters:
    ///   - data: The data area of the ring; its size is a power of two.
    ///   - tail: The position of the first unread byte. Positions count up for ever and wrap in `data`.
    ///   - head: The position after the last byte that the kernel has written.
    ///   - writer: Takes the events; the pass stops before the first one that does not fit.
    public static func drain(
        _ data: RawSpan, from tail: UInt64, to head: UInt64, into writer: inout FrameWriter
    ) -> Pass {
        var pass = Pass(tail: tail)
        let size = UInt64(data.byteCount)
        guard size >= headerSize, size & (size - 1) == 0, head &- tail <= size, tail % 8 == 0 else {
            pass.corrupt = head == tail ? 0 : 1
            pass.tail = head
            return pass
        }
        let mask = size - 1
        while pass.tail != head {
            let left = head &- pass.tail
            // Records are a multiple of 8 bytes long, so a header never wraps.
            let at = Int(pass.tail & mask)
            guard left >= headerSize else { return resynchronised(pass, at: head) }
            let type = unsafe data.unsafeLoadUnaligned(fromByteOffset: at, as: UInt32.self)
            let length = UInt64(unsafe data.unsafeLoadUnaligned(fromByteOffset: at + 6, as: UInt16.self))
            guard length >= headerSize, length % 8 == 0, length <= left else {
                return resynchronised(pass, at: head)
            }
            switch type {
            case sampleType:
                let body = (pass.tail &+ headerSize) & mask
                guard length >= 16 else {
                    pass.corrupt += 1
                    break
                }
                let raw = UInt64(unsafe data.unsafeLoadUnaligned(fromByteOffset: Int(body), as: UInt32.self))
                guard raw <= length - 12 else {
                    pass.corrupt += 1
                    break
                }
                // The size and the bytes behind it are the frame, byte for byte.
                guard append(data, at: Int(body), count: Int(raw) + 4, to: &writer) else {
                    pass.isWriterFull = true
                    return pass
                }
                pass.samples += 1
            case lostType:
                guard length >= 24 else {
                    pass.corrupt += 1
                    break
                }
                let count = Int((pass.tail &+ 16) & mask)
                pass.lost &+= unsafe data.unsafeLoadUnaligned(fromByteOffset: count, as: UInt64.self)
            default:
                pass.unknown += 1
            }
            pass.tail &+= length
        }
        return pass
    }

    private static func resynchronised(_ pass: Pass, at head: UInt64) -> Pass {
        var pass = pass
        pass.corrupt += 1
        pass.tail = head
        return pass
    }

    private static func append(
        _ data: RawSpan, at start: Int, count: Int, to writer: inout FrameWriter
    ) -> Bool {
        let first = min(count, data.byteCount - start)
        return writer.append(
            frame: data.extracting(start..<(start + first)), data.extracting(0..<(count - first)))
    }
}
