// SPDX-License-Identifier: Apache-2.0

import BTF
@testable import EventTypes
import Foundation
import TestSupport
import Testing

@testable import BPFObject

@Suite struct InferenceTests {
    /// What the sources begin with: helpers, maps, an event and another structure of the same size.
    static let head = """
        #define SEC(name) __attribute__((section(name), used))
        #define NOINLINE static __attribute__((noinline))
        #define INLINE static inline __attribute__((always_inline))
        typedef unsigned long long u64; typedef unsigned u32; typedef unsigned short u16; typedef unsigned char u8;
        static void *(*lookup)(void *, const void *) = (void *)1;
        static long (*update)(void *, const void *, const void *, u64) = (void *)2;
        static u64 (*now)(void) = (void *)5;
        static u64 (*pid)(void) = (void *)14;
        static long (*comm)(void *, u32) = (void *)16;
        static long (*output)(void *, void *, u64, void *, u64) = (void *)25;
        static long (*ringbuf_output)(void *, void *, u64, u64) = (void *)130;
        static void *(*reserve)(void *, u64, u64) = (void *)131;
        static void (*submit)(void *, u64) = (void *)132;
        struct { int (*type)[4]; int (*key_size)[4]; int (*value_size)[4]; } perf SEC(".maps");
        struct { int (*type)[27]; int (*max_entries)[4096]; } ring SEC(".maps");
        struct event { u32 pid; u64 time; char comm[16]; };
        struct key { u64 numbers[4]; };
        char _license[] SEC("license") = "GPL";

        """

    func events(
        _ source: String, target: String = "bpf", _ arguments: [String] = ["-g"], head: String = head
    ) throws -> [String: MapEvents] {
        let bytes = try compileBPF(source: head + source, target: target, arguments: arguments)
        let events = try Object(parsing: bytes, name: "prog.o").events()
        return Dictionary(uniqueKeysWithValues: events.map { ($0.map, $0) })
    }

    /// The names and sizes of the types of a map's events.
    func types(_ events: MapEvents?) -> [String] {
        (events?.types ?? []).map { "\($0.schema.name) \($0.schema.size)" }
    }

    static let stack = """
        SEC("prog") int run(void *context) {
            struct event e = {};
            e.pid = pid(); e.time = now(); comm(e.comm, sizeof e.comm);
            output(context, &perf, 0xffffffffULL, &e, sizeof e);
            return 0;
        }
        """

    @Test(arguments: [
        ["-g"], ["-gdwarf-4"], ["-gdwarf-3"], ["-gdwarf-2"], ["-g", "-gdwarf64"], ["-g", "-gz"],
        ["-g", "-mcpu=v1"],
        ["-g", "-mcpu=v3"], ["-g", "-O1"],
    ])
    func `a structure of the frame that is sent is the event`(arguments: [String]) throws {
        for target in ["bpfel", "bpfeb"] {
            let events = try events(Self.stack, target: target, arguments)
            #expect(types(events["perf"]) == ["struct event 32"])
            #expect(
                events["perf"]?.notes == [
                    "events of perf are decoded as struct event (32 bytes), from DWARF: the only variable of that size in run"
                ])
            let type = try #require(events["perf"]?.types.first)
            #expect(type.tag == nil)
            #expect(type.origin == .inferred(EventEvidence(size: 32, function: "run", source: .function)))
            let btf = try BTF(parsing: type.schema.btf)
            #expect(btf.byteOrder == (target == "bpfel" ? .little : .big))
            let root = try #require(btf[type.schema.typeID])
            #expect(btf.members(of: root).map { btf.string($0.nameOffset) } == ["pid", "time", "comm"])
            #expect(btf.members(of: root).map(\.bitOffset) == [0, 64, 128])
            #expect(events["ring"]?.notes == ["nothing in the object is seen to send events to ring"])
        }
    }

    @Test(arguments: ["-gdwarf-4", "-gdwarf-5"])
    func `types in units of their own are found, as compilers write them for C++`(version: String) throws {
        let source = """
            typedef unsigned u32; typedef unsigned long long u64;
            typedef long (*output_t)(void *, void *, u64, void *, u64);
            static output_t output = (output_t)25;
            struct bpf_map_def { u32 type, key_size, value_size, max_entries, map_flags; };
            extern "C" bpf_map_def perf __attribute__((section("maps"), used)) = { 4, 4, 4, 8 };
            struct place { u32 x, y; };
            struct event { u32 pid; place place; static int count; };
            extern "C" __attribute__((section("prog"), used)) int run(void *context) {
                event e = { 1, { 2, 3 } };
                return output(context, &perf, 0, &e, sizeof e);
            }
            char _license[] __attribute__((section("license"), used)) = "GPL";
            """
        let bytes = try compileBPF(source: source, arguments: ["-x", "c++", version, "-fdebug-types-section"])
        let events = try #require(Object(parsing: bytes, name: "prog.o").events().first)
        #expect(types(events) == ["struct event 12"])
        let schema = try #require(events.types.first?.schema)
        let btf = try BTF(parsing: schema.btf)
        let members = try btf.members(of: #require(btf[schema.typeID]))
        #expect(members.map { btf.string($0.nameOffset) } == ["pid", "place"])
    }

    @Test func `room of a ring buffer is of the type that a variable points to`() throws {
        let events = try events(
            """
            SEC("prog") int run(void *context) {
                struct key key = { { 1, 2 } };
                struct event *e = reserve(&ring, sizeof *e, 0);
                if (!e) return 0;
                e->pid = pid() + lookup(&perf, &key) ? 1 : 2; comm(e->comm, sizeof e->comm);
                submit(e, 0);
                return 0;
            }
            """)
        #expect(types(events["ring"]) == ["struct event 32"])
    }

    /// An event, and another of its size in one frame, sent by a function that calls a helper which keeps registers.
    static let fastcall = """
        __attribute__((bpf_fastcall)) static u32 (* const cpu)(void) = (void *)8;
        struct softirq { u64 delta; u32 stage, vector, cpu; char task[16]; };
        struct rival { u64 numbers[5]; };
        struct { u32 a, b; } vectors;
        SEC("raw_tp/softirq_entry") int run(u64 *context) {
            u32 vector = context[0];
            u32 here = cpu();
            struct softirq e = { .vector = vector, .cpu = here };
            comm(e.task, sizeof e.task);
            output(context, &perf, 0xffffffffULL, &e, sizeof e);
            return 0;
        }
        SEC("raw_tp/softirq_exit") int both(u64 *context) {
            u32 vector = context[0];
            struct rival rival = { { 1, 2 } };
            u32 here = cpu();
            struct softirq e = { .vector = vector, .cpu = here };
            comm(e.task, sizeof e.task);
            update(&perf, &rival, &rival, 0);
            output(context, &ring, 0xffffffffULL, &e, sizeof e);
            return 0;
        }
        """

    @Test(arguments: ["-O1", "-O2", "-O3"], ["-mcpu=v1", "-mcpu=v3", "-mcpu=v4"])
    func `slots that keep registers around a call lie below the frame`(level: String, cpu: String) throws {
        let events = try events(Self.fastcall, target: "bpfel", ["-g", level, cpu])
        #expect(types(events["perf"]) == ["struct softirq 40"])
        // Where two places are possible no type is better than a wrong one.
        #expect([["struct softirq 40"], []].contains(types(events["ring"])))
    }

    @Test(arguments: ["-O1", "-O2", "-O3"], ["-mcpu=v1", "-mcpu=v3", "-mcpu=v4"])
    func `a frame with a member that is aligned to 16 bytes is rounded up to that`(
        level: String, cpu: String
    ) throws {
        let events = try events(
            """
            struct wide { unsigned __int128 address; u64 time; char task[16]; };
            struct { int (*type)[1]; int (*max_entries)[8]; u64 *key; u64 *value; } seen SEC(".maps");
            SEC("raw_tp/sys_enter") int run(void *context) {
                struct wide e = {};
                u64 key = now(), *time = lookup(&seen, &key);
                if (time) e.time = *time;
                comm(e.task, sizeof e.task);
                output(context, &perf, 0xffffffffULL, &e, sizeof e);
                return 0;
            }
            """, target: "bpfel", ["-g", level, cpu])
        #expect(types(events["perf"]) == ["struct wide 48"])
    }

    @Test func `of two structures of the same size the one at the place that is sent is the event`() throws {
        let events = try events(
            """
            struct { int (*type)[1]; struct key *key; struct event *value; int (*max_entries)[9]; } table SEC(".maps");
            SEC("prog") int run(void *context) {
                struct event e = { 1 };
                struct key key = {};
                key.numbers[1] = now();
                update(&table, &key, &e, 0);
                e.time = key.numbers[2];
                ringbuf_output(&ring, &e, sizeof e, 0);
                output(context, &perf, 0xffffffffULL, &key, sizeof key);
                return 0;
            }
            """)
        #expect(types(events["ring"]) == ["struct event 32"])
        #expect(types(events["perf"]) == ["struct key 32"])
    }

    @Test func `types are found behind typedefs, in unions, in blocks and in functions that were inlined`() throws {
        let events = try events(
            """
            typedef struct { u64 time; u32 kind; } plain_t;
            union number { u64 bits; double number; };
            INLINE void tell(void *context, u32 kind) {
                plain_t plain = { now(), kind };
                output(context, &perf, 0xffffffffULL, &plain, sizeof plain);
            }
            SEC("prog") int run(void *context) {
                for (int i = 0; i < 2; i++) {
                    volatile union number number = { now() };
                    ringbuf_output(&ring, (void *)&number, sizeof number, 0);
                }
                tell(context, 4);
                return 0;
            }
            """)
        #expect(types(events["perf"]) == ["plain_t 16"])
        #expect(types(events["ring"]) == ["union number 8"])
    }

    @Test func `a function that is given the map and the size sends what its callers have`() throws {
        let events = try events(
            """
            struct small { u32 kind, more, last; };
            NOINLINE long send(void *map, void *data, u64 size) { return ringbuf_output(map, data, size, 0); }
            SEC("prog") int run(void *context) {
                struct event e = { now() };
                return send(&ring, &e, sizeof e);
            }
            SEC("prog") int other(void *context) {
                struct small s = { now() };
                return send(&ring, &s, sizeof s);
            }
            """)
        #expect(types(events["ring"]).sorted() == ["struct event 32", "struct small 12"])
        #expect(events["ring"]?.notes.contains { $0.contains("in the object (send sends it)") } ?? false)
    }

    @Test func `a parameter of a function tells what it sends`() throws {
        let events = try events(
            """
            NOINLINE long send(void *context, struct event *e) {
                return output(context, &perf, 0xffffffffULL, e, sizeof *e);
            }
            SEC("prog") int run(void *context) {
                struct event e = { now() };
                return send(context, &e);
            }
            """)
        #expect(types(events["perf"]) == ["struct event 32"])
    }

    @Test func `values of a map and global variables are of the types that BTF tells, whatever size is sent`() throws {
        let source = """
            struct long_event { u32 pid; u32 size; char text[4096]; };
            struct { int (*type)[6]; u32 *key; struct long_event *value; int (*max_entries)[1]; } scratch SEC(".maps");
            struct event global;
            SEC("prog") int run(void *context) {
                u32 zero = 0;
                struct long_event *e = lookup(&scratch, &zero);
                if (!e) return 0;
                e->size = pid() & 4095;
                output(context, &perf, 0xffffffffULL, e, 8 + e->size);
                global.time = now();
                ringbuf_output(&ring, &global, sizeof global, 0);
                return 0;
            }
            """
        let events = try events(source)
        #expect(types(events["perf"]) == ["struct long_event 4104"])
        #expect(types(events["ring"]) == ["struct event 32"])
        #expect(events["perf"]?.notes.first?.hasSuffix("from BTF: run sends values of the map scratch") ?? false)
        #expect(events["ring"]?.notes.first?.hasSuffix("from BTF: run sends the variable global") ?? false)
    }

    @Test func `an event of varying size is what ends in text`() throws {
        let events = try events(
            """
            struct { int (*type)[6]; int (*key_size)[4]; int (*value_size)[8192]; int (*max_entries)[1]; } scratch SEC(".maps");
            struct text { u32 pid; u32 size; char text[4096]; };
            struct trace_event_raw_x { u64 x; char data[]; };
            SEC("prog") int run(struct trace_event_raw_x *context) {
                u32 zero = 0;
                struct text *e = lookup(&scratch, &zero);
                if (!e) return 0;
                e->size = context->x & 4095;
                output(context, &perf, 0xffffffffULL, e, 8 + e->size);
                return 0;
            }
            """)
        #expect(types(events["perf"]) == ["struct text 4104"])
        #expect(
            events["perf"]?.types.first?.origin
                == .inferred(EventEvidence(size: nil, function: "run", source: .pointer)))
    }

    @Test func `maps of the legacy section are told apart too`() throws {
        let head = Self.head.replacing(
            #"struct { int (*type)[4]; int (*key_size)[4]; int (*value_size)[4]; } perf SEC(".maps");"#,
            with: """
                struct bpf_map_def { u32 type, key_size, value_size, max_entries, map_flags; };
                struct bpf_map_def SEC("maps") perf = { 4, 4, 4, 8 };
                struct bpf_map_def SEC("maps") second = { 4, 4, 4, 8 };
                """
        ).replacing(#"struct { int (*type)[27]; int (*max_entries)[4096]; } ring SEC(".maps");"#, with: "")
        let events = try events(
            """
            SEC("prog") int run(void *context) {
                struct event e = { now() };
                struct key k = { { now() } };
                u64 small[2] = { now() };
                output(context, now() ? (void *)&perf : (void *)&second, 0, &e, sizeof e);
                output(context, &second, 0, small, sizeof small);
                return 0;
            }
            """, head: head)
        #expect(types(events["perf"]) == ["struct event 32"])
        #expect(types(events["second"]) == ["struct event 32"])
        #expect(
            events["second"]?.notes.last
                == "events of second of 16 bytes have no type: run sends array of u64, which has no fields")
    }

    @Test func `sizes that depend on a branch are all told`() throws {
        let events = try events(
            """
            struct small { u64 a, b; };
            SEC("prog") int run(void *context) {
                struct event e = { now() };
                struct small s = { now() };
                u64 size = sizeof e;
                if (pid() & 1) size = sizeof s;
                return output(context, &perf, 0xffffffffULL, pid() & 1 ? (void *)&s : (void *)&e, size);
            }
            """)
        #expect(types(events["perf"]).sorted() == ["struct event 32", "struct small 16"])
    }

    // MARK: - By name

    @Test func `a type that BTF does not hold is found by its name in the debug information`() throws {
        let bytes = try compileBPF(source: Self.head + Self.stack, arguments: ["-g"])
        let object = try Object(parsing: bytes, name: "prog.o")
        for name in ["event", "struct event"] {
            let schema = try object.eventSchema(named: name)
            #expect(schema.name == "struct event")
            #expect(schema.size == 32)
        }
        #expect(try object.eventSchema(named: "u64").size == 8)
        #expect(throws: EventSchemaError.self) { try object.eventSchema(named: "union event") }
        #expect(throws: EventSchemaError.self) { try object.eventSchema(named: "") }
    }
}
