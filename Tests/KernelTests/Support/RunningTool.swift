// SPDX-License-Identifier: Apache-2.0

import Foundation
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
    let process = Process()
    private let folder: URL
    private var outcome: Outcome?

    /// Starts a tool of the package, or any program if the name is a path.
    ///
    /// - Parameters:
    ///   - name: `load-kp-bpf`, or `/usr/bin/bpftool`.
    ///   - stdin: What it reads; nothing by default.
    ///   - stdout: Where its output goes instead of a file, for pipelines.
    init(
        _ name: String, _ arguments: [String], stdin: Any? = nil, stdout: Any? = nil,
        environment: [String: String] = [:]
    ) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "tool-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for name in ["stdout", "stderr"] {
            try Data().write(to: folder.appending(path: name))
        }
        process.executableURL = URL(fileURLWithPath: name.hasPrefix("/") ? name : "\(Lab.tools)/\(name)")
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = stdin ?? FileHandle.nullDevice
        process.standardOutput = try stdout ?? FileHandle(forWritingTo: folder.appending(path: "stdout"))
        process.standardError = try FileHandle(forWritingTo: folder.appending(path: "stderr"))
        try process.run()
    }

    deinit {
        if process.isRunning {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        try? FileManager.default.removeItem(at: folder)
    }

    var stdout: String { text("stdout") }
    var stderr: String { text("stderr") }

    /// Waits until the text is in the output or the process has ended.
    @discardableResult
    func wait(for text: String, seconds: Double = 20) -> Bool {
        eventually(seconds: seconds) {
            self.stdout.contains(text) || self.stderr.contains(text) || !self.process.isRunning
        } && (stdout.contains(text) || stderr.contains(text))
    }

    func send(_ signal: Int32) {
        kill(process.processIdentifier, signal)
    }

    /// Waits for the end; a process that does not end in time is killed and fails the test.
    @discardableResult
    func finish(seconds: Double = 30) -> Outcome {
        if let outcome { return outcome }
        if !eventually(seconds: seconds, { !self.process.isRunning }) {
            Issue.record("\(process.executableURL?.lastPathComponent ?? "") did not end\n\(stdout)\n\(stderr)")
            kill(process.processIdentifier, SIGKILL)
        }
        process.waitUntilExit()
        let status = process.terminationStatus + (process.terminationReason == .uncaughtSignal ? 128 : 0)
        let outcome = Outcome(status: status, stdout: stdout, stderr: stderr)
        self.outcome = outcome
        return outcome
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
    _ name: String, _ arguments: String..., environment: [String: String] = [:], seconds: Double = 60
) throws -> Outcome {
    try RunningTool(name, arguments, environment: environment).finish(seconds: seconds)
}

/// Runs a shell line as root, for what the tests set up; it must succeed.
@discardableResult
func shell(_ line: String) throws -> String {
    let outcome = try RunningTool("/bin/sh", ["-c", line]).finish()
    try #require(outcome.status == 0, "\(line): \(outcome)")
    return outcome.stdout
}

/// Asks again and again until the condition holds or the time is over.
func eventually(seconds: Double = 10, _ condition: () -> Bool) -> Bool {
    let deadline = Date().addingTimeInterval(seconds)
    while Date() < deadline {
        if condition() { return true }
        usleep(20_000)
    }
    return condition()
}
