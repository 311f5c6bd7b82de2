// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import Diagnostics
internal import EventStream
internal import Glibc
internal import ToolSupport

/// The files that dumps go into: the newest has the name of the output, and those before it `OUT.1`, `OUT.2` and so on.
struct DumpFiles {
    /// What the user calls it: a path, or `stdout`.
    let name: String
    /// Nil for stdout.
    private let place: OutputPath?
    private let keep: Int?
    private var archive: RotationPlan.Archive
    private let reporter: Reporter

    /// Finds the folder of the output; nothing is made yet.
    ///
    /// - Parameters:
    ///   - path: A path, or `-` for stdout.
    ///   - keep: How many older files stay; nil keeps all.
    init(_ path: String, keep: Int?, reporter: Reporter) throws(StreamFile.Refusal) {
        place = path == "-" ? nil : try StreamFile.place(of: path)
        name = place?.path ?? "stdout"
        self.keep = keep
        self.reporter = reporter
        archive = RotationPlan.Archive(place.map { RotatedName.archivedNumbers($0.path) } ?? [])
        guard let kind = place?.kind, kind != S_IFREG else { return }
        throw .refused(
            Diagnostic(
                .outputRefused, stage: .stream, "cannot write dumps to \(name)", cause: "it is no file on a disk",
                nextStep: "name a file that need not be there yet, or - for stdout"))
    }

    /// Begins the file of a dump.
    mutating func begin() throws(StreamFile.Refusal) -> EventOutput {
        try EventOutput(try open(), at: place, options: OutputOptions.File(), format: .capture, reporter: reporter)
    }

    private mutating func open() throws(StreamFile.Refusal) -> DataOutput {
        guard let place else { return try StreamFile.standardOutput() }
        do throws(OutputPath.Refusal) {
            let rotated = try place.rotate(current: place.identity, keep: keep, archive: &archive, mode: 0o644)
            if let refusal = rotated.refusal {
                reporter.report(
                    Diagnostic(
                        .outputNotLinked, .warning, stage: .stream, "cannot remove an old dump of \(name)",
                        cause: "\(refusal.name): \(refusal.errno?.described ?? "no file")"))
            }
            return DataOutput(rotated.release())
        } catch {
            throw .refused(
                Diagnostic(
                    .outputFailed, stage: .stream, "cannot begin a dump in \(name)",
                    cause: "\(error.name): \(error.errno?.described ?? "something else than a file has that name")"))
        }
    }
}
