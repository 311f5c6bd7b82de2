// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics
internal import ToolSupport

/// The files that tell others what went through: `--stats-file` and `--metrics`.
struct AccountFiles: ~Copyable {
    private let json: AtomicFile?
    private let metrics: AtomicFile?
    private let reporter: Reporter
    private var last: Account?
    private var hasToldOfFailure = false

    /// Opens the folders of the files, before privilege is dropped.
    init(json: String?, metrics: String?, reporter: Reporter) throws(OutputFile.Failure) {
        let jsonFile = try Self.open(json)
        let metricsFile = try Self.open(metrics)
        self.json = jsonFile
        self.metrics = metricsFile
        self.reporter = reporter
    }

    /// Writes the files, if the account is another one than the last.
    ///
    /// A failure is told once, and the events go on.
    mutating func write(_ account: Account) {
        guard account != last else { return }
        last = account
        do throws(OutputFile.Failure) {
            try Self.write(Array((account.json.line + "\n").utf8), to: json)
            try Self.write(Array(Metrics(account).text.utf8), to: metrics)
        } catch {
            guard !hasToldOfFailure else { return }
            hasToldOfFailure = true
            var diagnostic = error.diagnostic
            diagnostic.severity = .warning
            diagnostic.nextStep = "the daemon continues; with --user the directory must belong to that user"
            reporter.report(diagnostic)
        }
    }

    private static func open(_ path: String?) throws(OutputFile.Failure) -> AtomicFile? {
        guard let path else { return nil }
        return try AtomicFile(path: path)
    }

    private static func write(_ bytes: [UInt8], to file: borrowing AtomicFile?) throws(OutputFile.Failure) {
        switch file {
        case .some(let file): try file.write(bytes)
        case nil: return
        }
    }
}
