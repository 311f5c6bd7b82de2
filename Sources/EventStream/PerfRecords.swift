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
        /// Events that the kernel reports as lost (`PERF_RECORD_LOST`), those left out that were told before.
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

    /// What the kernel puts into a sample (`sample_type`).
    public enum Layout: Sendable {
        /// `PERF_SAMPLE_RAW`: u32 size, then that many bytes.
        case raw
        /// `PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_RAW`: u32 pid, u32 tid, u64 time, and the raw bytes.
        case context

        /// The bytes in front of the size.
        var contextSize: UInt64 { self == .raw ? 0 : 16 }
    }

    /// `PERF_RECORD_LOST`: u64 id, u64 lost.
    static let lostType: UInt32 = 2
    /// `PERF_RECORD_SAMPLE`.
    static let sampleType: UInt32 = 9
    static let headerSize: UInt64 = 8
    /// From that size on memcpy(3) is faster than a loop over words.
    static let memcpySize = 256

    /// What is known of a ring from one pass to the next.
    public struct Memory: Sendable {
        /// Lost events that were told already, and whose records are still to come.
        public var toldLosses: UInt64 = 0
        /// The time of the last sample in ns; 0 as long as none is known.
        public var latestTime: UInt64 = 0

        /// Creates what is known of a new ring.
        public init() {}
    }

    /// Reads the records between two positions and appends each event to a writer: as one frame, or to a capture's
    /// block, where lost events and damage go in between.
    ///
    /// A record whose own header cannot be true ends the pass at `head`, since nothing tells where the next one starts;
    /// an event that claims more bytes than its record has is left out, and the next record is read.
    ///
    /// - Parameters:
    ///   - data: The data area of the ring; its size is a power of two.
    ///   - tail: The position of the first unread byte. Positions count up for ever and wrap in `data`.
    ///   - head: The position after the last byte that the kernel has written.
    ///   - layout: What the kernel puts into each sample.
    ///   - memory: What is known of the ring from the pass before.
    ///   - writer: Takes the events; the pass stops before the first one that does not fit.
    public static func drain(
        _ data: RawSpan, from tail: UInt64, to head: UInt64, layout: Layout = .raw, memory: inout Memory,
        into writer: inout StreamWriter
    ) -> Pass {
        var pass = Pass(tail: tail)
        let size = UInt64(data.byteCount)
        guard size >= headerSize, size & (size - 1) == 0, head &- tail <= size, tail % 8 == 0 else {
            pass.corrupt = head == tail ? 0 : 1
            pass.tail = head
            return pass
        }
        guard writer.format == .frames else {
            if writer.sorter.isOn {
                drainRecords(TimePath.self, data, to: head, layout: layout, memory: &memory, into: &writer, &pass)
            } else {
                drainRecords(ArrivalPath.self, data, to: head, layout: layout, memory: &memory, into: &writer, &pass)
            }
            return pass
        }
        drainFrames(data, to: head, layout: layout, into: &writer, &pass)
        let told = min(memory.toldLosses, pass.lost)
        memory.toldLosses -= told
        pass.lost -= told
        return pass
    }

    /// Reads the records between two positions; nothing is known of the ring from before.
    public static func drain(
        _ data: RawSpan, from tail: UInt64, to head: UInt64, layout: Layout = .raw, into writer: inout StreamWriter
    ) -> Pass {
        var memory = Memory()
        return drain(data, from: tail, to: head, layout: layout, memory: &memory, into: &writer)
    }

    /// The loop that everything of this package waits for: no call, no allocation, one copy.
    private static func drainFrames(
        _ data: RawSpan, to head: UInt64, layout: Layout, into writer: inout StreamWriter, _ pass: inout Pass
    ) {
        let context = layout.contextSize
        let mask = UInt64(data.byteCount - 1)
        var sealed = pass.samples
        var tail = pass.tail
        defer {
            pass.tail = tail
            writer.buffer.seal(events: pass.samples - sealed)
        }
        while tail != head {
            let left = head &- tail
            // Records are a multiple of 8 bytes long, so a header never wraps.
            let at = Int(tail & mask)
            guard left >= headerSize else {
                pass.corrupt += 1
                tail = head
                return
            }
            // { u32 type; u16 misc; u16 size; }
            let type = unsafe data.unsafeLoadUnaligned(fromByteOffset: at, as: UInt32.self)
            let length = UInt64(unsafe data.unsafeLoadUnaligned(fromByteOffset: at + 6, as: UInt16.self))
            guard length >= headerSize, length % 8 == 0, length <= left else {
                pass.corrupt += 1
                tail = head
                return
            }
            if type == sampleType {
                let body = Int((tail &+ headerSize &+ context) & mask)
                guard length >= 16 &+ context else {
                    pass.corrupt += 1
                    tail &+= length
                    continue
                }
                let raw = unsafe UInt64(data.unsafeLoadUnaligned(fromByteOffset: body, as: UInt32.self))
                if raw <= length &- 12 &- context {
                    // The size and the bytes behind it are the frame, byte for byte.
                    let frame = Int(raw) + StreamWriter.frameHeaderSize
                    if frame > writer.buffer.room {
                        writer.buffer.seal(events: pass.samples - sealed)
                        sealed = pass.samples
                        guard writer.reserve(frame) else {
                            pass.isWriterFull = true
                            return
                        }
                    }
                    if frame <= data.byteCount - body, frame % 8 == 0, frame < memcpySize {
                        writer.buffer.putWords(data, from: body, count: frame)
                    } else {
                        let first = min(frame, data.byteCount - body)
                        writer.buffer.put(data.extracting(body..<(body + first)))
                        writer.buffer.put(data.extracting(0..<(frame - first)))
                    }
                    pass.samples += 1
                } else {
                    pass.corrupt += 1
                }
            } else {
                note(data, at: tail, mask: mask, type: type, length: length, &pass)
            }
            tail &+= length
        }
    }

    /// Takes in a record that is no sample.
    private static func note(
        _ data: RawSpan, at tail: UInt64, mask: UInt64, type: UInt32, length: UInt64, _ pass: inout Pass
    ) {
        guard type == lostType else {
            pass.unknown += 1
            return
        }
        guard length >= 24 else {
            pass.corrupt += 1
            return
        }
        let count = Int((tail &+ 16) & mask)
        pass.lost &+= unsafe data.unsafeLoadUnaligned(fromByteOffset: count, as: UInt64.self)
    }
}
