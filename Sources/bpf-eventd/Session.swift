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
        try ArgumentOrder.check(maps: options.mapPaths, output: options.output)
        let given = try options.capture.givenTypes(for: options.mapPaths)
        let drop = try options.user.map { name throws(BPFError) in try PrivilegeDrop(to: name) }
        // From here on there are pins, locks and files that the end of this run removes.
        signals.deferEnding()
        var output = try EventOutput(
            options.output, options: options.outputOptions, format: options.streamFormat, signals: signals,
            reporter: reporter)
        if output.isTerminal { warnOfTerminal() }
        let possible = try CPUList.possible()
        var maps = try openMaps(slots: (possible.last ?? 0) + 1)
        let files = try AccountFiles(json: options.statsFile, metrics: options.metrics, reporter: reporter)
        var locks = MapLocks(takesOver: options.takeover)
        let gaps = try lock(&maps, with: &locks)
        var opened = try OpenSources(options, reporter: reporter)
        for index in 0..<maps.count where !maps[index].isRingBuffer {
            try opened.open(maps[index], possible: possible.count)
        }
        // Rings are there before the other daemon ends, so that no event is refused; ring buffers have one reader.
        if try locks.takeOver(signals: signals) { try opened.setSlots() }
        for index in 0..<maps.count where maps[index].isRingBuffer {
            try opened.open(maps[index], possible: possible.count)
        }
        let types = opened.tellTypes(of: maps, given, SchemaStore())
        try output.begin()
        let pidFile = try PIDFile(path: options.pidFile)
        for index in 0..<maps.count { maps[index].pinned.keepPin() }
        var writer = StreamWriter(
            format: options.streamFormat, spill: options.spill.map { Int(clamping: $0.bytes) } ?? 16 << 20,
            sortWindow: options.capture.sorted ? 16 << 20 : 0)
        if let description = opened.description {
            writer.setPreamble(try description.bytes())
            output.preamble = writer.preamble
        }
        // A writer that holds nothing has room for them.
        for gap in gaps { _ = writer.noteLoss(gap) }
        try drop?.perform()
        let (members, description) = (opened.members, opened.description)
        tellRunning(members)
        ServiceManager.notify(.ready)

        let accounts = (0..<maps.count).map { maps[$0].account }
        var daemon = Daemon(
            output: output, sources: opened.takeSources(), writer: writer,
            housekeeping: Housekeeping(
                locks: locks, files: files, description: description, types: types, reporter: reporter),
            maps: accounts, latency: options.drainLatency, reporter: reporter)
        let status = try daemon.run(signals: signals, milliseconds: options.duration?.milliseconds)
        if options.stats { daemon.reportStatistics() }
        reporter.status("Terminate.", event: "terminate")
        extendLifetime(pidFile)
        if options.unpin {
            for index in 0..<maps.count {
                try maps[index].pinned.unpin()
                // A loader that still runs removes what it left when it ends.
                let map = maps[index].info.id
                if try MapUsers.programs(of: map)?.isEmpty == true { SchemaStore().remove(map: map) }
            }
        }
        return status
    }

    /// Opens the maps of the command line.
    ///
    /// - Parameter slots: The slots of a map that is made.
    private func openMaps(slots: Int) throws -> UniqueArray<SourceMap> {
        var maps = UniqueArray<SourceMap>()
        for (number, path) in options.mapPaths.enumerated() {
            maps.append(try SourceMap.open(path, number: UInt32(number), slots: slots))
            maps[number].pinned.notes.forEach(reporter.report)
            if let note = maps[number].noteOfMaking { reporter.report(note) }
            for other in 0..<number where maps[other].info.id == maps[number].info.id {
                throw ValidationError("\(options.mapPaths[other]) and \(path) are pins of one map: name one of them.")
            }
        }
        return maps
    }

    /// Takes the lock of each map, or finds out whom it must be taken from.
    ///
    /// - Returns: The times in which nobody drained a map, as a capture tells them.
    private func lock(
        _ maps: inout UniqueArray<SourceMap>, with locks: inout MapLocks
    ) throws(LockFailure) -> [CaptureLoss] {
        MapLock.removeStale(exists: MapUsers.exists)
        var gaps: [CaptureLoss] = []
        for index in 0..<maps.count {
            let (gap, notes) = try locks.add(
                map: maps[index].info.id, pin: maps[index].pinned.path.path,
                isRingBuffer: maps[index].isRingBuffer)
            notes.forEach(reporter.report)
            guard let gap else { continue }
            maps[index].gaps += 1
            gaps.append(
                CaptureLoss(
                    source: maps[index].number, cpu: nil, events: nil, from: gap.from, to: gap.to, cause: .noReader))
        }
        return gaps
    }

    private func tellRunning(_ maps: [[(String, JSONValue)]]) {
        let members = maps.count == 1 ? maps[0] : [("maps", JSONValue.array(maps.map { .object($0) }))]
        reporter.status("Running.", event: "running", members)
    }

    private func warnOfTerminal() {
        reporter.report(
            Diagnostic(
                .terminalOutput, .warning, stage: .stream, "raw binary events are going to a terminal",
                nextStep: "bpf-eventd \(options.mapPaths.joined(separator: " ")) - | print-event")
        )
    }
}
