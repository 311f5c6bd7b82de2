// SPDX-License-Identifier: Apache-2.0

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

    /// The map's type, `BPF_MAP_TYPE_PERF_EVENT_ARRAY`.
    private static let perfEventArray: UInt32 = 4

    func run(signals: borrowing SignalSource) throws -> ExitStatus {
        let drop = try options.user.map { name throws(BPFError) in try PrivilegeDrop(to: name) }
        let path = try pinPath()
        let output = try StreamFile.open(options.output, append: options.append, signals: signals)
        if output.kind == .terminal { warnOfTerminal() }
        let possible = try CPUList.possible()
        var pinned = try PinnedMap.openOrCreate(path, attributes(path, possible: possible))
        tell(pinned, possible)
        let poll = try EventPoll()
        let rings = try RingSet.open(map: pinned.map, poll: poll, options: RingSet.Options(pages: options.pages))
        rings.notes.forEach(reporter.report)
        if !options.append { try empty(output) }
        let pidFile = try PIDFile(path: options.pidFile)
        pinned.keepPin()
        try drop?.perform()
        try tellRunning(rings, pinned)
        ServiceManager.notify(.ready)

        var daemon = Daemon(
            output: output, name: options.output == "-" ? "stdout" : options.output, rings: rings, poll: poll,
            reporter: reporter)
        let status = try daemon.run(map: pinned.map, signals: signals, milliseconds: options.duration?.milliseconds)
        if options.stats { daemon.reportStatistics() }
        reporter.status("Terminate.", event: "terminate")
        extendLifetime(pidFile)
        if options.unpin { try pinned.unpin() }
        return status
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
        pinned.notes.forEach(reporter.report)
        reporter.status(
            "number of cpu: \(possible.count)", event: "cpus", [("possible", .integer(Int64(possible.count)))])
        if !pinned.wasCreated {
            // The original's words.
            reporter.status("Warning: Map exists.", event: "map-exists", [("path", .string(pinned.path.path))])
        }
    }

    private func tellRunning(_ rings: borrowing RingSet, _ pinned: borrowing PinnedMap) throws {
        reporter.status(
            "Running.", event: "running",
            [
                ("map", .string(pinned.path.path)), ("created", .bool(pinned.wasCreated)),
                ("pages_per_cpu", .integer(Int64(rings.pagesPerCPU))),
                ("cpus", .array(rings.cpus.map { .integer(Int64($0)) })),
            ])
    }

    private func warnOfTerminal() {
        reporter.report(
            Diagnostic(
                .warning, stage: .stream, "the events go to a terminal, as the bytes they are",
                nextStep: "bpf-eventd \(options.mapPath) - | print-event", exitStatus: .success))
    }

    private func empty(_ output: borrowing DataOutput) throws(StreamFile.Refusal) {
        guard output.kind == .regularFile, options.output != "-", !output.empty() else { return }
        throw .refused(
            Diagnostic(stage: .stream, "cannot overwrite \(options.output)", exitStatus: .io))
    }
}
