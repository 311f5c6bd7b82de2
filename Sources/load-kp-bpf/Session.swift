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
        let target = try options.loadOnly ? nil : options.function.map(target)
        let object = try Object(
            parsing: try InputFile.read(options.object), name: options.object, mapLayout: options.mapLayout)
        let programs = try object.programs(inSection: options.section)
        let plan = try LoadPlan(object: object, programs: programs, kernel: RunningKernel())
        (object.warnings + plan.warnings).forEach(reporter.report)
        if options.verbose { reporter.show(plan.description, event: "plan") }

        let probe = try target.map { try ProbeResolver.resolve($0) }
        probe?.notes.forEach(reporter.report)
        if probe != nil { StaleProbes.reap().forEach(reporter.report) }

        var loaderOptions = Loader.Options(kernelVersion: KernelVersion.running())
        loaderOptions.mountPoint = options.bpffs
        var loaded = try Loader(plan, of: object, options: loaderOptions).load()
        loaded.notes.forEach(reporter.report)
        if let probe {
            try run(&loaded, at: probe, signals)
        } else {
            loaded.keepPins()
            try reportLoaded(loaded)
        }
    }

    private func target(_ text: String) throws -> ProbeTarget {
        try ProbeTarget(parsing: text, isReturn: options.atReturn, maxActive: options.maxactive)
    }

    private func run(
        _ loaded: inout LoadedObject, at probe: ResolvedProbe, _ signals: borrowing SignalSource
    ) throws {
        let statistics = try Statistics(isOn: options.stats)
        let pidFile = try PIDFile(path: options.pidFile)
        let attachment = try KprobeAttachment.attach(program: loaded.descriptor(ofProgram: 0), to: probe)
        attachment.notes.forEach(reporter.report)
        // From here on the pins are wanted: everything that needed them is in place.
        loaded.keepPins()

        reporter.status("Running.", event: "running", try facts(loaded) + facts(attachment))
        ServiceManager.notify(.ready)
        _ = signals.wait(milliseconds: options.duration?.milliseconds)
        ServiceManager.notify(.stopping)
        reporter.status("Terminate.", event: "terminate")
        let missed = attachment.missed()
        try attachment.detach()
        if options.stats { try reportStatistics(try loaded.info(ofProgram: 0), missed: missed) }
        extendLifetime(statistics)
        extendLifetime(pidFile)
    }
}

/// The kernel's counting of runs, if it is asked for.
private struct Statistics: ~Copyable {
    private let counting: RunTimeStatistics?

    init(isOn: Bool) throws(BPFError) {
        if isOn { counting = try RunTimeStatistics() } else { counting = nil }
    }
}
