// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// A program that is compiled in a test, calls a chain of functions, writes the addresses of its stack and waits.
struct KnownStack {
    let process: Int32
    /// The innermost first.
    let addresses: [UInt64]

    /// Compiles a program, runs it, and gives its stack to the body while it waits.
    ///
    /// - Parameters:
    ///   - language: By what its source is compiled.
    ///   - source: It calls `walk`, a function of C without arguments.
    ///   - finish: What is done with the program before it runs.
    static func run<Result>(
        _ language: Language, _ source: String, _ arguments: [String] = [], finish: (URL) throws -> Void = { _ in },
        _ body: (KnownStack) throws -> Result
    ) throws -> Result {
        try withTemporaryFolder { folder in
            let program = try compile(language, source, arguments, in: folder)
            try finish(program)
            let (input, output) = (Pipe(), Pipe())
            let process = try spawn(
                program.path, [],
                descriptors: (
                    input.fileHandleForReading.fileDescriptor, output.fileHandleForWriting.fileDescriptor, 2
                ),
                environment: ProcessInfo.processInfo.environment)
            defer {
                kill(process, SIGKILL)
                _ = reap(process, wait: true)
            }
            try output.fileHandleForWriting.close()
            var text = Data()
            while !text.contains(UInt8(ascii: "\n")) {
                let more = output.fileHandleForReading.availableData
                try #require(!more.isEmpty, "it ended")
                text += more
            }
            let words = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isWhitespace)
            return try body(KnownStack(process: process, addresses: words.compactMap { UInt64($0, radix: 16) }))
        }
    }

    /// A compiler that may be there.
    enum Language: String, CaseIterable, CustomTestStringConvertible {
        case c = "gcc"
        case cxx = "g++"
        case rust = "rustc"
        case swift = "swiftc"

        var testDescription: String { rawValue }

        var isThere: Bool { (try? runProcess(rawValue, ["--version"]))?.status == 0 }
    }

    /// Compiles a program together with `walk`.
    static func compile(
        _ language: Language, _ source: String, _ arguments: [String], in folder: URL
    ) throws -> URL {
        func path(_ name: String) -> String { folder.appending(path: name).path }
        try Data(walk.utf8).write(to: folder.appending(path: "walk.c"))
        let program = folder.appending(path: "program")
        let sourceName =
            switch language {
            case .c: "main.c"
            case .cxx: "main.cpp"
            case .rust: "main.rs"
            case .swift: "main.swift"
            }
        try Data(source.utf8).write(to: folder.appending(path: sourceName))
        func run(_ command: [String]) throws {
            let outcome = try runProcess(command[0], Array(command.dropFirst()))
            try #require(outcome.status == 0, "\(command): \(outcome.errors)")
        }
        try run(["gcc", "-O0", "-fno-omit-frame-pointer", "-c", path("walk.c"), "-o", path("walk.o")])
        switch language {
        case .c, .cxx:
            try run(
                [language.rawValue, "-fno-omit-frame-pointer", "-fno-optimize-sibling-calls", path(sourceName)]
                    + arguments + [path("walk.o"), "-o", program.path])
        case .rust:
            try run(
                ["rustc", "-C", "force-frame-pointers=yes", "-C", "link-arg=" + path("walk.o")] + arguments
                    + [path(sourceName), "-o", program.path])
        case .swift:
            try run(["swiftc"] + arguments + [path(sourceName), path("walk.o"), "-o", program.path])
        }
        return program
    }

    /// Follows the pointers of frames as the kernel does.
    private static let walk = """
        #include <stdint.h>
        #include <stdio.h>
        #include <unistd.h>
        void walk(void)
        {
            uintptr_t *frame = __builtin_frame_address(0);
            printf("%lx", (unsigned long)(uintptr_t)walk);
            for (int i = 0; i < 32; i++) {
                uintptr_t *next = (uintptr_t *)frame[0];
                printf(" %lx", (unsigned long)frame[1]);
                if (next <= frame || (uintptr_t)next - (uintptr_t)frame > 1 << 16)
                    break;
                frame = next;
            }
            printf("\\n");
            fflush(stdout);
            for (;;)
                pause();
        }
        """
}
