// SPDX-License-Identifier: Apache-2.0

/// The unread records of a BPF ring buffer, in any memory.
public struct RingBufferRecords: ~Escapable {
    /// What one pass over a ring buffer found.
    public struct Pass: Sendable, Equatable {
        /// Why a pass ended.
        public enum Stop: Sendable, Equatable {
            /// Everything was read.
            case end
            /// A program is still writing the next record.
            case busy
            /// The sink has no room for the next sample.
            case sinkFull
            /// As many bytes as a pass may read were read.
            case limit
            /// The next record cannot be true.
            case failure(RingBufferError)
        }

        /// Where reading stopped: the new `consumer_pos`.
        public var position: UInt64
        /// Samples that the sink took.
        public var samples = 0
        /// Samples that the sink can have no room for.
        public var tooLarge = 0
        /// Records that programs gave back unused.
        public var discarded = 0
        /// The bytes of the largest sample.
        public var largest = 0
        /// Why reading stopped.
        public var stop = Stop.end

        /// A pass that has read nothing yet.
        @inlinable
        public init(position: UInt64) {
            self.position = position
        }

        /// Adds the pass that went on where this one stopped.
        package static func += (one: inout Pass, next: Pass) {
            (one.position, one.stop) = (next.position, next.stop)
            one.samples += next.samples
            one.tooLarge += next.tooLarge
            one.discarded += next.discarded
            one.largest = max(one.largest, next.largest)
        }
    }

    @usableFromInline let area: RawSpan
    @usableFromInline let consumer: UInt64
    @usableFromInline let producer: UInt64
    @usableFromInline let limit: UInt64
    @usableFromInline let source: UInt32

    /// The records between two positions of a ring buffer.
    ///
    /// - Parameters:
    ///   - area: The data, both of its mappings: twice as many bytes as the ring buffer has.
    ///   - consumer: The position of the first unread record.
    ///   - producer: The position after the last byte that programs have reserved.
    ///   - limit: A pass ends after that many bytes of the area; it always reads a record if one is there.
    ///   - source: The number of the map.
    @_lifetime(copy area)
    public init(
        _ area: RawSpan, from consumer: UInt64, to producer: UInt64, limit: UInt64 = .max, source: UInt32 = 0
    ) {
        self.area = area
        self.consumer = consumer
        self.producer = producer
        self.limit = limit
        self.source = source
    }

    /// Hands each sample to a sink, of its exact size.
    ///
    /// - Parameter sink: The pass stops in front of the first sample that it has no room for.
    @inlinable
    public func deliver<Sink: SampleSink & ~Copyable>(to sink: inout Sink) -> Pass {
        var pass = Pass(position: consumer)
        let context = SampleContext(source: source)
        do throws(RingBufferError) {
            var cursor = try RingBufferCursor(area, from: consumer, to: producer)
            while pass.position &- consumer < limit {
                switch try cursor.next() {
                case .sample(let range):
                    switch sink.take(area.extracting(range), context) {
                    case .taken: pass.samples &+= 1
                    case .tooLarge: pass.tooLarge &+= 1
                    case .full:
                        pass.stop = .sinkFull
                        return pass
                    }
                    pass.largest = max(pass.largest, range.count)
                case .discarded: pass.discarded &+= 1
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
