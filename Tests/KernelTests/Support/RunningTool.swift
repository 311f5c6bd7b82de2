// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// What a finished process left.
struct Outcome: CustomStringConvertible {
    /// The exit code, or 128 and the signal.
    let status: Int32
    let stdout: String
    let stderr: String

    var description: String { "status \(status)\n-- stdout\n\(stdout)\n-- stderr\n\(stderr)" }
}

/// A process of a test with its output in files, so that nothing stalls however much it writes.
final class RunningTool {
    let pid: pid_t
    private let name: String
    private let writesJSON: Bool
    private let folder: URL
    private var outcome: Outcome?

    /// Starts a tool of the package, or any program if the name is a path.
    ///
    /// - Parameters:
    ///   - name: `load-kp-bpf`, or `/usr/bin/bpftool`.
    ///   - stdin: A descriptor it reads from; nothing by default.
    ///   - stdout: A descriptor it writes to instead of a file, for pipelines.
    init(
        _ name: String, _ arguments: [String], stdin: Int32? = nil, stdout: Int32? = nil,
        environment: [String: String] = [:]
    ) throws {
        self.name = name
        writesJSON = !name.hasPrefix("/") && arguments.contains("--json")
        folder = FileManager.default.temporaryDirectory.appending(path: "tool-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let streams = try ["stdout", "stderr"].map { [folder] name in
            let url = folder.appending(path: name)
            try Data().write(to: url)
            return try FileHandle(forWritingTo: url)
        }
        let nothing = try FileHandle(forReadingFrom: Self.devNull)
        pid = try spawn(
            name.hasPrefix("/") ? name : "\(Lab.tools)/\(name)", arguments,
            descriptors: (
                stdin ?? nothing.fileDescriptor, stdout ?? streams[0].fileDescriptor, streams[1].fileDescriptor
            ),
            environment: ProcessInfo.processInfo.environment.merging(environment) { $1 })
    }

    private static let devNull = URL(fileURLWithPath: "/dev/null")

    deinit {
        if isRunning {
            kill(pid, SIGKILL)
            _ = reap(wait: true)
        }
        try? FileManager.default.removeItem(at: folder)
    }

    /// Whether it has not ended yet.
    var isRunning: Bool { outcome == nil && !reap(wait: false) }

    /// Takes the process's status if it has ended; true if it has.
    private func reap(wait: Bool) -> Bool {
        if outcome != nil { return true }
        guard let status = TestSupport.reap(pid, wait: wait) else { return false }
        let outcome = Outcome(status: status, stdout: stdout, stderr: stderr)
        self.outcome = outcome
        if writesJSON { checkJSON(outcome) }
        return true
    }

    /// What `--json-schema` prints.
    private static let schema = Result { try JSONSchemaCheck(run("load-kp-bpf", "--json-schema").stdout) }

    /// Holds what the tool wrote to the schema that it prints, unless a signal cut it off.
    private func checkJSON(_ outcome: Outcome) {
        guard outcome.status < 128 else { return }
        do {
            for fault in try Self.schema.get().faults(in: outcome.stdout + "\n" + outcome.stderr) {
                Issue.record("\(name): \(fault)")
            }
        } catch {
            Issue.record(error)
        }
    }

    var stdout: String { text("stdout") }
    var stderr: String { text("stderr") }

    /// Waits until the text is in the output or the process has ended.
    @discardableResult
    func wait(for text: String) -> Bool {
        eventually("\(name) says \(text)") {
            self.stdout.contains(text) || self.stderr.contains(text) || !self.isRunning
        } && (stdout.contains(text) || stderr.contains(text))
    }

    /// Sends a signal; returns from SIGSTOP when the process has stopped.
    func send(_ signal: Int32) {
        kill(pid, signal)
        if signal == SIGSTOP { #expect(ProcessState.waitUntilStopped(pid)) }
    }

    /// Waits for the end; a process that does not end in time is killed and fails the test.
    @discardableResult
    func finish() -> Outcome {
        if !eventually("\(name) ends", { !self.isRunning }) {
            Issue.record("\(name) did not end\n\(stdout)\n\(stderr)")
            kill(pid, SIGKILL)
            _ = reap(wait: true)
        }
        return outcome ?? Outcome(status: -1, stdout: stdout, stderr: stderr)
    }

    /// Sends a signal and waits for the end.
    @discardableResult
    func end(_ signal: Int32 = SIGINT) -> Outcome {
        send(signal)
        return finish()
    }

    private func text(_ name: String) -> String {
        let data = (try? Data(contentsOf: folder.appending(path: name))) ?? Data()
        return String(decoding: data, as: UTF8.self)
    }
}

/// Runs a tool to its end.
func run(
    _ name: String, _ arguments: String..., environment: [String: String] = [:]
) throws -> Outcome {
    try RunningTool(name, arguments, environment: environment).finish()
}

/// Runs a shell line as root, for what the tests set up; it must succeed.
@discardableResult
func shell(_ line: String) throws -> String {
    let outcome = try RunningTool("/bin/sh", ["-c", line]).finish()
    try #require(outcome.status == 0, "\(line): \(outcome)")
    return outcome.stdout
}
