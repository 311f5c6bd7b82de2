// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import Diagnostics
import ToolSupport

/// What a run of the loader tells of itself.
extension Session {
    /// The object's facts for the JSON form of `Running.` and `Loaded.`.
    ///
    /// The first program's own members stand beside the list of all: objects of one program are the usual ones.
    func facts(
        _ loaded: borrowing BPFCollection, _ infos: [Program.Info], _ pins: [String], _ types: TypesForReaders
    ) -> [(String, JSONValue)] {
        var programs: [JSONValue] = []
        var first: [(String, JSONValue)] = []
        for (index, info) in infos.enumerated() {
            let definition = loaded.programs.definitions[index]
            if index == 0 {
                first = [("program_id", .integer(Int64(info.id))), ("tag", .string(info.tag))]
            }
            programs.append(
                .object([
                    ("name", .string(definition.name)), ("section", .string(definition.section)),
                    ("id", .integer(Int64(info.id))), ("tag", .string(info.tag)),
                    ("rewritten_loads", .integer(Int64(definition.rewriting?.loads ?? 0))),
                    ("pin", pins.indices.contains(index) ? .string(pins[index]) : .null),
                    ("translated_bytes", .integer(Int64(info.translatedSize))),
                    ("jited_bytes", .integer(Int64(info.jitedSize))),
                ]))
        }
        let maps = loaded.maps.reports.map { $0.json(events: types.json(ofMap: loaded.object.maps[$0.index].name)) }
        return [("object", .string(options.object))] + first + [("programs", .array(programs)), ("maps", .array(maps))]
    }

    /// The facts of all places for the JSON form of `Running.`; those of the first stand beside the list as well.
    func facts(of attachments: [[(String, JSONValue)]]) -> [(String, JSONValue)] {
        (attachments.first ?? []) + [("attachments", .array(attachments.map { .object($0) }))]
    }

    /// The programs that are attached nowhere, or not everywhere, with the reason.
    func facts(missing programs: [AttachReport.Missing]) -> JSONValue {
        .array(
            programs.map {
                .object([
                    ("name", .string($0.program.name)), ("section", .string($0.program.section)),
                    ("loaded", .bool($0.isLoaded)), ("reason", .string($0.reason)),
                ])
            })
    }

    /// One place where a program is.
    func facts(_ link: borrowing Link) -> [(String, JSONValue)] {
        var facts: [(String, JSONValue)] = []
        if let probe = link.target?.probe {
            facts = [("function", .string("\(probe)")), ("at_return", .bool(probe.isReturn))]
        }
        if let functions = link.target?.functions, !functions.isEmpty {
            facts += [
                ("functions", .integer(Int64(functions.count))),
                ("function_names", .array(functions.map { .string($0) })),
            ]
        }
        if let user = link.target?.userPlaces {
            let places = user.places.map { place in
                JSONValue.object([
                    ("offset", .unsigned(place.offset)), ("name", place.name.map { .string($0) } ?? .null),
                ])
            }
            facts += [("file", .string(user.file)), ("places", .array(places))]
        }
        return facts + [("target", .string(link.target?.description ?? "")), ("way", .string("\(link.way)"))]
    }

    /// Tells how many functions a link covers, and the names of some.
    func noteMany(_ link: borrowing Link) {
        guard let target = link.target, !target.functions.isEmpty else { return }
        let (count, first) = (target.functions.count, target.functions.prefix(Self.mostFunctions))
        reporter.report(
            Diagnostic(
                .functionsAttached, .note, stage: .attach,
                "\(target) is attached to \(count) function\(count == 1 ? "" : "s"): "
                    + first.joined(separator: ", ") + (first.count < count ? ", …" : ""),
                details: options.verbose && first.count < count ? target.functions : []))
    }

    /// What the programs are attached to.
    func targets(_ loaded: borrowing BPFCollection) -> [ResolvedTarget] {
        var targets: [ResolvedTarget] = []
        for index in 0..<loaded.links.count { if let target = loaded.links[index].target { targets.append(target) } }
        return targets
    }

    /// Tells of calls that the programs do not see; of functions that a pattern means and that take no program how many, or
    /// each.
    func tell(_ unseen: [AttachDoubts.Unseen]) {
        for found in unseen {
            var doubt = found.doubt
            if found.isOfMany, !options.verbose, doubt.details.count > Self.mostFunctions {
                doubt.details = Array(doubt.details.prefix(Self.mostFunctions))
                doubt.hint = "--verbose lists them all, with the reason"
            }
            reporter.report(doubt)
        }
    }

    /// Functions that a line names.
    private static let mostFunctions = 5

    /// Tells of maps that keep the kernel busy while it makes room for them.
    func noteHugeMaps(_ plan: LoadPlan) {
        for case .map(let step) in plan.steps {
            let isReserved = step.type.reservesEntries && step.flags & 1 == 0
            let (bytes, overflow) = UInt64(step.maxEntries).multipliedReportingOverflow(
                by: UInt64(step.keySize) + UInt64(step.valueSize))
            guard isReserved, overflow || bytes >= 1 << 30 else { continue }
            var note = Diagnostic(
                .mapLarge, .note, stage: .map,
                "map \(step.name.text) has \(step.maxEntries) entries, \(overflow ? UInt64.max >> 30 : bytes >> 30) GiB",
                cause: "the kernel makes room for all of them at once, which may take long",
                nextStep: "--map-size \(step.name.text)=N makes it smaller")
            note.map = step.name.text
            reporter.report(note)
        }
    }

    /// Tells what was loaded where nothing is attached.
    func reportLoaded(
        _ loaded: borrowing BPFCollection, _ pins: [String], _ types: TypesForReaders, _ missing: [AttachReport.Missing]
    ) throws {
        let infos = try infos(loaded)
        let facts = facts(loaded, infos, pins, types) + [("not_loaded", facts(missing: missing))]
        guard let info = infos.first, infos.count == 1 else {
            let lines = zip(loaded.programs.definitions, infos).map { "  \($0.name): \(Self.line($1))" }
            return reporter.status(
                (["Loaded \(infos.count) programs."] + lines).joined(separator: "\n"), event: "loaded", facts)
        }
        reporter.status(
            "Loaded. " + Self.line(info), event: "loaded",
            facts + [
                ("translated_bytes", .integer(Int64(info.translatedSize))),
                ("jited_bytes", .integer(Int64(info.jitedSize))),
            ])
    }

    /// What the kernel tells of each program.
    func infos(_ loaded: borrowing BPFCollection) throws -> [Program.Info] {
        var infos: [Program.Info] = []
        for index in 0..<loaded.programs.count { infos.append(try loaded.programs.info(at: index)) }
        return infos
    }

    private static func line(_ info: Program.Info) -> String {
        "program id \(info.id), tag \(info.tag), \(info.translatedSize) bytes translated, "
            + "\(info.jitedSize) bytes jited"
    }

    /// Shows the global variables as the programs left them.
    func reportGlobals(_ loaded: borrowing BPFCollection) throws {
        for index in loaded.object.maps.indices where loaded.object.maps[index].isData {
            guard let bytes = try loaded.value(ofMap: index) else { continue }
            let lines = loaded.object.globalsText(ofMap: index, bytes)
            guard !lines.isEmpty else { continue }
            reporter.status(
                lines.joined(separator: "\n"), event: "globals",
                [
                    ("map", .string(loaded.object.maps[index].name)),
                    ("variables", loaded.object.globalsJSON(ofMap: index, bytes)),
                ])
        }
    }

    /// Tells how often the programs ran, for how long, and how often they could not.
    ///
    /// - Parameter missed: Hits of the probes that the kernel did not turn into runs; nil where it does not tell.
    func reportStatistics(_ loaded: borrowing BPFCollection, missed: UInt64?) throws {
        for (index, info) in try infos(loaded).enumerated() {
            let average = info.runCount > 0 ? " (\(info.runTime / info.runCount) ns a run)" : ""
            // The misses of probes are not told apart by program.
            let isLast = index == loaded.programs.count - 1
            let misses = missed.map { ", \($0) missed probes" } ?? ", missed probes unknown on this kernel"
            let name = loaded.programs.count > 1 ? loaded.programs.definitions[index].name + ": " : ""
            reporter.status(
                "\(name)runs: \(info.runCount), time: \(info.runTime) ns\(average)\(isLast ? misses : ""), "
                    + "\(info.recursionMisses) missed by recursion",
                event: "statistics",
                [
                    ("program", .string(loaded.programs.definitions[index].name)),
                    ("runs", .unsigned(info.runCount)), ("run_time_ns", .unsigned(info.runTime)),
                    ("missed_probes", isLast ? missed.map { .unsigned($0) } ?? .null : .null),
                    ("recursion_misses", .unsigned(info.recursionMisses)),
                ])
        }
    }
}

extension MapReport {
    fileprivate func json(events: JSONValue) -> JSONValue {
        .object([
            ("name", .string(name)), ("id", .integer(Int64(id))), ("pin", pin.map { .string($0) } ?? .null),
            ("reused", .bool(isReused)), ("events", events),
        ])
    }
}
