// SPDX-License-Identifier: Apache-2.0

/// The records of a BPF ring buffer on their way into frames.
public enum RingBufferRecords {
    /// What one pass over a ring buffer found.
    public struct Pass: Sendable, Equatable {
        /// Why a pass ended.
        public enum Stop: Sendable, Equatable {
            /// Everything was read.
            case end
            /// A program is still writing the next record.
            case busy
            /// The frame writer has no room for the next sample.
            case writerFull
            /// As many bytes as a pass may read were read.
            case limit
            /// The next record cannot be true.
            case failure(RingBufferError)
        }

        /// Where reading stopped: the new `consumer_pos`.
        public var position: UInt64
        /// Samples that went into the frame writer.
        public var samples = 0
        /// Samples larger than a capture's block can be, which the capture has as losses.
        public var tooLarge = 0
        /// Records that programs gave back unused.
        public var discarded = 0
        /// The bytes of the largest sample.
        public var largest = 0
        /// Why reading stopped.
        public var stop = Stop.end

        /// A pass that has read nothing yet.
        public init(position: UInt64) {
            self.position = position
        }
    }

    /// Reads the records between two positions and appends each sample to a writer as one frame, of its exact size.
    ///
    /// - Parameters:
    ///   - area: The data, both of its mappings: twice as many bytes as the ring buffer has.
    ///   - consumer: The position of the first unread record.
    ///   - producer: The position after the last byte that programs have reserved.
    ///   - limit: The pass ends after that many bytes of the area; it always reads a record if one is there.
    ///   - writer: Takes the samples; the pass stops before the first one that does not fit.
    public static func drain(
        _ area: RawSpan, from consumer: UInt64, to producer: UInt64, limit: UInt64 = .max,
        into writer: inout StreamWriter
    ) -> Pass {
        var pass = Pass(position: consumer)
        do throws(RingBufferError) {
            var cursor = try RingBufferCursor(area, from: consumer, to: producer)
            while pass.position &- consumer < limit {
                switch try cursor.next() {
                case .sample(let range):
                    guard writer.append(area.extracting(range)) else {
                        pass.stop = .writerFull
                        return pass
                    }
                    if writer.format == .capture, range.count > StreamWriter.largestCapturedEvent {
                        pass.tooLarge += 1
                    } else {
                        pass.samples += 1
                    }
                    pass.largest = max(pass.largest, range.count)
                case .discarded: pass.discarded += 1
                case .busy:
                    pass.stop = .busy
                    return pass
                case .end: return pass
                }
                pass.position = cursor.position
            }
            pass.stop = pass.position == producer ? .end : .limit
        } catch {
            pass.stop = .failure(error)
        }
        return pass
    }
}
