// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// What a process left when it had ended.
public struct ProcessOutcome: Sendable {
    /// The exit code, or 128 and the signal.
    public let status: Int32
    /// Everything it wrote to its standard output.
    public let stdout: [UInt8]
    /// Everything it wrote to its standard error.
    public let stderr: [UInt8]

    /// The standard output as text.
    public var output: String { String(decoding: stdout, as: UTF8.self) }
    /// The standard error as text.
    public var errors: String { String(decoding: stderr, as: UTF8.self) }
}

/// Why a process of a test has no outcome.
public enum ProcessFailure: Error {
    /// There is no such program in `PATH`.
    case notFound(String)
    /// It could not be started.
    case notStarted(String, String)
    /// It did not end in time and was killed.
    case timeout(String, seconds: Double)
}

/// Runs a program to its end.
///
/// Input and output go through files, so nothing stalls however much is written.
///
/// - Parameters:
///   - program: A path, or a name to look for in `PATH`.
///   - stdin: What it reads.
///   - environment: Variables to set on top of the test's own.
///   - timeout: Seconds after which it is killed.
public func runProcess(
    _ program: String, _ arguments: [String], stdin: [UInt8] = [], environment: [String: String] = [:],
    currentDirectory: URL? = nil, timeout: Double = patience
) throws -> ProcessOutcome {
    guard let path = program.contains("/") ? program : findInPath(program) else {
        throw ProcessFailure.notFound(program)
    }
    return try withTemporaryFolder { folder in
        func file(_ name: String, _ content: [UInt8]) throws -> URL {
            let url = folder.appending(path: name)
            try Data(content).write(to: url)
            return url
        }
        let (input, output, errors) = (
            try file("stdin", stdin), try file("stdout", []), try file("stderr", [])
        )
        let streams = try (
            FileHandle(forReadingFrom: input), FileHandle(forWritingTo: output), FileHandle(forWritingTo: errors)
        )
        let pid = try spawn(
            path, arguments,
            descriptors: (streams.0.fileDescriptor, streams.1.fileDescriptor, streams.2.fileDescriptor),
            environment: ProcessInfo.processInfo.environment.merging(environment) { $1 },
            currentDirectory: currentDirectory?.path)
        let begin = ContinuousClock.now
        while true {
            if let status = reap(pid, wait: false) {
                return ProcessOutcome(
                    status: status, stdout: try [UInt8](Data(contentsOf: output)),
                    stderr: try [UInt8](Data(contentsOf: errors)))
            }
            guard begin.duration(to: .now) < .seconds(timeout) else {
                kill(pid, SIGKILL)
                _ = reap(pid, wait: true)
                throw ProcessFailure.timeout(program, seconds: timeout)
            }
            usleep(2000)
        }
    }
}

/// Gives a folder that is gone afterwards.
public func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "swift-bpf-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}

private func findInPath(_ name: String) -> String? {
    (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":").map { "\($0)/\(name)" }
        .first { FileManager.default.isExecutableFile(atPath: $0) }
}
