// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import BPFCore
internal import Diagnostics
internal import EventStream
internal import ToolSupport

/// One run of the daemon: open, pin, map, drain until a signal, let go.
///
/// What can fail comes before what others would notice: the old file is overwritten and the pin kept only when every
/// ring is ready.
struct Session {
    let options: BPFEventd
    let reporter: Reporter

    /// `BPF_MAP_TYPE_PERF_EVENT_ARRAY`.
    private static let perfEventArray: UInt32 = 4
    /// `BPF_MAP_TYPE_RINGBUF`.
    private static let ringBuffer: UInt32 = 27

    func run(signals: borrowing SignalSource) throws -> ExitStatus {
        let drop = try options.user.map { name throws(BPFError) in try PrivilegeDrop(to: name) }
        let path = try pinPath()
        let output = try EventOutput(
            options.output, options: options.outputOptions, signals: signals, reporter: reporter)
        if output.isTerminal { warnOfTerminal() }
        let possible = try CPUList.possible()
        let pinned = try openMap(path, possible: possible)
        pinned.notes.forEach(reporter.report)
        let poll = try EventPoll()
        if try pinned.map.info().type == Self.ringBuffer {
            let ring = try openRingBuffer(pinned.map)
            let members: [(String, JSONValue)] = [("type", .string("ringbuf")), ("bytes", .integer(Int64(ring.size)))]
            let source = try RingBufferSource(ring, poll: poll, reporter: reporter)
            return try serve(
                source, pinned, output, poll, members, drop: drop, signals: signals)
        }
        tell(pinned, possible)
        let rings = try RingSet.open(map: pinned.map, poll: poll, options: RingSet.Options(pages: options.pages))
        rings.notes.forEach(reporter.report)
        let members: [(String, JSONValue)] = [
            ("pages_per_cpu", .integer(Int64(rings.pagesPerCPU))),
            ("cpus", .array(rings.cpus.map { .integer(Int64($0)) })),
        ]
        let source = PerfEventSource(rings, reporter: reporter)
        return try serve(source, pinned, output, poll, members, drop: drop, signals: signals)
    }

    /// Drains a source that is ready, until a signal comes.
    private func serve<Source: EventSource & ~Copyable>(
        _ source: consuming Source, _ pinned: consuming PinnedMap, _ output: consuming EventOutput,
        _ poll: consuming EventPoll, _ members: [(String, JSONValue)], drop: PrivilegeDrop?,
        signals: borrowing SignalSource
    ) throws -> ExitStatus {
        try output.begin()
        let pidFile = try PIDFile(path: options.pidFile)
        pinned.keepPin()
        try drop?.perform()
        reporter.status(
            "Running.", event: "running",
            [("map", .string(pinned.path.path)), ("created", .bool(pinned.wasCreated))] + members)
        ServiceManager.notify(.ready)

        var daemon = Daemon(
            output: output, source: source, poll: poll, reporter: reporter)
        let status = try daemon.run(map: pinned.map, signals: signals, milliseconds: options.duration?.milliseconds)
        if options.stats { daemon.reportStatistics() }
        reporter.status("Terminate.", event: "terminate")
        extendLifetime(pidFile)
        if options.unpin { try pinned.unpin() }
        return status
    }

    /// Opens the map behind the pin, or makes a perf event array as the original daemon did.
    private func openMap(_ path: PinPath, possible: [Int]) throws(BPFError) -> PinnedMap {
        var found: UInt32?
        do throws(BPFError) {
            return try PinnedMap.openOrCreate(path, attributes(path, possible: possible)) { info in
                found = info.type
                return info.type == Self.ringBuffer
            }
        } catch {
            guard let found, found != Self.perfEventArray else { throw error }
            var error = error
            error.diagnostic.cause = "events come from a map of type perf_event_array or ringbuf"
            error.diagnostic.nextStep =
                "name the pin of such a map, or of none: bpf-eventd then makes a perf_event_array"
            throw error
        }
    }

    private func openRingBuffer(_ map: borrowing MapHandle) throws -> BPFRingBuffer {
        let ring = try BPFRingBuffer(map: map)
        guard options.pages == nil else {
            throw ValidationError(
                "--pages is for perf event arrays; \(options.mapPath) is a ring buffer, "
                    + "whose \(ring.size) bytes were decided when it was made (max_entries).")
        }
        return ring
    }

    private func pinPath() throws(BPFError) -> PinPath {
        let path = try PinPath(path: options.mapPath, relativeTo: WorkingFolder.path)
        guard !path.name.utf8.contains(UInt8(ascii: ".")) else {
            throw BPFError(
                .openPin, "cannot pin a map as \(path.name)", cause: "a bpf file system takes no names with dots",
                nextStep: "use letters, digits and _", exitStatus: .usage)
        }
        return path
    }

    /// The map as the original daemon made it, with a slot for every CPU that may ever run.
    private func attributes(_ path: PinPath, possible: [Int]) -> MapHandle.Attributes {
        MapHandle.Attributes(
            type: Self.perfEventArray, keySize: 4, valueSize: 4, maxEntries: UInt32((possible.last ?? 0) + 1),
            name: Self.mapName(from: path.name))
    }

    /// The pin's name as the kernel takes it for a map: 15 letters, digits and `_`.
    static func mapName(from pin: String) -> String {
        String(
            pin.unicodeScalars.prefix(15).map { scalar in
                let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
                return isPlain ? Character(scalar) : "_"
            })
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
                nextStep: "bpf-eventd \(options.mapPath) - | print-event", exitStatus: .success))
    }
}
