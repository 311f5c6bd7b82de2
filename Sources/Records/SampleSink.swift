// SPDX-License-Identifier: Apache-2.0

/// Takes what programs have output: the way out of every ring, whether a perf ring or a BPF ring buffer.
///
/// ```swift
/// struct Counter: SampleSink {
///     var samples = 0
///     mutating func take(_ sample: RawSpan, _ context: SampleContext) -> SampleAnswer {
///         samples += 1
///         return .taken
///     }
/// }
/// ```
///
/// The loops over records (`take(contentsOf:)`) are requirements too, with a default: so they are compiled in the module of
/// the sink, where ``take(_:_:)`` can be inlined, and a reader makes one dynamic call for each ring instead of one for each
/// sample. No sink needs to write them.
public protocol SampleSink: ~Copyable {
    /// Takes a sample.
    ///
    /// - Parameters:
    ///   - sample: The bytes as the program output them, valid during the call.
    ///   - context: What is known of it.
    /// - Returns: Whether it was taken. After ``SampleAnswer/full`` reading stops, and the same sample comes again.
    mutating func take(_ sample: RawSpan, _ context: SampleContext) -> SampleAnswer

    /// Takes in that samples are missing at this place; by default nothing is done.
    ///
    /// - Returns: After ``SampleAnswer/full`` reading stops, and the same loss comes again.
    mutating func take(_ loss: SampleLoss) -> SampleAnswer

    /// Takes the records of a perf ring until it is full.
    mutating func take(contentsOf records: PerfRecords) -> PerfRecords.Pass

    /// Takes the records of a BPF ring buffer until it is full.
    mutating func take(contentsOf records: RingBufferRecords) -> RingBufferRecords.Pass
}

/// What a ``SampleSink`` says of a sample.
public enum SampleAnswer: Sendable {
    /// It has it.
    case taken
    /// It has no room now: the sample stays in its ring.
    case full
    /// It can never have room for one of that size: the sample is lost.
    case tooLarge
}

extension SampleSink where Self: ~Copyable {
    /// Does nothing.
    @inlinable
    public mutating func take(_ loss: SampleLoss) -> SampleAnswer { .taken }

    /// Takes one record after the other.
    @inlinable
    public mutating func take(contentsOf records: PerfRecords) -> PerfRecords.Pass {
        records.deliver(to: &self)
    }

    /// Takes one record after the other.
    @inlinable
    public mutating func take(contentsOf records: RingBufferRecords) -> RingBufferRecords.Pass {
        records.deliver(to: &self)
    }
}
