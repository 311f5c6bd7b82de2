// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import BTF
import Diagnostics
import EventCollecting
import EventPrinting
import EventStream
import EventTypes
import ToolSupport

/// A run that shows what the object has to say, or keeps it: the daemon's loop and the printer in one process.
extension Session {
    /// Attaches the programs and shows their answers until the end.
    ///
    /// - Parameter attach: Attaches the programs, once everything is ready for their first event.
    func answer(
        _ loaded: inout BPFCollection, _ selection: ProgramSelection, _ types: TypesForReaders,
        _ streams: ProgramStreams, _ signals: borrowing SignalSource, attach: (inout BPFCollection) throws -> Void
    ) throws -> ExitStatus {
        if let path = options.answers.capture, let file = options.answers.file {
            let output = try EventOutput(
                path, options: file.file, format: .capture, signals: signals, reporter: reporter)
            return try answer(
                &loaded, into: output, selection, types, streams, signals, begin: { output, _ in try output.begin() },
                attach: attach)
        }
        guard let printing else { return .success }
        let printer = try printing.live(settings: settings(of: loaded.object), stacks: stacks(of: loaded))
        return try answer(
            &loaded, into: PrintedStream(printer), selection, types, streams, signals,
            begin: { output, live in try output.check(live.preamble()) }, attach: attach)
    }

    private func answer<Output: TextTaking & ~Copyable>(
        _ loaded: inout BPFCollection, into output: consuming Output, _ selection: ProgramSelection,
        _ types: TypesForReaders, _ streams: ProgramStreams, _ signals: borrowing SignalSource,
        begin: (inout Output, borrowing LiveCollection<Output>) throws -> Void,
        attach: (inout BPFCollection) throws -> Void
    ) throws -> ExitStatus {
        var output = output
        let answers = options.answers
        let rings = loaded.maps.reports.filter { loaded.object.maps[$0.index].type.holdsEvents }
        var live = try LiveCollection<Output>(
            writer: "load-kp-bpf \(toolVersion)", host: answers.host?.facts ?? HostOptions.Host(),
            isKept: answers.capture != nil, namesMaps: rings.count > 1,
            settings: answers.capture == nil ? [] : settings(of: loaded.object), reporter: reporter)
        // Rings are there before the programs are attached, so that no event is refused.
        for report in rings where answers.takesEvents {
            let name = loaded.object.maps[report.index].name
            let counts = loaded.maps.reports.first { loaded.object.maps[$0.index].name == name + "_lost" }
            try live.open(
                try loaded.map(name), name: name, pin: report.pin, types.schemas(ofMap: name), lostCounts: counts?.id)
        }
        let shown = try read(loaded, into: &live)
        tellNothing(rings: answers.takesEvents ? rings.count : 0, shown, loaded.object, selection)
        try begin(&output, live)
        var work = try AnswerWork(
            self, streams, trace: wantsTrace(of: loaded.object), isEndless: !selection.onlyWritesData,
            takesStacks: loaded.object.takesStacks)
        try attach(&loaded)
        // Attaching takes its time, in which there is nothing to be read.
        live.startSnapshots(milliseconds: options.duration?.milliseconds)
        var end: LiveEnd<Output> = try live.run(
            into: output, signals: signals, milliseconds: options.duration?.milliseconds,
            sorted: answers.printing?.selection.sorted ?? false, waking: work.descriptor
        ) { phase, output, writer in
            work.turn(phase, &loaded, &output, &writer)
        }
        // The programs are off before the last of what they said is written, however long its reader takes.
        var rest = work.upkeep.streams
        try self.end(&loaded, &rest)
        let last = end.output.finish()
        if let failure = work.failure { throw failure }
        return last == .success ? end.status : last
    }

    /// The object's map of stacks, for events that have numbers of such; nil if it has none, or several, whose numbers
    /// nobody can tell apart.
    private func stacks(of loaded: borrowing BPFCollection) -> LiveStacks? {
        let object = loaded.object
        let reports = loaded.maps.reports.filter { object.maps[$0.index].type == .stackTrace }
        guard reports.count == 1, let map = try? StackMap(id: reports[0].id) else { return nil }
        // BPF_F_STACK_BUILD_ID
        return LiveStacks(byBuildIDs: object.maps[reports[0].index].flags & 1 << 5 != 0) { map.stack($0) }
    }

    /// Opens the maps whose elements are read.
    ///
    /// - Returns: How many there are.
    private func read<Output: TextTaking & ~Copyable>(
        _ loaded: borrowing BPFCollection, into live: inout LiveCollection<Output>
    ) throws -> Int {
        let answers = options.answers
        let times = answers.every.map { SnapshotTimes.every($0.nanoseconds) } ?? .atEnd
        var count = 0
        var leftOut: [String] = []
        var counters: [String] = []
        let object = loaded.object
        let marks = answers.takesMaps || answers.takesGlobals ? AnswerMarks(object) : nil
        // Stacks come first: numbers of them in other maps are shown by what is known by then.
        let reports =
            loaded.maps.reports.filter { object.maps[$0.index].type == .stackTrace }
            + loaded.maps.reports.filter { object.maps[$0.index].type != .stackTrace }
        for report in reports {
            let map = object.maps[report.index]
            if let ring = object.ring(whoseLossesAreIn: map) {
                if answers.takesMaps { counters.append("\(map.name): it counts what \(ring) has no room for") }
                continue
            }
            guard map.isAnswer, map.isData ? answers.takesGlobals : answers.takesMaps else { continue }
            if case .unreadable(let reason) = map.type.reading(valueSize: Int(map.valueSize)) {
                leftOut.append("\(map.name): \(reason.words)")
                continue
            }
            let isRead = try live.read(
                try loaded.map(map.name), name: map.name, areGlobals: map.isData, times,
                known: {
                    guard map.keyTypeID != 0 || map.valueTypeID != 0 else { return nil }
                    // Types that are damaged are as good as none: the sizes are known.
                    return try? EventSchema.element(
                        of: object.typeInfo.types, key: map.keyTypeID, value: map.valueTypeID,
                        keySize: Int(map.keySize),
                        valueSize: Int(map.valueSize), name: map.name)
                }, marks: { marks?.tags(ofMap: report.index, $0) ?? [] })
            if isRead { count += 1 }
        }
        if !leftOut.isEmpty {
            reporter.report(
                Diagnostic(
                    .mapNotListed, .note, stage: .map, "maps that cannot be read are left out", details: leftOut))
        }
        if !counters.isEmpty, options.verbose {
            reporter.report(
                Diagnostic(
                    .mapNotListed, .note, stage: .map, "maps that count losses are not shown", details: counters))
        }
        return count
    }

    /// The numbers that the object's variables have before its programs run: settings among them say what the values of
    /// histograms are.
    private func settings(of object: Object) -> [(name: String, value: Int128)] {
        var settings: [(name: String, value: Int128)] = []
        for (index, map) in object.maps.enumerated() where map.isData {
            guard let bytes = map.content?.bytes,
                case .object(let variables) = object.globalsJSON(ofMap: index, bytes)
            else { continue }
            for (name, value) in variables {
                switch value {
                case .bool(let isSet): settings.append((name: name, value: isSet ? 1 : 0))
                case .integer(let number): settings.append((name: name, value: Int128(number)))
                default: break
                }
            }
        }
        return settings
    }

    /// Tells of an object that has nothing of what is asked for.
    private func tellNothing(rings: Int, _ maps: Int, _ object: Object, _ selection: ProgramSelection) {
        let answers = options.answers
        guard rings == 0, maps == 0, !wantsTrace(of: object), !selection.writesData else { return }
        var asked: [String] = []
        if answers.takesEvents { asked.append("no map of events") }
        if answers.takesMaps { asked.append("no other map") }
        if answers.takesGlobals { asked.append("no global variable that changes") }
        reporter.report(
            Diagnostic(
                .nothingToShow, .warning, stage: .object, "the object has nothing to show",
                cause: "it has " + asked.joined(separator: ", "),
                nextStep: answers.takesAll ? nil : "--show prints all that an object has"))
    }

    /// Whether `bpf_printk` is shown: if that is asked for, or with all else where a program has it.
    private func wantsTrace(of object: Object) -> Bool {
        options.trace || options.answers.takesAll && object.printsToTrace
    }
}

extension MapDefinition {
    /// Whether its elements are an answer, and not what programs are made of: constants, other programs, structures of
    /// functions.
    fileprivate var isAnswer: Bool {
        guard !type.holdsEvents, structure == nil, type != .progArray else { return false }
        // What libbpf's usdt.bpf.h keeps the arguments of probes in, which the loader fills.
        guard !name.hasPrefix("__bpf_usdt_") else { return false }
        return content?.isReadOnly != true
    }
}

extension Object {
    /// The map of events whose losses a map counts, which readers of the events tell: `RING_lost`, a number of 8 bytes
    /// for each CPU.
    fileprivate func ring(whoseLossesAreIn map: MapDefinition) -> String? {
        let suffix = "_lost"
        guard map.name.hasSuffix(suffix), map.type == .perCPUArray, map.valueSize == 8 else {
            return nil
        }
        let name = String(map.name.dropLast(suffix.count))
        return maps.contains { $0.type.holdsEvents && $0.name == name } ? name : nil
    }
}
