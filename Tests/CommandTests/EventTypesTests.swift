// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import EventStream
import EventTypes
import Foundation
import TestSupport
import Testing
import ToolSupport

/// How the types of events travel from the loader through `/run/swift-bpf` into a capture.
@Suite(.enabled(if: EventGenerator.isAvailable, "needs root and bpf(2)"), .serialized)
struct EventTypesTests {
    private let map = PinnedTestMap()
    private let store = SchemaStore()

    /// A program that sends the generator's event, with its type in the debug information.
    private static let source = """
        typedef unsigned int u32;
        typedef unsigned long long u64;
        struct sample { short idx; short cmd; u32 cpu; u64 time; } *kept __attribute__((unused));
        struct {
            int (*type)[4]; int (*key_size)[4]; int (*value_size)[4]; int (*max_entries)[\(MapSlots.count)];
        } samples __attribute__((section(".maps"), used));
        static long (*output)(void *, void *, u64, void *, u64) = (void *)25;
        __attribute__((section("kprobe/nothing"), used)) int send(void *context)
        {
            struct sample sample = {};
            output(context, &samples, 0xffffffff, &sample, sizeof(sample));
            return 0;
        }
        char _license[] __attribute__((section("license"), used)) = "GPL";
        """

    private enum MapSlots {
        static let count = ((try? CPUList.possible())?.last ?? 0) + 1
    }

    private func withObject(_ source: String = source, _ body: (String) throws -> Void) throws {
        try withTemporaryFolder { folder in
            let object = folder.appending(path: "prog.o")
            try Data(compileBPF(source: source, arguments: ["-g"])).write(to: object)
            try body(object.path)
        }
    }

    private func load(_ object: String, _ options: [String] = []) throws -> ProcessOutcome {
        try Tools.run("load-kp-bpf", ["--load-only", "--pin", "samples=" + map.path] + options + [object])
    }

    private func mapID() throws -> UInt32 { try Map(pinnedAt: map.path).info().id }

    private func file(of map: UInt32) -> String { "/run/swift-bpf/map-\(map).schema" }

    /// Runs a daemon that makes a capture, and gives what is in it.
    private func capture(
        _ options: [String] = [], _ body: (RunningTool, EventGenerator) throws -> Void = { _, _ in }
    ) throws -> (content: CaptureContent, errors: String) {
        try withTemporaryFolder { folder in
            let output = folder.appending(path: "capture")
            let daemon = try Tools.start("bpf-eventd", ["--format", "capture"] + options + [map.path, output.path])
            try #require(daemon.wait(for: "Running."), "\(daemon.errors)")
            try body(daemon, try EventGenerator(pinnedAt: map.path))
            #expect(daemon.end() == 0, "\(daemon.errors)")
            return (try CaptureContent(output), daemon.errors)
        }
    }

    private func clean() {
        if let id = try? mapID() { store.remove(map: id) }
        unlink(map.path)
    }

    @Test func `what the loader finds in the object is in the capture, and goes with the last user`() throws {
        defer { clean() }
        try withObject { object in
            let loaded = try load(object)
            #expect(loaded.status == 0, "\(loaded.errors)")
            #expect(loaded.errors.contains("events of samples are decoded as struct sample (16 bytes), "), "\(loaded)")
            #expect(!loaded.output.contains("sample"))
            let id = try mapID()
            #expect(FileManager.default.fileExists(atPath: file(of: id)), "the map is pinned")
            let (content, errors) = try capture(["--unpin"])
            #expect(errors.contains("decoded as struct sample (16 bytes)"), "\(errors)")
            let schema = try #require(content.schemas.first)
            #expect(schema.typeName == "struct sample" && schema.eventSize == 16 && schema.origin.contains("DWARF"))
            #expect(content.headers.first?.bootID == BootID.current)
            #expect(!FileManager.default.fileExists(atPath: file(of: id)), "the daemon was the last user")
        }
    }

    @Test func `a map without a pin leaves nothing behind`() throws {
        try withObject { object in
            let before = KernelFileNames.schemas()
            let loaded = try Tools.run("load-kp-bpf", ["--load-only", object])
            #expect(loaded.status == 0 && loaded.errors.contains("struct sample"), "\(loaded.errors)")
            #expect(KernelFileNames.schemas().subtracting(before).isEmpty)
        }
    }

    @Test func `--json tells the types of each map, and --quiet nothing`() throws {
        defer { clean() }
        try withObject { object in
            let told = try load(object, ["--json"])
            #expect(
                told.output.contains(
                    #""events":[{"type":"struct sample","size":16,"tag_field":null,"tag_value":null,"origin":"from"#),
                "\(told.output)")
            #expect(try load(object, ["--quiet"]).errors.isEmpty)
        }
    }

    @Test func `types that come while the daemon runs are in front of the events`() throws {
        defer { clean() }
        try withObject { object in
            let (content, errors) = try capture { daemon, generator in
                try generator.emit(1, cpu: 0)
                #expect(daemon.waitUntilIdle())
                let loaded = try load(object)
                #expect(loaded.status == 0, "\(loaded.errors)")
                try generator.emit(1, cpu: 0)
                #expect(daemon.wait(for: "decoded as struct sample"))
            }
            #expect(
                content.schemas.map(\.typeName).contains("struct sample") && content.records.count == 2, "\(errors)")
            #expect(errors.contains("decoded as struct sample"))
        }
    }

    @Test func `a program of unknown events on the same map takes the types away`() throws {
        defer { clean() }
        let untyped = Self.source.replacingOccurrences(of: "sizeof(sample)", with: "12")
        try withObject { object in
            #expect(try load(object).status == 0)
            let id = try mapID()
            try withObject(untyped) { other in
                let loaded = try load(other)
                #expect(loaded.status == 0 && !loaded.errors.contains("decoded as"), "\(loaded.errors)")
                #expect(!FileManager.default.fileExists(atPath: file(of: id)))
            }
        }
    }

    @Test func `a start that fails leaves no types behind`() throws {
        try withObject { object in
            let before = KernelFileNames.schemas()
            let outcome = try Tools.run("load-kp-bpf", ["--pin", "samples=" + map.path, "--program", "send", object])
            #expect(outcome.status != 0)
            #expect(KernelFileNames.schemas().subtracting(before).isEmpty)
            #expect(!FileManager.default.fileExists(atPath: map.path))
        }
    }

    @Test func `a damaged file and one of another user are warnings, and the capture goes on without`() throws {
        defer { clean() }
        try withObject { object in
            #expect(try load(object).status == 0)
            let path = file(of: try mapID())
            #expect(chown(path, 65534, 65534) == 0)
            var (content, errors) = try capture()
            #expect(content.schemas.isEmpty && errors.contains("warning: what \(path) says"), "\(errors)")
            #expect(errors.contains("belongs to uid 65534"))
            #expect(chown(path, 0, 0) == 0 && truncate(path, 100) == 0)
            (content, errors) = try capture()
            #expect(content.schemas.isEmpty && errors.contains("warning: what \(path) says"), "\(errors)")
        }
    }

    @Test func `what the command line says comes before what the loader left`() throws {
        defer { clean() }
        try withObject { object in
            #expect(try load(object).status == 0)
            let name = String(map.path.split(separator: "/").last ?? "")
            let layout = "struct given { u64 a; enum { ONE = 1 } b; }"
            for text in [layout, name + "=" + layout] {
                let schema = try #require(try capture(["--layout", text]).content.schemas.first)
                #expect(schema.typeName == "struct given" && schema.eventSize == 16)
                #expect(schema.origin == "from the layout that was given")
            }
            let schema = try #require(try capture(["--object", object, "--type", "sample"]).content.schemas.first)
            #expect(schema.typeName == "struct sample" && schema.origin.hasPrefix("told by --type"))
        }
    }

    @Test func `an object alone tells the types itself`() throws {
        defer { clean() }
        try withObject { object in
            let (content, errors) = try capture(["--object", object])
            #expect(content.schemas.map(\.typeName) == ["struct sample"], "\(errors)")
            try withObject(Self.source.replacingOccurrences(of: "sizeof(sample)", with: "12")) { other in
                let untyped = try capture(["--object", other])
                #expect(untyped.content.schemas.isEmpty)
                #expect(
                    untyped.errors.contains("note: the object does not say what the events of"), "\(untyped.errors)")
            }
        }
    }

    @Test func `a layout that cannot be read is refused before anything is made`() throws {
        let outcome = try Tools.run(
            "bpf-eventd", ["--format", "capture", "--layout", "struct { u23 a; }", map.path, "/dev/null"])
        #expect(outcome.status == 64 && outcome.errors.contains("line 1, column 10"), "\(outcome.errors)")
        #expect(outcome.errors.contains("did you mean u32?"))
        #expect(!FileManager.default.fileExists(atPath: map.path))
    }

    @Test func `frames stay as they were, whatever is known of the events`() throws {
        defer { clean() }
        try withObject { object in
            #expect(try load(object).status == 0)
            try withTemporaryFolder { folder in
                let output = folder.appending(path: "frames")
                let daemon = try Tools.start("bpf-eventd", [map.path, output.path])
                try #require(daemon.wait(for: "Running."), "\(daemon.errors)")
                try EventGenerator(pinnedAt: map.path).emit(3, cpu: 0)
                #expect(daemon.end() == 0 && !daemon.errors.contains("sample"), "\(daemon.errors)")
                #expect(eventTimes(try Data(contentsOf: output))?.count == 3)
            }
        }
    }
}

/// The files of types that are there.
private enum KernelFileNames {
    static func schemas() -> Set<String> {
        Set((try? FileManager.default.contentsOfDirectory(atPath: "/run/swift-bpf")) ?? [])
    }
}
