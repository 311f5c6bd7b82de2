// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import Diagnostics
import ToolSupport

/// What a run of the loader tells of itself.
extension Session {
    /// The object's facts for the JSON form of `Running.`.
    func facts(_ loaded: borrowing LoadedObject) throws -> [(String, JSONValue)] {
        let program = try loaded.info(ofProgram: 0)
        return [
            ("object", .string(options.object)), ("program_id", .integer(Int64(program.id))),
            ("tag", .string(program.tag)),
            ("maps", .array(loaded.mapReports.map(\.json))),
        ]
    }

    /// The probe's facts for the JSON form of `Running.`.
    func facts(_ attachment: borrowing KprobeAttachment) -> [(String, JSONValue)] {
        [
            ("function", .string("\(attachment.probe)")), ("at_return", .bool(attachment.probe.isReturn)),
            ("way", .string("\(attachment.way)")),
        ]
    }

    /// Tells what was loaded where nothing is attached.
    func reportLoaded(_ loaded: borrowing LoadedObject) throws {
        let program = try loaded.info(ofProgram: 0)
        reporter.status(
            "Loaded. program id \(program.id), tag \(program.tag), \(program.translatedSize) bytes translated, "
                + "\(program.jitedSize) bytes jited", event: "loaded",
            try facts(loaded) + [
                ("translated_bytes", .integer(Int64(program.translatedSize))),
                ("jited_bytes", .integer(Int64(program.jitedSize))),
            ])
    }

    /// Tells how often the program ran, for how long, and how often it could not.
    ///
    /// - Parameter missed: Hits of the probe that the kernel did not turn into runs; nil where it does not tell.
    func reportStatistics(_ info: ProgramHandle.Info, missed: UInt64?) throws {
        let average = info.runCount > 0 ? " (\(info.runTime / info.runCount) ns a run)" : ""
        let misses = missed.map { ", \($0) missed probes" } ?? ", missed probes unknown on this kernel"
        reporter.status(
            "runs: \(info.runCount), time: \(info.runTime) ns\(average)\(misses), "
                + "\(info.recursionMisses) missed by recursion",
            event: "statistics",
            [
                ("runs", .unsigned(info.runCount)), ("run_time_ns", .unsigned(info.runTime)),
                ("missed_probes", missed.map { .unsigned($0) } ?? .null),
                ("recursion_misses", .unsigned(info.recursionMisses)),
            ])
    }
}

extension MapReport {
    fileprivate var json: JSONValue {
        .object([
            ("name", .string(name)), ("id", .integer(Int64(id))), ("pin", pin.map { .string($0) } ?? .null),
            ("reused", .bool(isReused)),
        ])
    }
}
