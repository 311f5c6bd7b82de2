// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// The tools as they were built together with the tests.
enum Tools {
    static let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()

    static func run(
        _ name: String, _ arguments: [String], stdin: [UInt8] = [], timeout: Double = patience
    ) throws -> ProcessOutcome {
        let outcome = try runProcess(folder.appending(path: name).path, arguments, stdin: stdin, timeout: timeout)
        if arguments.contains("--json") { try check(json: outcome, of: name, arguments) }
        return outcome
    }

    /// What `--json-schema` prints.
    static let schema = Result {
        try JSONSchemaCheck(runProcess(folder.appending(path: "load-kp-bpf").path, ["--json-schema"]).output)
    }

    /// Holds what a tool wrote to the schema that it prints.
    private static func check(json outcome: ProcessOutcome, of name: String, _ arguments: [String]) throws {
        // What a signal cut off may end in the middle of a line.
        guard outcome.status < 128 else { return }
        for fault in try schema.get().faults(in: outcome.output) + schema.get().faults(in: outcome.errors) {
            Issue.record("\(name) \(arguments): \(fault)")
        }
    }

    /// Runs a shell line in which `$T` is the folder of the tools.
    static func shell(_ line: String, timeout: Double = patience) throws -> ProcessOutcome {
        try runProcess("/bin/sh", ["-c", line], environment: ["T": folder.path], timeout: timeout)
    }

    /// Whether ``runAsNobody(_:_:)`` works: it takes root, and folders that others may look into.
    static let canDropPrivilege: Bool = {
        guard geteuid() == 0 else { return false }
        return (try? runAsNobody("load-kp-bpf", ["--version"]))?.status == 0
    }()

    /// Runs a tool as uid and gid 65534, without capabilities.
    static func runAsNobody(_ name: String, _ arguments: [String]) throws -> ProcessOutcome {
        let identity = ["--reuid", "65534", "--regid", "65534", "--clear-groups", "--inh-caps=-all", "--"]
        return try runProcess("setpriv", identity + [folder.appending(path: name).path] + arguments)
    }

    /// Starts a tool that goes on until it is told to end.
    ///
    /// - Parameters:
    ///   - name: A tool's name, or the path of another program.
    ///   - stdin: A pipe or a file handle; nothing by default.
    ///   - stdout: A pipe or a file handle; nobody listens by default.
    static func start(
        _ name: String, _ arguments: [String], stdin: Any? = nil, stdout: Any? = nil,
        environment: [String: String] = [:]
    ) throws -> RunningTool {
        let program = name.hasPrefix("/") ? URL(fileURLWithPath: name) : folder.appending(path: name)
        return try RunningTool(program, arguments, stdin: stdin, stdout: stdout, environment: environment)
    }
}

/// A tool that runs, with its stderr in a file.
final class RunningTool {
    private let process = Process()
    private let ended = DispatchSemaphore(value: 0)
    private let errorFile: URL

    fileprivate init(
        _ program: URL, _ arguments: [String], stdin: Any?, stdout: Any?, environment: [String: String]
    ) throws {
        errorFile = FileManager.default.temporaryDirectory.appending(path: "stderr-\(UUID().uuidString)")
        try Data().write(to: errorFile)
        process.executableURL = program
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = stdin ?? FileHandle.nullDevice
        process.standardOutput = stdout ?? FileHandle.nullDevice
        process.standardError = try FileHandle(forWritingTo: errorFile)
        process.terminationHandler = { [ended] _ in ended.signal() }
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: errorFile)
    }

    var pid: pid_t { process.processIdentifier }

    var isRunning: Bool { process.isRunning }

    var errors: String { (try? String(contentsOf: errorFile, encoding: .utf8)) ?? "" }

    /// Waits until the tool has said something, or has ended.
    func wait(for text: String) -> Bool {
        eventually { self.errors.contains(text) || !self.process.isRunning } && errors.contains(text)
    }

    /// Sends a signal; returns from SIGSTOP when the tool has stopped.
    func send(_ signal: Int32) {
        kill(pid, signal)
        if signal == SIGSTOP { #expect(ProcessState.waitUntilStopped(pid)) }
    }

    /// Waits until the tool has started, has done all that there is to do, and sleeps.
    func waitUntilIdle() -> Bool { ProcessState.waitUntilIdle(pid) && isRunning }

    /// Has something happen of which the tool learns only when all of it has happened.
    func stopped(_ body: () throws -> Void) rethrows {
        send(SIGSTOP)
        defer { send(SIGCONT) }
        try body()
    }

    /// Waits for the end.
    ///
    /// - Returns: The exit code, or 128 and the signal; nil if it had to be killed.
    func finish() -> Int32? {
        guard ended.wait(timeout: .now() + patience) == .success else {
            kill(pid, SIGKILL)
            return nil
        }
        return process.terminationStatus + (process.terminationReason == .uncaughtSignal ? 128 : 0)
    }

    /// Sends a signal and waits for the end.
    func end(_ signal: Int32 = SIGTERM) -> Int32? {
        send(signal)
        return finish()
    }
}

/// The bytes of a number in the machine's order.
func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number) { Array($0) }
}

/// A frame of the original daemon's stream.
func frame(_ bytes: [UInt8]) -> [UInt8] { CommandTests.bytes(UInt32(bytes.count)) + bytes }

/// The original's event in a frame, with the kernel's 4 bytes of padding.
func eventFrame(_ idx: Int16 = 1, cmd: Int16 = 2, cpu: UInt32 = 3, time: UInt64 = 4, padding: Int = 4) -> [UInt8] {
    frame(bytes(idx) + bytes(cmd) + bytes(cpu) + bytes(time) + [UInt8](repeating: 0xee, count: padding))
}

extension Pipe {
    /// Closes the reading end, and waits until nobody has it: a process that another test starts may hold it until it
    /// has become its program.
    ///
    /// - Parameter writing: The number of a writing end.
    func leaveWithoutReader(writing: Int32) throws {
        try fileHandleForReading.close()
        #expect(
            eventually {
                var entry = pollfd(fd: writing, events: 0, revents: 0)
                return poll(&entry, 1, 0) == 1 && entry.revents & Int16(POLLERR) != 0
            })
    }
}
