// SPDX-License-Identifier: Apache-2.0

@testable import BPFCore
@testable import BPFObject
import Benchmark
@testable import Diagnostics
@testable import EventDecoding
@testable import EventStream
import Foundation

/// The parts of the way of a program into the kernel, and of an event out of it, that make no system call.
///
/// An iteration handles a whole ring or a whole stream, so its time is divided by the number in the name.
let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock, .throughput], maxDuration: .seconds(2), maxIterations: 100_000)

    for name in ["test_prog1.o", "minimal.bpf.o", "bootstrap.bpf.o"] {
        guard let bytes = FileManager.default.contents(atPath: "../../Examples/\(name)").map(Array.init) else {
            continue
        }
        Benchmark("parse \(name)") { benchmark in
            for _ in benchmark.scaledIterations { blackHole(try Object(parsing: bytes, name: name)) }
        }
    }

    if let bytes = FileManager.default.contents(atPath: "../../Examples/test_prog1.o").map(Array.init) {
        Benchmark("plan test_prog1.o") { benchmark in
            let object = try Object(parsing: bytes, name: "test_prog1.o")
            benchmark.startMeasurement()
            for _ in benchmark.scaledIterations {
                blackHole(try LoadPlan(object: object, programs: object.programs, kernel: NoKernel()))
            }
        }
    }

    for size in [16, 64, 256] {
        let ring = FullRing(size: 1 << 18, event: size)
        Benchmark("drain to frames, \(ring.events) events of \(size) B") { benchmark in
            var writer = StreamWriter()
            benchmark.startMeasurement()
            for _ in benchmark.scaledIterations { blackHole(ring.drain(into: &writer, layout: .raw)) }
        }
        let contextRing = FullRing(size: 1 << 18, event: size, context: true)
        Benchmark("drain to a capture, \(contextRing.events) events of \(size) B") { benchmark in
            var writer = StreamWriter(format: .capture)
            writer.begin(source: 0, cpu: 0)
            benchmark.startMeasurement()
            for _ in benchmark.scaledIterations { blackHole(contextRing.drain(into: &writer, layout: .context)) }
        }
    }

    let stream = frames(10_000)
    Benchmark("read 10000 frames") { benchmark in
        for _ in benchmark.scaledIterations {
            var reader = FrameReader()
            var sum = 0
            try reader.read(stream.span.bytes) { frame, _ in sum &+= frame.byteCount }
            blackHole(sum)
        }
    }
    Benchmark("read, decode and print 10000 events") { benchmark in
        var lines = LineBuffer()
        let renderer = EventRenderer(OriginalEvent.plan, style: .line, environment: FormatEnvironment())
        let context = EventContext()
        for _ in benchmark.scaledIterations {
            var reader = FrameReader()
            try reader.read(stream.span.bytes) { frame, _ in
                renderer.append(frame, context, isPadded: true, to: &lines)
                if lines.count > 1 << 17 { lines.removeAll() }
            }
            blackHole(lines.count)
            lines.removeAll()
        }
    }
    textBenchmarks()
}
