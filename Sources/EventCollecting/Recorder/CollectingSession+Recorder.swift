// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import BasicContainers
internal import Diagnostics
internal import EventDecoding
internal import EventStream
internal import ToolSupport

extension CollectingSession {
    /// Keeps the newest events, and writes them when something happens.
    func record(
        _ given: GivenTypes, _ drop: PrivilegeDrop?, _ signals: borrowing SignalSource
    ) throws -> ExitStatus {
        let recorder = options.recorder
        if recorder.dumps(on: .user1) { signals.keep(.user1) }
        if recorder.dumps(on: .user2) { signals.keep(.user2) }
        let files = try DumpFiles(options.output, keep: options.file.keep, reporter: reporter)
        let run = try open(given, signals)
        let drained = (0..<run.maps.count).filter { !keepsEvents(run.maps[$0]) }.count
        // Losses and the like are kept also where no event is.
        let memory = max(drained * share(of: run.maps), 256 << 10)
        return try collect(run: run, files, memory: memory, drop, signals)
    }

    private func collect(
        run: consuming OpenedRun, _ files: DumpFiles, memory: Int, _ drop: PrivilegeDrop?,
        _ signals: borrowing SignalSource
    ) throws -> ExitStatus {
        var run = run
        var kept = KeptRings(time: nil)
        swap(&kept, &run.kept)
        let output: RecorderOutput
        do throws(WhereError) {
            output = try RecorderOutput(
                options.recorder, memory: memory, kept: kept, watch: run.sources.processes, files: files,
                reporter: reporter)
        } catch {
            throw error.of("--dump-when")
        }
        return try collect(run, into: output, drop, signals) { output in
            output.tellCondition()
            return output.failure.map { ExitStatus($0) }
        }
    }

    /// Whether the rings of a map keep the newest events themselves.
    private func keepsEvents(_ map: borrowing SourceMap) -> Bool {
        map.hasEvents && options.recorder.keepsRings && (!map.isRingBuffer || map.info.overwrites)
    }

    /// The bytes that each map may have of what `--last` says; the memory of a ring buffer in overwrite mode is its own.
    func share(of maps: borrowing UniqueArray<SourceMap>) -> Int {
        guard options.recorder.isOn else { return 0 }
        let count = (0..<maps.count).filter { !options.recorder.keepsRings || !maps[$0].info.overwrites }.count
        return options.recorder.size / max(count, 1)
    }
}
