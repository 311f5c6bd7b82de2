// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import BPFCore
internal import BasicContainers
internal import Diagnostics
internal import EventStream
internal import ToolSupport

/// One run of the daemon: open, pin, map, drain until a signal, let go.
///
/// What can fail comes before what others would notice: the old file is overwritten and the pins kept only when every
/// ring is ready.
struct Session {
    let options: BPFEventd
    let reporter: Reporter

    func run(signals: borrowing SignalSource) throws -> ExitStatus {
        let format = options.capture.streamFormat(maps: options.mapPaths.count)
        let drop = try options.user.map { name throws(BPFError) in try PrivilegeDrop(to: name) }
        let output = try EventOutput(
            options.output, options: options.outputOptions, format: format, signals: signals, reporter: reporter)
        if output.isTerminal { warnOfTerminal() }
        let possible = try CPUList.possible()
        var maps = UniqueArray<SourceMap>()
        for (number, path) in options.mapPaths.enumerated() {
            maps.append(try SourceMap.open(path, number: UInt32(number), slots: (possible.last ?? 0) + 1))
            maps[number].pinned.notes.forEach(reporter.report)
            for other in 0..<number where maps[other].info.id == maps[number].info.id {
                throw ValidationError("\(options.mapPaths[other]) and \(path) are pins of one map: name one of them.")
            }
        }
        let poll = try EventPoll()
        var sources = SourceSet()
        var members: [[(String, JSONValue)]] = []
        for index in 0..<maps.count {
            members.append(try open(maps[index], possible: possible, poll: poll, into: &sources))
        }
        try output.begin()
        let pidFile = try PIDFile(path: options.pidFile)
        for index in 0..<maps.count { maps[index].pinned.keepPin() }
        try drop?.perform()
        tellRunning(members)
        ServiceManager.notify(.ready)

        let writer = StreamWriter(format: format, spill: options.spill.map { Int(clamping: $0.bytes) } ?? 16 << 20)
        var daemon = Daemon(output: output, sources: sources, writer: writer, poll: poll, reporter: reporter)
        let status = try daemon.run(signals: signals, milliseconds: options.duration?.milliseconds)
        if options.stats { daemon.reportStatistics() }
        reporter.status("Terminate.", event: "terminate")
        extendLifetime(pidFile)
        if options.unpin {
            for index in 0..<maps.count { try maps[index].pinned.unpin() }
        }
        return status
    }

    /// Opens the rings of a map.
    ///
    /// - Returns: What the report says of it.
    private func open(
        _ map: borrowing SourceMap, possible: [Int], poll: borrowing EventPoll, into sources: inout SourceSet
    ) throws -> [(String, JSONValue)] {
        let path = map.pinned.path.path
        let members: [(String, JSONValue)] = [("map", .string(path)), ("created", .bool(map.pinned.wasCreated))]
        let latency = Latency(milliseconds: options.latency?.milliseconds)
        if map.isRingBuffer {
            let ring = try BPFRingBuffer(map: map.pinned.map)
            guard options.pages == nil || options.mapPaths.count > 1 else {
                throw ValidationError(
                    "--pages is for perf event arrays; \(path) is a ring buffer, "
                        + "whose \(ring.size) bytes were decided when it was made (max_entries).")
            }
            let size = ring.size
            sources.add(
                try RingBufferSource(ring, source: map.number, latency: latency, poll: poll, reporter: reporter))
            return members + [("type", .string("ringbuf")), ("bytes", .integer(Int64(size)))]
        }
        tell(map.pinned, possible)
        var ringOptions = RingSet.Options(pages: options.pages)
        ringOptions.source = map.number
        // Without privilege a slot may be what it is for good, and one that wakes at every event costs programs much.
        if options.user != nil { ringOptions.mode = .busy }
        let rings = try RingSet.open(map: map.pinned.map, poll: poll, options: ringOptions)
        rings.notes.forEach(reporter.report)
        let (pages, cpus) = (rings.pagesPerCPU, rings.cpus)
        sources.add(
            PerfEventSource(
                rings, latency: latency,
                losses: LossReport(reporter: reporter, map: options.mapPaths.count > 1 ? path : nil)))
        return members + [
            ("pages_per_cpu", .integer(Int64(pages))), ("cpus", .array(cpus.map { .integer(Int64($0)) })),
        ]
    }

    private func tellRunning(_ maps: [[(String, JSONValue)]]) {
        let members =
            maps.count == 1 ? maps[0] : [("maps", JSONValue.array(maps.map { .object($0) }))]
        reporter.status("Running.", event: "running", members)
    }

    private func tell(_ pinned: borrowing PinnedMap, _ possible: [Int]) {
        reporter.status(
            "number of cpu: \(possible.count)", event: "cpus", [("possible", .integer(Int64(possible.count)))])
        if !pinned.wasCreated {
            // The original's words.
            reporter.status("Warning: Map exists.", event: "map-exists", [("path", .string(pinned.path.path))])
        }
    }

    private func warnOfTerminal() {
        reporter.report(
            Diagnostic(
                .warning, stage: .stream, "the events go to a terminal, as the bytes they are",
                nextStep: "bpf-eventd \(options.mapPaths.joined(separator: " ")) - | print-event", exitStatus: .success)
        )
    }
}
