// SPDX-License-Identifier: Apache-2.0

internal import EventStream
internal import Records

/// Takes events into a stream, and in front of those with stacks the code of their processes.
struct WatchedWriter: ~Copyable, SampleSink {
    private var writer: StreamWriter
    private let watch: ProcessWatch

    init(_ writer: consuming StreamWriter, _ watch: ProcessWatch) {
        self.writer = writer
        self.watch = watch
    }

    mutating func take(_ sample: RawSpan, _ context: SampleContext) -> SampleAnswer {
        guard watch.take(sample, of: context.source, pid: context.pid, into: &writer) else { return .full }
        return writer.take(sample, context)
    }

    mutating func take(_ loss: SampleLoss) -> SampleAnswer { writer.take(loss) }

    consuming func release() -> StreamWriter { writer }
}
