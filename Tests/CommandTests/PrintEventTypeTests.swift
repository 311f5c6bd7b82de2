// SPDX-License-Identifier: Apache-2.0

import EventStream
import Foundation
import TestSupport
import Testing

/// print-event as a process: where the types of events come from.
struct PrintEventTypeTests {
    /// A program that sends `struct sent` from its stack to `out`, and says nothing of it.
    private static let source = """
        typedef unsigned int u32; typedef unsigned long long u64;
        #define SEC(name) __attribute__((section(name), used))
        static long (*output)(void *, void *, u64, void *, u64) = (void *)25;
        struct { int (*type)[4]; int (*key_size)[4]; int (*value_size)[4]; int (*max_entries)[2]; } out SEC(".maps");
        struct sent { u32 pid; char comm[12]; u64 took; };
        enum kind { OPEN = 1, CLOSE };
        struct open { enum kind kind; u32 mode; }; struct close { enum kind kind; int result; };
        struct open *unused_open; struct close *unused_close;
        SEC("kprobe/f") int prog(void *ctx)
        {
            struct sent sent = { .pid = 1 };
            output(ctx, &out, 0xffffffffULL, &sent, sizeof(sent));
            return 0;
        }
        char text[] SEC("license") = "GPL";
        """

    private func withObject(_ body: (String) throws -> Void) throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "prog.o")
            try Data(compileBPF(source: Self.source, arguments: ["-g"])).write(to: file)
            try body(file.path)
        }
    }

    private func frame(_ event: [UInt8]) -> [UInt8] { bytes(UInt32(event.count)) + event }
    private func print(_ stream: [UInt8], _ arguments: String...) throws -> ProcessOutcome {
        try Tools.run("print-event", arguments, stdin: stream)
    }

    private var sent: [UInt8] { bytes(UInt32(7)) + Array("name\0\0\0\0\0\0\0\0".utf8) + bytes(UInt64(9)) }

    @Test func `an object alone tells what its program sends, and how that is known`() throws {
        try withObject { object in
            let outcome = try print(frame(sent + [0, 0, 0, 0]), "--object", object)
            #expect(outcome.output == #"pid: 7, comm: "name", took: 9"# + "\n", "\(outcome)")
            #expect(
                outcome.status == 0 && outcome.errors.contains("events of out are decoded as struct sent (24 bytes)"))
            #expect(try print(frame(sent), "--object", object, "--quiet").errors.isEmpty)
        }
    }

    @Test func `of an event whose head is sent that is shown, asked for and summed up, and the rest is not there`()
        throws
    {
        var schema = try CaptureMaker.schema("struct sent { u32 pid; u32 took; char path[16]; u64 last; }")
        schema.sent = 8...8
        var source = CaptureSource(number: 0)
        source.sizes = .padded
        var capture = try CaptureMaker(sources: [source], schemas: [schema])
        for pid in UInt32(1)...3 {
            // A perf ring makes 12 bytes of 8.
            capture.add([.init(time: 1, bytes: bytes(pid) + bytes(pid * 10) + [9, 9, 9, 9])])
        }
        capture.end()
        let lines = try print(capture.bytes)
        #expect(lines.output == "pid: 1, took: 10\npid: 2, took: 20\npid: 3, took: 30\n", "\(lines)")
        let json = try print(capture.bytes, "--json", "--where", "took > 10 && pid < 3")
        #expect(json.output.contains(#"{"pid":2,"took":20,"_time""#), "\(json)")
        #expect(!json.output.contains("path") && !json.output.contains("last") && !json.output.contains("_cut"))
        let table = try print(capture.bytes, "--csv")
        #expect(table.output.hasPrefix("pid,took,_lost,_rest\n1,10,,\n"), "\(table)")
        let sum = try print(capture.bytes, "--summary", "took", "--json")
        #expect(sum.status == 0 && sum.output.contains("60"), "\(sum)")
        let absent = try print(capture.bytes, "--where", "last == 0")
        #expect(absent.status == 64 && absent.output.isEmpty, "\(absent)")
    }

    @Test func `of an event that is as long as what is in it the array at its end has what was sent`() throws {
        var schema = try CaptureMaker.schema("struct sent { u32 pid; u32 size; char path[16]; }")
        schema.sent = 8...24
        var source = CaptureSource(number: 0)
        source.sizes = .padded
        var capture = try CaptureMaker(sources: [source], schemas: [schema])
        let head = bytes(UInt32(1)) + bytes(UInt32(4))
        capture.add([.init(time: 1, bytes: head + Array("/etc".utf8))])
        // All of it, and the padding that follows.
        capture.add([.init(time: 2, bytes: head + Array("/a/path/of/16/by".utf8) + Array("XXXX".utf8))])
        capture.end()
        let lines = try print(capture.bytes)
        #expect(
            lines.output == "pid: 1, size: 4, path: \"/etc\"\npid: 1, size: 4, path: \"/a/path/of/16/by\"\n", "\(lines)"
        )
        #expect(try print(capture.bytes, "--where", #"path == "/etc""#).output.split(separator: "\n").count == 1)
        #expect(try !print(capture.bytes, "--json").output.contains("_cut"))
    }

    @Test func `of an event whose head is sent an object tells it`() throws {
        let source = Self.source.replacing("sizeof(sent))", with: "__builtin_offsetof(struct sent, took))")
        try withTemporaryFolder { folder in
            let object = folder.appending(path: "prog.o")
            try Data(compileBPF(source: source, arguments: ["-g"])).write(to: object)
            let head = Array(sent.prefix(16))
            let outcome = try print(frame(head + [0, 0, 0, 0]), "--object", object.path)
            #expect(outcome.output == #"pid: 7, comm: "name""# + "\n", "\(outcome)")
            #expect(outcome.errors.contains("struct sent (the first 16 of 24 bytes)"), "\(outcome)")
            // Nothing else is sent: what has another size is something else.
            #expect(
                try print(frame([UInt8](repeating: 1, count: 40)), "--object", object.path).output.contains("_rest"))
        }
    }

    @Test func `of an object with several maps of events one is named, where the stream tells of none`() throws {
        let second = """
            struct { int (*type)[27]; int (*max_entries)[4096]; } ring SEC(".maps");
            struct other { u64 a, b; };
            static long (*ring_output)(void *, void *, u64, u64) = (void *)130;
            SEC("kprobe/g") int prog2(void *ctx)
            {
                struct other other = { .a = 1 };
                ring_output(&ring, &other, sizeof(other), 0);
                return 0;
            }
            """
        try withTemporaryFolder { folder in
            let object = folder.appending(path: "prog.o")
            try Data(compileBPF(source: Self.source + second, arguments: ["-g"])).write(to: object)
            let event = frame(bytes(UInt64(1)) + bytes(UInt64(2)))
            let unnamed = try print(event, "--object", object.path)
            #expect(unnamed.status == 64 && unnamed.errors.contains("its maps are out, ring"), "\(unnamed)")
            let named = try print(event, "--object", object.path, "--map", "ring")
            #expect(named.status == 0 && named.output == "a: 1, b: 2\n", "\(named)")
        }
    }

    @Test func `a type that is named goes before, and a field can tell several apart`() throws {
        try withObject { object in
            let named = try print(
                frame(bytes(UInt32(1)) + bytes(UInt32(2))), "--object", object, "--type", "struct close")
            #expect(named.output == "kind: OPEN, result: 2\n", "\(named)")
            let events = frame(bytes(UInt32(1)) + bytes(UInt32(8))) + frame(bytes(UInt32(2)) + bytes(Int32(-2)))
            let both = events + frame(bytes(UInt32(3)) + bytes(UInt32(0)))
            let tagged = try print(both, "--object", object, "--tag", "kind", "1=struct open", "2=close", "-")
            #expect(tagged.output == "kind: OPEN, mode: 8\nkind: CLOSE, result: -2\n_rest: 0300000000000000\n")
            #expect(tagged.status == 0 && tagged.errors.contains("8 bytes of no known type"), "\(tagged)")
            let wrong = try print(both, "--object", object, "--tag", "kinds", "1=open")
            #expect(wrong.status == 64 && wrong.errors.contains("did you mean kind?"), "\(wrong)")
        }
    }

    @Test func `a capture tells types apart by the tags that it carries, and by their sizes`() throws {
        var source = CaptureSource(number: 0)
        source.mapName = "events"
        var maker = try CaptureMaker(
            sources: [source],
            schemas: [
                CaptureMaker.schema("struct a { u8 kind, x; };", tag: ("kind", 1)),
                CaptureMaker.schema("struct b { u8 kind; s8 y; };", tag: ("kind", 2)),
                CaptureMaker.schema("struct c { u32 z; };"), CaptureMaker.schema("struct d { u64 w; };"),
            ])
        maker.add([[1, 255], [2, 255], [9, 0, 0, 0], [8, 0, 0, 0, 0, 0, 0, 0], [3, 3]].map { .init(bytes: $0) })
        maker.end()
        let outcome = try print(maker.bytes)
        #expect(outcome.output == "kind: 1, x: 255\nkind: 2, y: -1\nz: 9\nw: 8\n_rest: 0303\n", "\(outcome)")
        // A type by its name, among those that the stream carries.
        #expect(try print(maker.bytes, "--type", "struct c").output.hasPrefix("z: ?, _cut: true\n"))
        let other = try print(maker.bytes, "--csv")
        #expect(other.status == 64 && other.errors.contains("CSV and TSV hold events of one type"), "\(other)")
        #expect(try print(maker.bytes, "--csv", "--no-header", "--where", #"_type == "struct b""#).output == "2,-1,,\n")
    }

    @Test func `a preamble that comes again replaces all types`() throws {
        let stream = try [
            [CaptureMaker.schema("struct a { u8 x; };")], [CaptureMaker.schema("struct b { s8 y; };")],
            [CaptureMaker.schema("struct b { s8 y; };")], [],
        ].flatMap { schemas in
            var maker = try CaptureMaker(sources: [CaptureSource(number: 0)], schemas: schemas)
            maker.add([.init(bytes: [200])])
            return maker.bytes
        }
        #expect(try print(stream).output == "x: 200\ny: -56\ny: -56\n_rest: c8\n")
    }

    @Test func `events of several maps each have the types of theirs`() throws {
        var sources: [CaptureSource] = []
        for (number, name) in ["first", "second"].enumerated() {
            var source = CaptureSource(number: UInt32(number))
            source.mapName = name
            sources.append(source)
        }
        var maker = try CaptureMaker(
            sources: sources,
            schemas: [
                CaptureMaker.schema("struct a { u8 x; };"), CaptureMaker.schema("struct b { s8 y; };", source: 1),
            ])
        maker.add([.init(bytes: [200])])
        maker.add([.init(bytes: [200])], source: 1)
        maker.end()
        #expect(try print(maker.bytes).output == "x: 200\ny: -56\n")
        #expect(try print(maker.bytes, "--map", "second").output == "y: -56\n")
        for both in [["--map", "first,second"], ["--map", "second", "--map=first"]] {
            #expect(try Tools.run("print-event", both, stdin: maker.bytes).output == "x: 200\ny: -56\n", "\(both)")
        }
        #expect(try print(maker.bytes, "--map", "third,second").output == "y: -56\n")
        let gap = try print(maker.bytes, "--map", "first,")
        #expect(gap.status == 64 && gap.errors.contains("counts,latency"), "\(gap)")
        // Frames are of one map, and do not say of which.
        let frames = try print(frame([200]), "--map", "first,second", "--layout", "struct { u8 x; }")
        #expect(frames.status == 64 && frames.output.isEmpty && frames.errors.contains("whose map"), "\(frames)")
    }

    @Test func `a damaged type in a capture is told, and its events are shown in hexadecimal`() throws {
        var schema = try CaptureMaker.schema("struct a { u8 x; };")
        schema.btf[0] ^= 1
        var maker = try CaptureMaker(sources: [CaptureSource(number: 0)], schemas: [schema])
        maker.add([.init(bytes: [200])])
        maker.end()
        let outcome = try print(maker.bytes)
        #expect(outcome.output == "_rest: c8\n" && outcome.errors.contains("warning"), "\(outcome)")
        #expect(outcome.status == 0)
    }

    @Test func `the original events have names in every form, without any type`() throws {
        #expect(try print(eventFrame(), "--csv").output == "idx,cmd,cpu,time,_lost,_rest\n1,2,3,4,,\n")
        #expect(try print(eventFrame(), "--where", "cmd == 3").output.isEmpty)
        #expect(try print(eventFrame(), "--format", "{cmd:hex}").output == "0x2\n")
    }

    @Test func `an object that does not tell its events says why, and an unknown file is 66`() throws {
        try withObject { object in
            #expect(try print([], "--object", object + ".none").status == 66)
            let outcome = try print(frame(sent), "--object", object, "--type", "struct clsoe")
            #expect(outcome.status == 64 && outcome.errors.contains("did you mean struct close"), "\(outcome)")
            #expect(try print(frame(sent), "--object", "/bin/sh").status != 0)
        }
    }
}
