// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import Diagnostics
import ToolSupport

/// One run of the loader: read, resolve, load, attach, wait, let go.
///
/// Everything that can fail without the kernel comes first, and what is made is owned by locals of ``run(signals:)``,
/// so that any way out of it lets go in the reverse order.
struct Session {
    let options: LoadOptions
    let reporter: Reporter

    func run(signals: borrowing SignalSource) throws {
        var object = try Object(
            parsing: try InputFile.read(options.object), name: options.object, mapLayout: options.mapLayout)
        try object.checkByteOrder()
        object.warnings.forEach(reporter.report)
        for assignment in options.assignments { try object.set(assignment) }
        try options.name(&object)
        let selection = try ProgramSelection(options, of: object)
        selection.notes.forEach(reporter.report)
        // What iterators write has stdout for itself.
        let session = Session(options: options, reporter: selection.writesData ? reporter.onStandardError : reporter)
        try session.run(object, selection, signals)
    }

    private func run(_ object: Object, _ selection: ProgramSelection, _ signals: borrowing SignalSource) throws {
        let plan = try CollectionPlan(
            object, selection.choices, options: planOptions(), on: Kernel(btf: options.btf))
        plan.notes.forEach(reporter.report)
        plan.omissions.forEach(report)
        if options.verbose { reporter.show(plan.plan.description, event: "plan") }
        var types = TypesForReaders(of: object, reporter: reporter, isVerbose: options.verbose)
        // Everything that was made is let go before that: whether a map is gone shows then.
        defer { types.end(programsArePinned: options.programPins != nil || options.linkPins != nil) }
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
        types.leave(for: loaded.maps, of: object, programs: try infos(loaded).map(\.id))
        var told = Told(notes: plan.notes.count, omissions: plan.omissions.count)
        report(&told, loaded)
        let pins = try options.programPins.map { folder throws in try loaded.pinPrograms(in: folder) } ?? []
        if selection.isAttached {
            try run(&loaded, selection, &told, pins, &types, signals)
        } else {
            loaded.keepPins()
            types.keep()
            try reportLoaded(loaded, pins, types, missing(selection, loaded))
            if options.dumpGlobals { try reportGlobals(loaded) }
        }
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
    ) throws {
        if let signal = signals.take() { throw EndedBySignal(signal: signal) }
        let statistics = try Statistics(isOn: options.stats)
        let pidFile = try PIDFile(path: options.pidFile)
        // Before the programs run: their first line is wanted too.
        var streams = ProgramStreams(of: loaded.object)
        var trace = try options.trace ? TraceRelay(streams) : nil
        // And before one of them can forbid to ask.
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
        if options.verbose { noteUnseen(loaded, ofMany: true) }
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
        guard linkPins == nil else { return }
        ServiceManager.notify(.ready)
        var left = options.duration?.milliseconds
        if selection.writesData {
            var iterators = try IteratorRelay(signals, milliseconds: options.duration?.milliseconds)
            try iterators.run(loaded.links, signals)
            left = iterators.millisecondsLeft
        }
        var failure: BPFError?
        // With nothing but iterators there is nothing to wait for.
        if selection.onlyWritesData { left = 0 }
        if trace != nil {
            try trace?.run(signals, loaded.programs, milliseconds: left, reporter.report)
        } else if left != 0 {
            failure = try wait(for: loaded, &streams, signals, milliseconds: left)
        }
        ServiceManager.notify(.stopping)
        reporter.status("Terminate.", event: "terminate")
        let missed = try loaded.detach()
        try streams.reports(of: loaded.programs).forEach(reporter.report)
        if options.stats { try reportStatistics(loaded, missed: missed) }
        if options.dumpGlobals { try reportGlobals(loaded) }
        extendLifetime(statistics)
        extendLifetime(pidFile)
        if let failure { throw failure }
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

    /// Waits for the end; once it has run for a while, it tells of calls that the probes do not see, and from then on of
    /// what the kernel reports of the programs.
    ///
    /// To know them takes the kernel longer than attaching did, which short runs do not pay for.
    ///
    /// - Returns: Why it ended before that; nil if nothing did.
    private func wait(
        for loaded: borrowing BPFCollection, _ streams: inout ProgramStreams, _ signals: borrowing SignalSource,
        milliseconds duration: Int64?
    ) throws -> BPFError? {
        guard !loaded.hasStructures else {
            return try waitForStructures(loaded, &streams, signals, milliseconds: duration)
        }
        let first = min(duration ?? Self.settled, Self.settled)
        guard signals.wait(milliseconds: first) == nil, duration != first else { return nil }
        if !options.verbose { noteUnseen(loaded, ofMany: true) }
        noteUnseen(loaded, ofMany: false)
        let end = duration.map { ContinuousClock.now + .milliseconds(max(1, $0 - first)) }
        while true {
            try streams.reports(of: loaded.programs).forEach(reporter.report)
            let rest = end.map { max(0, Int64((($0 - .now) / .milliseconds(1)).rounded(.up))) }
            let turn = streams.isThere ? min(rest ?? .max, Self.reportInterval) : rest
            guard signals.wait(milliseconds: turn) == nil, turn != rest else { return nil }
        }
    }

    /// Waits for the end, and looks now and then whether the kernel has taken a structure off.
    private func waitForStructures(
        _ loaded: borrowing BPFCollection, _ streams: inout ProgramStreams, _ signals: borrowing SignalSource,
        milliseconds: Int64?
    ) throws -> BPFError? {
        var left = milliseconds
        var sinceReport: Int64 = 0
        while true {
            let slice = min(left ?? Self.look, Self.look)
            guard signals.wait(milliseconds: slice) == nil else { return nil }
            if let failure = loaded.structureTakenOff() { return failure }
            sinceReport += slice
            if sinceReport >= Self.reportInterval {
                sinceReport = 0
                try streams.reports(of: loaded.programs).forEach(reporter.report)
            }
            left = left.map { $0 - slice }
            if let left, left <= 0 { return nil }
        }
    }

    /// Milliseconds between two looks.
    private static let look: Int64 = 300

    /// Milliseconds after which a run is no short one.
    private static let settled: Int64 = 1000

    /// Milliseconds between two looks at what the kernel reports of the programs.
    private static let reportInterval: Int64 = 10_000
}

/// The kernel's counting of runs, if it is asked for.
private struct Statistics: ~Copyable {
    private let counting: RunTimeStatistics?

    init(isOn: Bool) throws(BPFError) {
        if isOn { counting = try RunTimeStatistics() } else { counting = nil }
    }
}
