// SPDX-License-Identifier: Apache-2.0

import BTF
@testable import EventTypes
import Foundation
import TestSupport
import Testing

@testable import BPFObject

/// Types of events by the source lines of code whose debug information was stripped.
@Suite struct SourceLayoutTests {
    private static let more = """
        static long (*read_kernel)(void *, u32, const void *) = (void *)113;
        static long (*read_text)(void *, u32, const void *) = (void *)115;
        struct { int (*type)[6]; int (*key_size)[4]; int (*value_size)[512]; int (*max_entries)[1]; } heap SEC(".maps");

        """

    /// What an object tells whose debug information was stripped, as skeletons embed it.
    private func stripped(_ source: String) throws -> [String: MapEvents] {
        let bytes = try withTemporaryFolder { folder in
            let file = folder.appending(path: "prog.o")
            let whole = InferenceTests.head + Self.more + source
            try Data(compileBPF(source: whole, target: "bpfel", arguments: ["-g"])).write(to: file)
            let outcome = try runProcess("llvm-strip", ["-g", file.path])
            try #require(outcome.status == 0)
            return try [UInt8](Data(contentsOf: file))
        }
        let events = try Object(parsing: bytes, name: "prog.o").events()
        return Dictionary(uniqueKeysWithValues: events.map { ($0.map, $0) })
    }

    /// The members of the only type of a map's events: `pid u32 0`.
    private func members(_ events: MapEvents?) throws -> [String] {
        guard let type = events?.types.first, events?.types.count == 1 else { return events?.notes ?? [] }
        let types = try BTF(parsing: type.schema.btf)
        let root = try #require(types[type.schema.typeID])
        func describe(_ structure: BTFType, _ start: Int) -> [String] {
            types.members(of: structure).flatMap { member -> [String] in
                let name = types.string(member.nameOffset)
                let offset = start + member.bitOffset / 8
                if name.isEmpty, let inner = types.resolved(member.type) { return describe(inner, offset) }
                return ["\(name) \(types.spelling(of: member.type)) \(offset)"]
            }
        }
        return ["\(type.schema.name) \(type.schema.size)"] + describe(root, 0)
    }

    @Test func `members have the names of the lines that fill them, and the sizes of what is written`() throws {
        let events = try stripped(
            """
            struct sent { u64 ts; u32 pid; int ret; char comm[16]; char fname[32]; u64 callers[2]; u16 port; u8 kind; };
            SEC("prog") int run(u64 *context) {
                struct sent event = {};
                event.ts = now();
                event.pid = pid() >> 32;
                event.ret = context[2];
                comm(&event.comm, sizeof(event.comm));
                read_text(&event.fname, sizeof(event.fname), (void *)context[3]);
                event.callers[0] = context[4];
                event.callers[1] = context[5];
                event.port = context[6];
                event.kind = context[7];
                output(context, &perf, 0xffffffffULL, &event, sizeof(event));
                return 0;
            }
            """)
        #expect(
            try members(events["perf"]) == [
                "struct sent 88", "ts unsigned long long 0", "pid unsigned int 8", "ret int 12", "comm char [16] 16",
                "fname char [32] 32", "callers unsigned long long [2] 64", "port unsigned short 80",
                "kind unsigned char 82",
            ])
        #expect(
            events["perf"]?.notes == [
                "events of perf are decoded as struct sent (88 bytes), from the source lines of run, which name what it fills"
            ])
    }

    @Test func `members that begin at one place are a union, and functions tell of one structure together`() throws {
        let events = try stripped(
            """
            struct sent { union { u32 saddr_v4; u8 saddr_v6[16]; }; u32 pid; u32 family; };
            SEC("prog") int four(u64 *context) {
                struct sent event = {};
                event.pid = pid();
                event.family = 2;
                read_kernel(&event.saddr_v4, sizeof(event.saddr_v4), (void *)context[1]);
                output(context, &perf, 0xffffffffULL, &event, sizeof(event));
                return 0;
            }
            SEC("prog2") int six(u64 *context) {
                struct sent event = {};
                event.pid = pid();
                event.family = 10;
                read_kernel(&event.saddr_v6, sizeof(event.saddr_v6), (void *)context[1]);
                output(context, &perf, 0xffffffffULL, &event, sizeof(event));
                return 0;
            }
            """)
        #expect(
            try members(events["perf"]) == [
                "struct sent 24", "saddr_v6 unsigned char [16] 0", "saddr_v4 __be32 0", "pid unsigned int 16",
                "family unsigned int 20",
            ])
    }

    @Test func `room of a ring buffer and the value that stands in for it are one event`() throws {
        let events = try stripped(
            """
            struct sent { u64 delta; u32 pid; char comm[16]; u32 ret; };
            volatile const int has_ring = 1;
            SEC("prog") int run(u64 *context) {
                struct sent *eventp;
                int zero = 0;
                if (has_ring)
                    eventp = reserve(&ring, sizeof(*eventp), 0);
                else
                    eventp = lookup(&heap, &zero);
                if (!eventp)
                    return 0;
                eventp->delta = now() - context[1];
                eventp->pid = pid();
                comm(eventp->comm, sizeof(eventp->comm));
                eventp->ret = context[2];
                if (has_ring)
                    submit(eventp, 0);
                else
                    output(context, &perf, 0xffffffffULL, eventp, sizeof(*eventp));
                return 0;
            }
            """)
        let expected = [
            "delta unsigned long long 0", "pid unsigned int 8", "comm char [16] 12", "ret int 28",
        ]
        #expect(try Array(members(events["ring"]).dropFirst()) == expected, "\(events)")
        #expect(try Array(members(events["perf"]).dropFirst()) == expected, "\(events)")
    }

    @Test func `a port that lines take from a socket, also by another structure, is in network order`() throws {
        let events = try stripped(
            """
            struct tuple { u16 dport; u16 gap; u16 sport; };
            struct { int (*type)[1]; u32 *key; struct tuple *value; int (*max_entries)[8]; } tuples SEC(".maps");
            struct sent { u32 pid; u16 dport; u16 sport; };
            SEC("prog") int run(u64 *context) {
                struct sent event = {};
                struct tuple tuple = {};
                u64 skc_dport = context[1], skc_num = context[2];
                read_kernel(&tuple.dport, sizeof(tuple.dport), (void *)skc_dport);
                read_kernel(&tuple.sport, sizeof(tuple.sport), (void *)skc_num);
                event.pid = pid();
                event.dport = tuple.dport;
                event.pid = pid();
                event.sport = tuple.sport;
                output(context, &perf, 0xffffffffULL, &event, sizeof(event));
                return 0;
            }
            """)
        let found = try members(events["perf"])
        // All of it is written, so that its declaration makes no code whose line would name it: the variable does.
        let expected = ["struct event 8", "pid unsigned int 0", "dport __be16 4", "sport unsigned short 6"]
        #expect(found == expected)
    }

    @Test func `a structure of BTF that lines declare is the event, beside values of a map that are sent`() throws {
        let events = try stripped(
            """
            struct sent { u32 pid; int ret; char comm[16]; };
            struct { int (*type)[1]; u32 *key; struct sent *value; int (*max_entries)[8]; } values SEC(".maps");
            SEC("prog") int leave(u64 *context) {
                u32 key = 1;
                struct sent *eventp = lookup(&values, &key);
                if (!eventp)
                    return 0;
                eventp->ret = context[2];
                output(context, &perf, 0xffffffffULL, eventp, sizeof(*eventp));
                return 0;
            }
            NOINLINE int fill(struct sent *event) {
                comm(event->comm, sizeof(event->comm));
                return 0;
            }
            SEC("prog2") int both(u64 *context) {
                struct sent event = {};
                event.pid = pid();
                fill(&event);
                output(context, &perf, 0xffffffffULL, &event, sizeof(event));
                return 0;
            }
            """)
        #expect(try members(events["perf"]) == ["struct sent 24", "pid u32 0", "ret int 4", "comm char [16] 8"])
    }

    @Test func `what lines tell in several ways is not believed`() throws {
        // Two structures of one size.
        let two = try stripped(
            """
            struct one { u64 first; u32 pid; u32 uid; };
            struct other { u32 uid; u32 pid; u64 last; };
            SEC("prog") int run(u64 *context) {
                struct one event = {};
                event.first = now();
                event.pid = pid();
                event.uid = context[1];
                output(context, &perf, 0xffffffffULL, &event, sizeof(event));
                return 0;
            }
            SEC("prog2") int also(u64 *context) {
                struct other event = {};
                event.last = now();
                event.pid = pid();
                event.uid = context[1];
                output(context, &perf, 0xffffffffULL, &event, sizeof(event));
                return 0;
            }
            """)
        #expect(two["perf"]?.types == [], "\(two)")
        // Bit-fields are written as the number that they are in.
        let bits = try stripped(
            """
            struct one { u32 pid; u32 kind : 3, state : 5; };
            SEC("prog") int run(u64 *context) {
                struct one event = {};
                event.pid = pid();
                event.kind = context[1];
                event.state = context[2];
                output(context, &perf, 0xffffffffULL, &event, sizeof(event));
                return 0;
            }
            """)
        #expect(bits["perf"]?.types == [], "\(bits)")
        // Two members that are copied at once.
        let copied = try stripped(
            """
            struct tuple { u16 dport; u16 sport; };
            struct sent { u32 pid; u16 dport; u16 sport; };
            SEC("prog") int run(u64 *context) {
                struct sent event = {};
                struct tuple tuple = {};
                read_kernel(&tuple.dport, sizeof(tuple.dport), (void *)context[1]);
                read_kernel(&tuple.sport, sizeof(tuple.sport), (void *)context[2]);
                event.pid = pid();
                event.dport = tuple.dport;
                event.sport = tuple.sport;
                output(context, &perf, 0xffffffffULL, &event, sizeof(event));
                return 0;
            }
            """)
        #expect(copied["perf"]?.types == [], "\(copied)")
        // Several statements in a line.
        let line = try stripped(
            """
            struct one { u32 pid; u32 uid; };
            SEC("prog") int run(u64 *context) {
                struct one event = {};
                event.pid = pid(); event.uid = context[1];
                output(context, &perf, 0xffffffffULL, &event, sizeof(event));
                return 0;
            }
            """)
        #expect(line["perf"]?.types == [], "\(line)")
    }

    // MARK: - Lines

    @Test func `what a line of C writes to is read where it is plain`() {
        func assigned(_ text: String) -> String? {
            SourceStatement(text).assigned.map { place in
                "\(place.variable) \(place.member)" + (place.element.map { " \($0)" } ?? "")
            }
        }
        #expect(assigned("event.pid = bpf_get_current_pid_tgid() >> 32;") == "event pid")
        #expect(assigned("event->callers[1] = stack[2];") == "event callers 1")
        #expect(assigned("trace->data_flags |= FLAG;") == "trace data_flags")
        #expect(assigned("opts.fields.freebind = 1;") == "opts fields.freebind")
        for text in [
            "event.pid == 1", "if (event.af == AF_INET) {", "pid = 1;", "struct event event = {};", "event.pid++",
        ] {
            #expect(assigned(text) == nil, "\(text)")
        }
        func argument(_ text: String) -> String? {
            SourceStatement(text).argument.map { "\($0.variable) \($0.member)" }
        }
        #expect(argument("bpf_get_current_comm(&event.comm, sizeof(event.comm));") == "event comm")
        #expect(argument("if (bpf_probe_read_kernel(event->disk, 4, p) < 0)") == "event disk")
        #expect(argument("__builtin_memcpy(&event.comm, piddatap->comm,") == "event comm")
        #expect(argument("bpf_map_lookup_elem(&start, &pid);") == nil)
        #expect(SourceStatement("struct event event = {};").declared?.variable == "event")
        #expect(SourceStatement("struct ident ident = {}, *identp;").declared?.type == "ident")
        #expect(SourceStatement("int BPF_KPROBE(f, struct sock *sk)").declared == nil)
        #expect(SourceStatement("tx_b = BPF_CORE_READ(tp, bytes_acked);").assignedVariable == "tx_b")
        #expect(SourceStatement("event.tx_b = tx_b;").assignedValue == "tx_b")
        #expect(SourceStatement("BPF_CORE_READ_INTO(&dport, sk, x);").argumentVariable == "dport")
        for text in ["", "=", "(((((", "&", "a->", "a.[", "a.b[99999999999999999999] = 1;", "\u{0}\u{ff}=\u{1}"] {
            let statement = SourceStatement(text)
            #expect(statement.assigned == nil && statement.argument == nil, "\(text)")
        }
    }
}
