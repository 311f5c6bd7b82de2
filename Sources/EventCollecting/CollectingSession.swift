// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import BasicContainers
internal import Diagnostics
internal import EventStream
package import ToolSupport

/// One run of the daemon: open, pin, map, drain until a signal, let go.
///
/// What can fail comes before what others would notice: the old file is overwritten and the pins kept only when every
/// ring is ready.
package struct CollectingSession {
    let options: CollectingOptions
    let reporter: Reporter

    /// Plans a run.
    package init(_ options: CollectingOptions, reporter: Reporter) {
        self.options = options
        self.reporter = reporter
    }

    /// Collects until a signal comes or the time is up.
    ///
    /// - Returns: ``ExitStatus/lost`` if events were lost.
    package func run(signals: borrowing SignalSource) throws -> ExitStatus {
        do {
            return try collect(signals)
        } catch StreamFile.Refusal.signal {
            return .success
        } catch LockFailure.signal {
            return .success
        }
    }

    private func collect(_ signals: borrowing SignalSource) throws -> ExitStatus {
        try ArgumentOrder.check(maps: options.mapPaths, output: options.output)
        let given = try options.capture.givenTypes(for: options.mapPaths)
        let drop = try options.user.map { name throws(BPFError) in try PrivilegeDrop(to: name) }
        // From here on there are pins, locks and files that the end of this run removes.
        signals.deferEnding()
        guard !options.recorder.isOn else { return try record(given, drop, signals) }
        let output = try EventOutput(
            options.output, options: options.file, format: options.streamFormat, signals: signals,
            reporter: reporter)
        if output.isTerminal { warnOfTerminal() }
        let run = try open(given, signals)
        try output.begin()
        return try collect(run, into: output, drop, signals) { _ in nil }
    }

    /// What was opened.
    struct OpenedRun: ~Copyable {
        var maps: UniqueArray<SourceMap>
        let files: AccountFiles
        let locks: MapLocks
        let gaps: [CaptureLoss]
        let sources: SourceSet
        var kept: KeptRings
        let description: CaptureDescription?
        let members: [[(String, JSONValue)]]
        let types: MapTypes
    }

    /// Opens the maps and their rings.
    func open(_ given: GivenTypes, _ signals: borrowing SignalSource) throws -> OpenedRun {
        let possible = try CPUList.possible()
        var maps = try openMaps(slots: (possible.last ?? 0) + 1)
        let files = try AccountFiles(json: options.statsFile, metrics: options.metrics, reporter: reporter)
        var locks = MapLocks(takesOver: options.takeover)
        let gaps = try lock(&maps, with: &locks)
        var opened = try OpenSources(options, share: share(of: maps), reporter: reporter)
        for index in 0..<maps.count where maps[index].hasEvents && !maps[index].isRingBuffer {
            try opened.open(maps[index], possible: possible.count)
        }
        // Rings are there before the other daemon ends, so that no event is refused; ring buffers have one reader.
        if try locks.takeOver(signals: signals) { try opened.setSlots() }
        for index in 0..<maps.count where maps[index].isRingBuffer {
            try opened.open(maps[index], possible: possible.count)
        }
        for index in 0..<maps.count where !maps[index].hasEvents {
            try opened.read(maps[index], given, from: MonotonicClock.nanoseconds)
        }
        let types = opened.tellTypes(of: maps, given, SchemaStore())
        let (members, description) = (opened.members, opened.description)
        var kept = KeptRings(time: nil)
        let sources = opened.takeSources(&kept)
        return OpenedRun(
            maps: maps, files: files, locks: locks, gaps: gaps, sources: sources, kept: kept,
            description: description, members: members, types: types)
    }

    /// Drains into an output until a signal comes or the time is up, and lets go.
    ///
    /// - Parameter ended: Looks at the output after it has everything, and may have another status.
    func collect<Output: StreamOutput & ~Copyable>(
        _ run: consuming OpenedRun, into output: consuming Output, _ drop: PrivilegeDrop?,
        _ signals: borrowing SignalSource, _ ended: (borrowing Output) -> ExitStatus?
    ) throws -> ExitStatus {
        let pidFile = try PIDFile(path: options.pidFile)
        var maps = run.maps
        for index in 0..<maps.count { maps[index].pinned.keepPin() }
        var writer = StreamWriter(
            format: options.streamFormat, spill: options.spill.map { Int(clamping: $0.bytes) } ?? 16 << 20,
            sortWindow: options.capture.sorted ? 16 << 20 : 0)
        if let description = run.description {
            writer.setPreamble(try description.bytes())
            output.preamble = writer.preamble
        }
        // A writer that holds nothing has room for them.
        for gap in run.gaps { _ = writer.noteLoss(gap) }
        try drop?.perform()
        tellRunning(run.members)
        ServiceManager.notify(.ready)

        let accounts = (0..<maps.count).map { maps[$0].account }
        let description = run.description
        let types = run.types
        var daemon = Daemon(
            output: output, sources: run.sources, writer: writer,
            housekeeping: Housekeeping(
                locks: run.locks, files: run.files, description: description, types: types, reporter: reporter),
            maps: accounts, latency: options.drainLatency, reporter: reporter)
        var status = try daemon.run(signals: signals, milliseconds: options.duration?.milliseconds)
        if options.stats { daemon.reportStatistics() }
        if let other = ended(daemon.takeOutput()), status == .success { status = other }
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
            if options.snapshots == nil {
                maps.append(try SourceMap.open(path, number: UInt32(number), slots: slots))
            } else {
                maps.append(try SourceMap.open(path, number: UInt32(number)))
            }
            maps[number].pinned.notes.forEach(reporter.report)
            if let note = maps[number].noteOfMaking { reporter.report(note) }
            for other in 0..<number where maps[other].info.id == maps[number].info.id {
                throw CommandMistake.unexpected(
                    path, because: "it and \(options.mapPaths[other]) are pins of one map", hint: "name one of them")
            }
        }
        if options.snapshots != nil { try checkForReadMaps(maps) }
        return maps
    }

    /// - Throws: A refusal, if events come from all maps although some are to be read.
    private func checkForReadMaps(_ maps: borrowing UniqueArray<SourceMap>) throws {
        for index in 0..<maps.count where !maps[index].hasEvents { return }
        throw BPFError(
            .mapElement, .mapsOfEventsOnly, "there is no map to be read at times",
            cause: "events come from all of these as they are sent: " + options.mapPaths.joined(separator: ", "),
            nextStep: "leave out \(.snapshotsEvery) and \(.snapshotOnce), or name another map beside them")
    }

    /// Takes the lock of each map, or finds out whom it must be taken from.
    ///
    /// - Returns: The times in which nobody drained a map, as a capture tells them.
    private func lock(
        _ maps: inout UniqueArray<SourceMap>, with locks: inout MapLocks
    ) throws(LockFailure) -> [CaptureLoss] {
        MapLock.removeStale(exists: MapUsers.exists)
        var gaps: [CaptureLoss] = []
        // A map that is only read may have any number of readers.
        for index in 0..<maps.count where maps[index].hasEvents {
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
