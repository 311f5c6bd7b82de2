// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import BTF
import Foundation
import TestSupport
import Testing

/// Whether probes can be compiled here, as the loader looks for a toolchain.
enum SwiftToolchain {
    static let isHere: Bool = {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let folders =
            path.split(separator: ":").map(String.init) + ["/usr/bin", "/usr/local/bin", "/usr/libexec/swift/bin"]
        return folders.contains { FileManager.default.isExecutableFile(atPath: $0 + "/swiftc") }
    }()
}

/// Probes in Swift as a user has them compiled: what BPF cannot have is refused with the line and the reason.
@Suite("Probes in Swift", .enabled(if: SwiftToolchain.isHere, "there is no Swift toolchain here"))
struct SwiftProbeTests {
    private static let root = fixtures.deletingLastPathComponent().deletingLastPathComponent()
    private static let folder = fixtures.appending(path: "swift")

    /// A program that is refused: its first line says where and in which words.
    struct Refusal: CustomTestStringConvertible, Sendable {
        let name: String
        let line: Int
        let words: String

        var testDescription: String { name }

        init?(_ name: String) {
            guard let text = try? String(contentsOf: folder.appending(path: name), encoding: .utf8),
                let first = text.split(separator: "\n").first, first.hasPrefix("// error: ")
            else { return nil }
            let parts = first.dropFirst("// error: ".count).split(separator: ":", maxSplits: 1)
            guard parts.count == 2, let line = Int(parts[0]) else { return nil }
            self.name = name
            self.line = line
            words = parts[1].trimmingCharacters(in: .whitespaces)
        }
    }

    static let refusals: [Refusal] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasPrefix("no_") }.sorted().compactMap(Refusal.init)
    }()

    @Test("there are programs that cannot be BPF") func refusalsAreThere() { #expect(Self.refusals.count >= 25) }

    @Test("what BPF cannot have is refused with its line and reason", arguments: refusals)
    func refusal(_ refusal: Refusal) throws {
        let file = Self.folder.appending(path: refusal.name).path
        let end = try Tools.run("load-kp-bpf", ["--compile", file, "-o", "/dev/null", "--json"])
        #expect(end.status == 65, "\(end)")
        let isTold = end.errors.split(separator: "\n").contains { text in
            text.contains("\"line\":\(refusal.line),") && text.contains(refusal.words)
        }
        #expect(isTold, "\(refusal.line): \(refusal.words)\n\(end.errors)")
    }

    @Test("an object of a probe is one for --check, and the same bytes from the cache")
    func compiled() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "probe-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = Self.root.appending(path: "Examples/SwiftProbes/Minimal.swift").path
        var objects: [Data] = []
        for name in ["first.o", "second.o"] {
            let object = folder.appending(path: name)
            let end = try Tools.run("load-kp-bpf", ["--compile", file, "-o", object.path])
            #expect(end.status == 0, "\(end.errors)")
            objects.append(try Data(contentsOf: object))
        }
        #expect(objects[0] == objects[1] && objects[0].starts(with: [0x7f] + Array("ELF".utf8)))
        let shell = try Tools.run("load-kp-bpf", ["--emit-c", file])
        #expect(shell.status == 0)
        let text = shell.output
        #expect(text.contains("SEC(\"tp/syscalls/sys_enter_write\") int handle_write(void *context)"), "\(text)")
    }

    @Test(
        "a type of a C header is the same in the probe, by the directory that is named, and follows the header's changes"
    )
    func headers() throws {
        try withTemporaryFolder { folder in
            let headers = folder.appending(path: "shared")
            try FileManager.default.createDirectory(at: headers, withIntermediateDirectories: true)
            try Data("module Shared { header \"shared.h\" }\n".utf8).write(
                to: headers.appending(path: "module.modulemap"))
            let probe = folder.appending(path: "Probe.swift")
            try Data(
                """
                import BPFKit
                import Shared

                var opened = RingBuffer<opened_file>(bytes: 4096)

                @section("kprobe/do_sys_openat2") func opens(_ context: KprobeContext) {
                    guard let room = opened.reserve() else { return }
                    room.event.tgid = currentProcess
                    room.event.kind = Int32(OPENED_BY_CALL)
                    room.submit()
                }
                """.utf8
            ).write(to: probe)
            let object = folder.appending(path: "probe.o").path
            for extra in ["", " unsigned long long later;"] {
                try Data(
                    """
                    struct opened_file { int tgid; int kind; char comm[16];\(extra) };
                    #define OPENED_BY_CALL 3
                    """.utf8
                ).write(to: headers.appending(path: "shared.h"))
                let end = try Tools.run(
                    "load-kp-bpf", ["--compile", probe.path, "-o", object, "--include", headers.path])
                try #require(end.status == 0, "\(end.errors)")
                let read = try Object(contentsOf: object)
                let types = try #require(read.typeInfo.types)
                let id = try #require(BTFNameIndex(types).id(named: "opened_file", kind: .structure))
                #expect(types.size(of: id) == (extra.isEmpty ? 24 : 32))
                #expect(
                    types[id].map { types.members(of: $0).map { types.string($0.nameOffset) } }?.prefix(3) == [
                        "tgid", "kind", "comm",
                    ])
            }
            let without = try Tools.run("load-kp-bpf", ["--compile", probe.path, "-o", object])
            #expect(without.status != 0 && without.errors.contains("Shared"), "\(without.errors)")
        }
    }

    @Test(
        "a header may include stdint.h, name a type by typedef, and have one of alignment 4 that Swift has within another"
    )
    func headersOfNumbers() throws {
        try withTemporaryFolder { folder in
            try Data("module Shared { header \"shared.h\" }\n".utf8).write(
                to: folder.appending(path: "module.modulemap"))
            try Data(
                """
                #include <stdint.h>
                typedef struct { uint32_t number; uint8_t kind; } renamed_event;
                struct small_event { uint32_t number; uint16_t kind; };
                """.utf8
            ).write(to: folder.appending(path: "shared.h"))
            let probe = folder.appending(path: "Probe.swift")
            try Data(
                """
                import BPFKit
                import Shared

                struct Both {
                    var tgid: Int32
                    var small: small_event
                }
                let renamed = RingBuffer<renamed_event>(bytes: 4096)
                let both = RingBuffer<Both>(bytes: 4096)

                @section("kprobe/do_sys_openat2") func opens() {
                    renamed.emit(renamed_event(number: 1, kind: 2))
                    both.emit(Both(tgid: currentProcess, small: small_event(number: 3, kind: 4)))
                }
                """.utf8
            ).write(to: probe)
            let object = folder.appending(path: "probe.o").path
            let end = try Tools.run("load-kp-bpf", ["--compile", probe.path, "-o", object, "--include", folder.path])
            try #require(end.status == 0, "\(end.errors)")
            let types = try #require(try Object(contentsOf: object).typeInfo.types)
            let id = try #require(BTFNameIndex(types).id(named: "Both", kind: .structure))
            #expect(types.size(of: id) == 12)
        }
    }

    @Test("a first value that the compiler loses is told, and one that is zero anyway is not")
    func lostValue() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "lost.swift")
            let text = """
                import BPFKit
                let zeros = Setting(InlineArray<2, UInt32>(repeating: 0))
                let lost = Global(InlineArray<2, UInt32>(repeating: 6))
                let kept = Global(UInt32(6))
                @section("socket") func run(_ context: SocketContext) -> UInt32 { zeros.value[0] + lost.value[1] + kept.value }

                """
            try Data(text.utf8).write(to: file)
            let end = try Tools.run("load-kp-bpf", ["--compile", file.path, "-o", folder.appending(path: "a.o").path])
            #expect(end.status == 0 && end.errors.contains("the first value of lost is zero"), "\(end)")
            #expect(end.errors.contains("lost.swift:3"), "\(end)")
            #expect(!end.errors.contains("value of zeros") && !end.errors.contains("value of kept"), "\(end)")
        }
    }

    @Test("the sources of BPFKit in the tool are those of the module")
    func kitSources() throws {
        let made = try runProcess(Self.root.appending(path: "Scripts/kit-sources").path, [])
        try #require(made.status == 0, "\(made.errors)")
        let file = Self.root.appending(path: "Sources/ProbeCompiler/Kit/KitSources.swift")
        #expect(
            try String(contentsOf: file, encoding: .utf8) == made.output,
            "run Scripts/kit-sources > Sources/ProbeCompiler/Kit/KitSources.swift")
    }

    @Test(
        "command lines of probes that go wrong are told",
        arguments: [
            (["--compile"], "FILE"), (["--compile", "A.swift"], "-o"), (["--emit-c", "a.o"], ".swift"),
            (["--compile", "A.swift", "-o", "a.o", "--stats"], "--compile"),
            (["--compile", "--emit-c", "A.swift"], "--emit-c"), (["a.o", "--checked"], "--checked"),
            (["--kernel-types"], "STRUCTURE"), (["a.o", "-o", "b.o"], "--output"),
        ])
    func mistakes(arguments: [String], words: String) throws {
        let end = try Tools.run("load-kp-bpf", arguments)
        #expect(end.status == 64 && end.errors.contains(words), "\(end)")
    }

    @Test("a toolchain that is not there, or that others can write to, is not run")
    func toolchains() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "toolchain-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = Self.root.appending(path: "Examples/SwiftProbes/Minimal.swift").path
        let missing = try Tools.run("load-kp-bpf", ["--compile", file, "-o", "/dev/null", "--toolchain", folder.path])
        #expect(missing.status == 66 && missing.errors.contains("6.3.1"), "\(missing)")
        for name in ["swiftc", "clang"] {
            let program = folder.appending(path: name)
            try Data("#!/bin/sh\nexit 1\n".utf8).write(to: program)
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: program.path)
        }
        let open = try Tools.run("load-kp-bpf", ["--compile", file, "-o", "/dev/null", "--toolchain", folder.path])
        #expect(open.status == 77 && open.errors.contains("others may write"), "\(open)")
    }
}
