// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import BasicContainers
import Diagnostics
import ToolSupport

/// One run of the loader: read, resolve, load, attach, wait, let go.
///
/// Everything that can fail without the kernel comes first, and what is made is owned by locals of ``run(signals:)``,
/// so that any way out of it lets go in the reverse order.
struct Session {
    let options: LoadOptions
    let reporter: Reporter

    /// A program with the places that this kernel has for it.
    private struct Placed {
        let program: ProgramDefinition
        let targets: [ResolvedTarget]
        let isOptional: Bool
    }

    func run(signals: borrowing SignalSource) throws {
        var object = try Object(
            parsing: try InputFile.read(options.object), name: options.object, mapLayout: options.mapLayout)
        try object.checkByteOrder()
        object.warnings.forEach(reporter.report)
        for assignment in options.assignments { try object.set(assignment) }
        let selection = try ProgramSelection(options, of: object)
        selection.notes.forEach(reporter.report)

        let symbols = KernelSymbolSource()
        var resolver = TargetResolver(symbols: symbols)
        var missing = selection.unasked.map(AttachReport.Missing.init(unasked:))
        let placed = try place(selection, &resolver, &missing)
        // Holds the BTF of modules open, whose descriptors are in the plan.
        let kernel = RunningKernel(btf: options.btf, symbols: symbols)
        let plan = try self.plan(placed, object, kernel, &resolver)
        kernel.notes.forEach(reporter.report)
        plan.warnings.forEach(reporter.report)
        for omission in plan.omissions { report(omission, &missing) }
        if options.verbose { reporter.show(plan.description, event: "plan") }
        var types = EventTypes(of: object, reporter: reporter, isVerbose: options.verbose)
        // Everything that was made is let go before that: whether a map is gone shows then.
        defer { types.end(programsArePinned: options.programPins != nil) }
        AttachReport.warnings(of: placed.map { ($0.program, $0.targets) }).forEach(reporter.report)
        if placed.contains(where: { !$0.targets.isEmpty }) { StaleProbes.reap().forEach(reporter.report) }

        var loaderOptions = Loader.Options(kernelVersion: KernelVersion.running())
        loaderOptions.mountPoint = options.bpffs
        loaderOptions.isEnding = { SignalSource.isAsked }
        noteHugeMaps(plan)
        // Programs and maps go with the process; pins must be removed.
        if plan.makesPins { signals.deferEnding() }
        var loaded: LoadedObject
        do throws(LoadError) {
            loaded = try Loader(plan, of: object, options: loaderOptions).load()
        } catch {
            if let signal = signals.take() { throw EndedBySignal(signal: signal) }
            throw error
        }
        // From here on files, pins and probes are made that the end of this run removes.
        signals.deferEnding()
        extendLifetime(kernel)
        types.leave(for: loaded, of: object, programs: try infos(loaded).map(\.id))
        loaded.notes.forEach(reporter.report)
        for omission in loaded.omissions { report(omission, &missing) }
        let pins = try options.programPins.map { folder throws in try loaded.pinPrograms(in: folder) } ?? []
        if selection.isAttached {
            try run(&loaded, object, placed, pins, &types, signals, missing)
        } else {
            loaded.keepPins()
            types.keep()
            try reportLoaded(loaded, pins, types, object, missing)
            if options.dumpGlobals { try reportGlobals(loaded, object) }
        }
    }

    // MARK: - Before anything is made

    /// Finds the places of all programs; what this kernel lacks takes only optional ones with it.
    private func place(
        _ selection: ProgramSelection, _ resolver: inout TargetResolver, _ missing: inout [AttachReport.Missing]
    ) throws -> [Placed] {
        var placed: [Placed] = []
        // What holds for several programs is told once.
        var told: [Diagnostic] = []
        for choice in selection.choices {
            do throws(BPFError) {
                var targets: [ResolvedTarget] = []
                for target in choice.targets { targets += try resolver.resolveAll(target) }
                for note in targets.flatMap(\.notes) where !told.contains(note) {
                    reporter.report(note)
                    told.append(note)
                }
                placed.append(Placed(program: choice.program, targets: targets, isOptional: choice.isOptional))
            } catch {
                var error = error
                error.diagnostic.program = choice.program.name
                error.diagnostic.section = choice.program.section
                guard choice.isOptional && error.isTargetMissing else { throw error }
                report(LoadPlan.Omission(choice.program, because: error.explained().diagnostic), &missing)
            }
        }
        return placed
    }

    private func plan(
        _ placed: [Placed], _ object: Object, _ kernel: RunningKernel, _ resolver: inout TargetResolver
    ) throws -> LoadPlan {
        var planOptions = LoadPlan.Options()
        planOptions.maps = try options.mapOptions()
        if object.maps.contains(where: \.dependsOnMachine) { planOptions.machine = try MapFacts.ofThisMachine() }
        planOptions.optionalPrograms = Set(placed.filter(\.isOptional).map(\.program.name))
        planOptions.neededPrograms = Set(placed.filter { !$0.isOptional }.map(\.program.name))
        do throws(ObjectError) {
            return try LoadPlan(
                object: object, programs: placed.map(\.program), kernel: kernel, options: planOptions)
        } catch {
            // The symbols know names that are near the one that BTF does not have.
            guard case .missingAttachTarget = error.reason, let name = error.program,
                let target = placed.first(where: { $0.program.name == name })?.program.convention?.attach
            else { throw error }
            var missing = resolver.missing(target)
            missing.diagnostic.object = object.name
            missing.diagnostic.program = name
            missing.diagnostic.section = error.section
            throw missing
        }
    }

    /// Tells of a program that is left out, or off one place, and keeps that for the report.
    private func report(
        _ omission: LoadPlan.Omission, _ missing: inout [AttachReport.Missing], isLoaded: Bool = false
    ) {
        missing.append(AttachReport.Missing(omission, isLoaded: isLoaded))
        var reason = omission.reason
        reason.details.insert("program \(omission.program.name) is optional, and the others go on without it", at: 0)
        reporter.report(reason)
    }

    // MARK: - Running

    private func run(
        _ loaded: inout LoadedObject, _ object: Object, _ placed: [Placed], _ pins: [String],
        _ types: inout EventTypes, _ signals: borrowing SignalSource, _ leftOut: [AttachReport.Missing]
    ) throws {
        var missing = leftOut
        if let signal = signals.take() { throw EndedBySignal(signal: signal) }
        let statistics = try Statistics(isOn: options.stats)
        let pidFile = try PIDFile(path: options.pidFile)
        // Before the programs run: their first line is wanted too.
        var trace = try options.trace ? TraceRelay() : nil
        var attached: Set<String> = []
        var attachments = try attach(loaded, placed, &attached, &missing)
        guard attachments.count > 0 else {
            throw SelectionError(
                diagnostic: Diagnostic(
                    stage: .attach, "nothing is attached", cause: "this kernel has no place for any of the programs",
                    exitStatus: .noSuchProbe))
        }
        // From here on the pins are wanted: everything that needed them is in place.
        loaded.keepPins()
        types.keep()

        let called = object.tailCalls
        let unattached = loaded.definitions.filter { definition in
            !attached.contains(definition.name) && !called.contains(definition.name)
                && !missing.contains { $0.program.name == definition.name }
        }
        if let warning = AttachReport.unattached(unattached) { reporter.report(warning) }
        missing += unattached.map(AttachReport.Missing.init(loaded:))
        var places: [[(String, JSONValue)]] = []
        for index in 0..<attachments.count { places.append(facts(attachments[index])) }
        reporter.status(
            "Running.", event: "running",
            try facts(loaded, infos(loaded), pins, types, object) + facts(of: places)
                + [("not_attached", facts(missing: missing))])
        ServiceManager.notify(.ready)
        if trace == nil {
            wait(for: attachments, signals)
        } else {
            try trace?.run(signals, milliseconds: options.duration?.milliseconds)
        }
        ServiceManager.notify(.stopping)
        reporter.status("Terminate.", event: "terminate")
        var missed: UInt64?
        while let attachment = attachments.popLast() {
            if let count = attachment.missed() { missed = (missed ?? 0) &+ count }
            try attachment.detach()
        }
        if options.stats { try reportStatistics(loaded, missed: missed) }
        if options.dumpGlobals { try reportGlobals(loaded, object) }
        extendLifetime(statistics)
        extendLifetime(pidFile)
    }

    /// Waits for the end; once it has run for a while, it tells of calls that the probes do not see.
    ///
    /// To know them takes the kernel longer than attaching did, which short runs do not pay for.
    private func wait(for attachments: borrowing UniqueArray<Attachment>, _ signals: borrowing SignalSource) {
        let duration = options.duration?.milliseconds
        let first = min(duration ?? Self.settled, Self.settled)
        guard signals.wait(milliseconds: first) == nil, duration != first else { return }
        for index in 0..<attachments.count {
            AttachDoubts.copies(of: attachments[index].target).forEach(reporter.report)
        }
        _ = signals.wait(milliseconds: duration.map { max(1, $0 - first) })
    }

    /// Milliseconds after which a run is no short one.
    private static let settled: Int64 = 1000

    /// - Parameters:
    ///   - attached: Gets the names of the programs that are attached somewhere.
    ///   - missing: Gets the optional ones that a place refused.
    private func attach(
        _ loaded: borrowing LoadedObject, _ placed: [Placed], _ attached: inout Set<String>,
        _ missing: inout [AttachReport.Missing]
    ) throws -> UniqueArray<Attachment> {
        var attachments = UniqueArray<Attachment>()
        // What holds for all places is told once.
        var told: [Diagnostic] = []
        for index in 0..<loaded.count {
            let definition = loaded.definitions[index]
            guard let place = placed.first(where: { $0.program.name == definition.name }) else { continue }
            for target in place.targets {
                do throws(BPFError) {
                    let attachment = try Attaching.attach(
                        program: loaded.descriptor(ofProgram: index), to: target, options: AttachOptions())
                    for note in attachment.notes where !told.contains(note) {
                        reporter.report(note)
                        told.append(note)
                    }
                    attachments.append(attachment)
                    attached.insert(definition.name)
                } catch {
                    var error = error
                    error.diagnostic.program = definition.name
                    error.diagnostic.section = definition.section
                    guard place.isOptional && error.isTargetMissing else { throw error }
                    report(
                        LoadPlan.Omission(definition, because: error.explained().diagnostic), &missing, isLoaded: true)
                }
            }
        }
        return attachments
    }
}

/// The kernel's counting of runs, if it is asked for.
private struct Statistics: ~Copyable {
    private let counting: RunTimeStatistics?

    init(isOn: Bool) throws(BPFError) {
        if isOn { counting = try RunTimeStatistics() } else { counting = nil }
    }
}
