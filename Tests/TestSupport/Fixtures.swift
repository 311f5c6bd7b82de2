// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// The folder of the C sources and byte fixtures of all tests.
public let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures")

/// The compiler said no.
public struct CompileFailure: Error, CustomStringConvertible {
    /// What it said.
    public let description: String

    /// Tells what it said.
    public init(description: String) { self.description = description }
}

/// Compiles a C source of `Tests/Fixtures` for BPF and gives the object's bytes.
///
/// The compiler is `CLANG` of the environment, else `clang` in `PATH`.
///
/// - Parameters:
///   - fixture: The file's name, such as `seed.c`.
///   - target: `bpf`, `bpfel` or `bpfeb`.
///   - arguments: Further ones, such as `-g` or `-DSIZE=28`.
public func compileBPF(_ fixture: String, target: String = "bpf", arguments: [String] = []) throws -> [UInt8] {
    try compile(fixtures.appending(path: fixture), ["-O2", "-Wall", "-target", target] + arguments)
}

/// Compiles a C source given as text for BPF and gives the object's bytes.
public func compileBPF(source: String, target: String = "bpf", arguments: [String] = []) throws -> [UInt8] {
    try withTemporaryFolder { folder in
        let file = folder.appending(path: "source.c")
        try Data(source.utf8).write(to: file)
        return try compile(file, ["-O2", "-I", fixtures.path, "-target", target] + arguments)
    }
}

private func compile(_ source: URL, _ arguments: [String]) throws -> [UInt8] {
    try withTemporaryFolder { folder in
        let object = folder.appending(path: "object.o")
        let clang = ProcessInfo.processInfo.environment["CLANG"] ?? "clang"
        let outcome = try runProcess(clang, arguments + ["-c", source.path, "-o", object.path])
        guard outcome.status == 0 else { throw CompileFailure(description: outcome.errors) }
        return try [UInt8](Data(contentsOf: object))
    }
}
