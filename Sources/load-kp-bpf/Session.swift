// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import Diagnostics
import EventPrinting
import ToolSupport

/// One run of the loader: read, resolve, load, attach, wait, let go.
///
/// Everything that can fail without the kernel comes first, and what is made is owned by locals of ``run(signals:)``,
/// so that any way out of it lets go in the reverse order.
struct Session {
    let options: LoadOptions
    let reporter: Reporter
    /// How the object's answers are printed; nil if none are.
    var printing: PrintingRun?

    /// - Returns: ``ExitStatus/lost`` if events were lost that were to be shown or kept.
    func run(signals: borrowing SignalSource) throws -> ExitStatus {
        let (object, selection) = try options.read(reporter)
        // What iterators write has stdout for itself.
        var session = self
        if selection.writesData {
            session = Session(options: options, reporter: reporter.onStandardError, printing: printing)
        }
        return try session.run(object, selection, signals)
    }

    private func run(
        _ object: Object, _ selection: ProgramSelection, _ signals: borrowing SignalSource
    ) throws -> ExitStatus {
        let plan = try CollectionPlan(
            object, selection.choices, options: planOptions(), on: Kernel(btf: options.btf))
        plan.notes.forEach(reporter.report)
        plan.omissions.forEach(report)
        if options.verbose { reporter.show(plan.plan.description, event: "plan") }
        var types = TypesForReaders(of: object, reporter: reporter, isVerbose: options.verbose)
        // Everything that was made is let go before that: whether a map is gone shows then.
        defer { types.end(programsArePinned: options.programPins != nil || options.linkPins != nil) }
        plan.doubts.forEach(reporter.report)
        AttachReport.warnings(of: plan.placements.map { ($0.program, $0.targets) }).forEach(reporter.report)
        if plan.placements.contains(where: { !$0.targets.isEmpty }) { StaleProbes.reap().forEach(reporter.report) }

        noteHugeMaps(plan.plan)
        // Programs and maps go with the process; pins must be removed.
        if plan.plan.makesPins { signals.deferEnding() }
        var loaded: BPFCollection
        do throws(BPFError) {
            loaded = try BPFCollection(plan, bpffs: options.bpffs, isEnding: { SignalSource.isAsked })
        } catch {
            if let signal = signals.take() { throw EndedBySignal(signal: signal) }
            throw error
        }
        // From here on files, pins and probes are made that the end of this run removes.
        signals.deferEnding()
        // What this process drains itself nobody else does.
        if !options.answers.isAsked {
            types.leave(for: loaded.maps, of: object, programs: try infos(loaded).map(\.id))
        }
        var told = Told(notes: plan.notes.count, omissions: plan.omissions.count)
        report(&told, loaded)
        let pins = try options.programPins.map { folder throws in try loaded.pinPrograms(in: folder) } ?? []
        if selection.isAttached {
            return try run(&loaded, selection, &told, pins, &types, signals)
        }
        loaded.keepPins()
        types.keep()
        try reportLoaded(loaded, pins, types, missing(selection, loaded))
        if options.dumpGlobals { try reportGlobals(loaded) }
        return .success
    }

    private func planOptions() throws -> CollectionPlan.Options {
        var planOptions = CollectionPlan.Options()
        planOptions.maps = try options.mapOptions()
        planOptions.process = options.process
        planOptions.choosesAlternatives = !options.takesAll && !options.namesPrograms
        planOptions.keepsRawArguments = options.keepsRawArguments
        return planOptions
    }

    /// How much of what a collection says was reported.
    private struct Told {
        var notes: Int
        var omissions: Int
    }

    /// Reports what the collection has said since the last time.
    private func report(_ told: inout Told, _ loaded: borrowing BPFCollection) {
        loaded.notes.dropFirst(told.notes).forEach(reporter.report)
        loaded.omissions.dropFirst(told.omissions).forEach(report)
        told = Told(notes: loaded.notes.count, omissions: loaded.omissions.count)
    }

    /// The programs that are left out, by their sections or since this kernel lacks what they need.
    private func missing(_ selection: ProgramSelection, _ loaded: borrowing BPFCollection) -> [AttachReport.Missing] {
        var missing = selection.unasked.map { AttachReport.Missing(unasked: $0, of: loaded.object) }
        let names = Set(loaded.programs.names)
        for omission in loaded.omissions {
            missing.append(AttachReport.Missing(omission, isLoaded: names.contains(omission.program.name)))
        }
        return missing + loaded.alternatives.map(AttachReport.Missing.init)
    }

    private func report(_ omission: LoadPlan.Omission) {
        var reason = omission.reason
        guard reason.code != .structOpsMemberLeft else { return reporter.report(reason) }
        reason.details.insert("program \(omission.program.name) is optional, and the others continue without it", at: 0)
        reporter.report(reason)
    }

    // MARK: - Running

    private func run(
        _ loaded: inout BPFCollection, _ selection: ProgramSelection, _ told: inout Told, _ pins: [String],
        _ types: inout TypesForReaders, _ signals: borrowing SignalSource
    ) throws -> ExitStatus {
        if let signal = signals.take() { throw EndedBySignal(signal: signal) }
        let statistics = try Statistics(isOn: options.stats)
        let pidFile = try PIDFile(path: options.pidFile)
        let streams = ProgramStreams(of: loaded.object)
        defer {
            extendLifetime(statistics)
            extendLifetime(pidFile)
        }
        guard options.answers.isAsked else {
            // Before the programs run: their first line is wanted too.
            let trace = try options.trace ? TraceRelay() : nil
            guard try attach(&loaded, selection, &told, pins, &types) else { return .success }
            try wait(for: &loaded, selection, streams, trace, signals)
            return .success
        }
        return try answer(&loaded, selection, types, streams, signals) { (loaded: inout BPFCollection) in
            _ = try attach(&loaded, selection, &told, pins, &types)
        }
    }

    /// Attaches the programs, and tells where.
    ///
    /// - Returns: Whether they run for as long as this process does: links that are pinned outlive it.
    private func attach(
        _ loaded: inout BPFCollection, _ selection: ProgramSelection, _ told: inout Told, _ pins: [String],
        _ types: inout TypesForReaders
    ) throws -> Bool {
        // Before one of them can forbid to ask.
        var infos = try infos(loaded)
        do throws(BPFError) {
            try loaded.attach()
        } catch {
            report(&told, loaded)
            throw error
        }
        report(&told, loaded)
        for index in infos.count..<loaded.programs.count { infos.append(try loaded.programs.info(at: index)) }
        guard loaded.links.count > 0 else {
            throw SelectionError(
                diagnostic: Diagnostic(
                    .noPlaceForAny, stage: .attach, "nothing is attached",
                    cause: "this kernel has no place for any of the programs"))
        }
        let linkPins = try pinLinks(&loaded, selection)
        // From here on the pins are wanted: everything that needed them is in place.
        loaded.keepPins()
        types.keep()

        let unattached = loaded.unattached
        if let warning = AttachReport.unattached(unattached) { reporter.report(warning) }
        var places: [[(String, JSONValue)]] = []
        for index in 0..<loaded.links.count {
            places.append(facts(loaded.links[index]))
            noteMany(loaded.links[index])
        }
        if options.verbose { tell(AttachDoubts.unseenCalls(of: targets(loaded)).filter(\.isOfMany)) }
        let what = linkPins.map { "Attached. \($0.count) links are pinned in \(options.linkPins ?? "")" }
        reporter.status(
            what ?? "Running.", event: what == nil ? "running" : "attached",
            facts(loaded, infos, pins, types) + facts(of: places)
                + [
                    (
                        "not_attached",
                        facts(missing: missing(selection, loaded) + unattached.map(AttachReport.Missing.init(loaded:)))
                    )
                ])
        guard linkPins == nil else { return false }
        ServiceManager.notify(.ready)
        return true
    }

    /// Waits for the end, and tells of it.
    private func wait(
        for loaded: inout BPFCollection, _ selection: ProgramSelection, _ streams: ProgramStreams,
        _ trace: consuming TraceRelay?, _ signals: borrowing SignalSource
    ) throws {
        var upkeep = Upkeep(self, streams, showsLines: options.trace)
        var left = options.duration?.milliseconds
        if selection.writesData {
            var iterators = try IteratorRelay(signals, milliseconds: options.duration?.milliseconds)
            try iterators.run(loaded.links, signals)
            left = iterators.millisecondsLeft
        }
        // With nothing but iterators there is nothing to wait for.
        if selection.onlyWritesData { left = 0 }
        if trace != nil {
            try trace?.run(&loaded, &upkeep, signals, milliseconds: left)
        } else if left != 0 {
            try wait(for: &loaded, &upkeep, signals, milliseconds: left)
        }
        ServiceManager.notify(.stopping)
        try end(&loaded, &upkeep.streams)
        if let failure = upkeep.failure { throw failure }
    }

    /// Detaches the programs, and tells what is to be told of them at the end.
    func end(_ loaded: inout BPFCollection, _ streams: inout ProgramStreams) throws {
        reporter.status("Terminate.", event: "terminate")
        let missed = try loaded.detach()
        try streams.reports(of: loaded.programs).forEach(reporter.report)
        if options.stats { try reportStatistics(loaded, missed: missed) }
        if options.dumpGlobals { try reportGlobals(loaded) }
    }

    /// Pins the links, if that is asked for; nil if it is not.
    private func pinLinks(_ loaded: inout BPFCollection, _ selection: ProgramSelection) throws -> [String]? {
        guard let folder = options.linkPins else { return nil }
        guard !selection.writesData else {
            throw SelectionError(
                diagnostic: Diagnostic(
                    .argumentsInvalid, stage: .arguments, "--pin-links is not for iterators",
                    cause: "they run when they are read", nextStep: "leave them out with --program"))
        }
        return try loaded.pinLinks(in: folder)
    }

    /// Waits for the end, with nothing to do but the upkeep.
    private func wait(
        for loaded: inout BPFCollection, _ upkeep: inout Upkeep, _ signals: borrowing SignalSource, milliseconds: Int64?
    ) throws {
        let end = RunEnd(milliseconds: milliseconds)
        while let due = try upkeep.turn(&loaded).due, end.milliseconds != 0 {
            guard signals.wait(milliseconds: end.milliseconds(until: due)) == nil else { return }
        }
    }
}

/// The kernel's counting of runs, if it is asked for.
private struct Statistics: ~Copyable {
    private let counting: RunTimeStatistics?

    init(isOn: Bool) throws(BPFError) {
        if isOn { counting = try RunTimeStatistics() } else { counting = nil }
    }
}
