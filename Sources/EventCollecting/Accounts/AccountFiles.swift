// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import Diagnostics
internal import ToolSupport

/// The files that tell others what went through: `--stats-file` and `--metrics`.
///
/// They are never waited for: what a disk that hangs does not take is counted, and told when it answers again.
struct AccountFiles: ~Copyable {
    private let writer: AccountWriter?
    /// The files, as messages name them.
    private let names: String
    private let reporter: Reporter
    private var last: Account?
    private var hasToldOfFailure = false
    private var hasToldOfStall = false

    /// Nanoseconds after which a disk is told as one that hangs.
    private static let patience: UInt64 = 2_000_000_000
    /// Milliseconds that it has for the last account.
    private static let patienceAtEnd = 1000

    /// Opens the folders of the files, before privilege is dropped.
    init(json: String?, metrics: String?, reporter: Reporter) throws(OutputFile.Failure) {
        let files = AtomicFiles(json: try Self.open(json), metrics: try Self.open(metrics))
        let names = [json, metrics].compactMap { $0 }
        self.init(names: names, reporter: reporter) { files.write($0) }
    }

    /// - Parameter store: Writes an account, however long it takes; what it returns is why that failed.
    init(names: [String], reporter: Reporter, store: @escaping @Sendable (Account) -> Diagnostic?) {
        writer = names.isEmpty ? nil : AccountWriter(store: store)
        self.names = names.joined(separator: " and ").terminalSafe
        self.reporter = reporter
    }

    /// Has the files written, if the account is another one than the last; tells what became of those before.
    ///
    /// A failure is told once, and the events go on.
    mutating func write(_ account: Account) {
        guard let writer else { return }
        tell(writer.takeProgress())
        guard account != last else { return }
        last = account
        writer.put(account)
    }

    /// Has the last account written, and waits a moment for it.
    mutating func end(_ account: Account) {
        guard let writer else { return }
        write(account)
        let isWritten = writer.finish(milliseconds: Self.patienceAtEnd)
        let progress = writer.takeProgress()
        guard isWritten else {
            return warn("the last account is not in \(names), nor \(progress.skipped) before it", Self.stall)
        }
        tell(progress)
    }

    private static let stall = "the disk does not answer"

    private mutating func tell(_ progress: AccountWriter.Progress) {
        if let began = progress.began, MonotonicClock.nanoseconds - began >= Self.patience {
            if !hasToldOfStall { warn("\(names): the account waits", Self.stall) }
            hasToldOfStall = true
        } else if progress.began == nil, hasToldOfStall {
            hasToldOfStall = false
            warn("\(names): \(progress.skipped) accounts were not written", "the disk did not answer, and does now")
        }
        guard var diagnostic = progress.failure, !hasToldOfFailure else { return }
        hasToldOfFailure = true
        diagnostic.severity = .warning
        diagnostic.hint = "the daemon continues; with --user the directory must belong to that user"
        reporter.report(diagnostic)
    }

    private func warn(_ message: String, _ cause: String) {
        reporter.report(
            Diagnostic(
                .accountFailed, .warning, stage: .run, message, cause: cause,
                nextStep: "the daemon drains on; look at the disk"))
    }

    private static func open(_ path: String?) throws(OutputFile.Failure) -> AtomicFile? {
        guard let path else { return nil }
        return try AtomicFile(path: path)
    }
}

/// The files themselves, which a thread that hangs in writing them keeps.
private final class AtomicFiles: Sendable {
    private let json: AtomicFile?
    private let metrics: AtomicFile?

    init(json: consuming AtomicFile?, metrics: consuming AtomicFile?) {
        self.json = json
        self.metrics = metrics
    }

    func write(_ account: Account) -> Diagnostic? {
        do throws(OutputFile.Failure) {
            try Self.write(Array((account.json.line + "\n").utf8), to: json)
            try Self.write(Array(Metrics(account).text.utf8), to: metrics)
            return nil
        } catch {
            return error.diagnostic
        }
    }

    private static func write(_ bytes: [UInt8], to file: borrowing AtomicFile?) throws(OutputFile.Failure) {
        switch file {
        case .some(let file): try file.write(bytes)
        case nil: return
        }
    }
}
