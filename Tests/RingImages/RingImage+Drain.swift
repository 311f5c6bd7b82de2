// SPDX-License-Identifier: Apache-2.0

public import Records

extension RingImage {
    /// Reads what is there into a sink.
    public mutating func drain(
        _ layout: PerfRecords.Layout = .raw, memory: PerfRecords.Memory = PerfRecords.Memory(),
        into sink: inout some SampleSink & ~Copyable
    ) -> PerfRecords.Pass {
        let pass = sink.take(
            contentsOf: PerfRecords(
                data.span.bytes, from: tail, to: head, layout: layout, memory: memory, source: source, cpu: cpu))
        tail = pass.tail
        return pass
    }
}

extension RingBufferImage {
    /// Reads what is there into a sink.
    public mutating func drain(
        into sink: inout some SampleSink & ~Copyable, limit: UInt64 = .max
    ) -> RingBufferRecords.Pass {
        let pass = sink.take(
            contentsOf: RingBufferRecords(
                area.span.bytes, from: consumer, to: producer, limit: limit, source: source))
        consumer = pass.position
        return pass
    }
}
