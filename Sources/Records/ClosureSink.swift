// SPDX-License-Identifier: Apache-2.0

/// Hands samples and losses to closures, until one of them throws.
package struct ClosureSink: SampleSink {
    private let body: (Sample) throws -> Void
    private let lost: (SampleLoss) throws -> Void
    /// What a closure threw; the sample it was called for counts as read.
    package private(set) var failure: (any Error)?

    package init(_ body: @escaping (Sample) throws -> Void, lost: @escaping (SampleLoss) throws -> Void) {
        self.body = body
        self.lost = lost
    }

    package mutating func take(_ sample: RawSpan, _ context: SampleContext) -> SampleAnswer {
        guard failure == nil else { return .full }
        do { try body(Sample(sample, context)) } catch { failure = error }
        return .taken
    }

    package mutating func take(_ loss: SampleLoss) -> SampleAnswer {
        guard failure == nil else { return .full }
        do { try lost(loss) } catch { failure = error }
        return .taken
    }
}
