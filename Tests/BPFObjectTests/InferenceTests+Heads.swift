// SPDX-License-Identifier: Apache-2.0

import BTF
@testable import EventTypes
import Foundation
import TestSupport
import Testing

@testable import BPFObject

/// Events of which the head of a structure is sent, or as much of it as is used.
extension InferenceTests {
    /// The types of a map's events, with the sizes that are sent of them.
    func sent(_ events: MapEvents?) -> [String] {
        (events?.types ?? []).map { "\($0.schema.name) \($0.sizes.lowerBound)...\($0.sizes.upperBound)" }
    }

    /// An event whose text is as long as what is in it, and maps of it with a type and without.
    static let opened = """
        struct opened { u64 time; char comm[16]; u32 pid; u32 size; char path[256]; };
        struct { int (*type)[1]; u64 *key; struct opened *value; int (*max_entries)[8]; } typed SEC(".maps");
        struct { int (*type)[6]; int (*key_size)[4]; int (*value_size)[4096]; int (*max_entries)[1]; } heap SEC(".maps");
        struct rival { u64 numbers[37]; };
        static long (*read_text)(void *, u32, const void *) = (void *)115;
        #define PATH __builtin_offsetof(struct opened, path)

        """

    @Test(arguments: ["-O1", "-O2", "-O3"], ["-mcpu=v1", "-mcpu=v3", "-mcpu=v4"])
    func `of a structure in the frame, in a map, in a global variable and in a ring the head is sent`(
        level: String, cpu: String
    ) throws {
        let events = try events(
            Self.opened + """
                struct opened global;
                struct { int (*type)[4]; int (*key_size)[4]; int (*value_size)[4]; } values SEC(".maps");
                SEC("prog") int frame(void *context) {
                    struct opened e = {};
                    e.time = now(); comm(e.comm, sizeof e.comm);
                    update(&typed, &e.time, &e, 0);
                    return output(context, &perf, 0xffffffffULL, &e, PATH);
                }
                SEC("prog") int value(void *context) {
                    u64 key = 1;
                    struct opened *e = lookup(&typed, &key);
                    return e ? output(context, &values, 0xffffffffULL, e, __builtin_offsetof(struct opened, pid)) : 0;
                }
                SEC("prog") int variable(void *context) {
                    global.time = now();
                    return output(context, &values, 0xffffffffULL, &global, PATH);
                }
                SEC("prog") int room(void *context) {
                    u32 zero = 0;
                    struct rival *rival = lookup(&heap, &zero);
                    struct opened *e = reserve(&ring, PATH, 0);
                    if (!e) return 0;
                    e->time = now() + (rival ? rival->numbers[1] : 0);
                    submit(e, 0);
                    return 0;
                }
                """, ["-g", level, cpu])
        #expect(sent(events["perf"]) == ["struct opened 32...32"])
        #expect(sent(events["values"]).sorted() == ["struct opened 24...24", "struct opened 32...32"])
        #expect(sent(events["ring"]) == ["struct opened 32...32"])
        #expect(
            events["ring"]?.notes == [
                "events of ring are decoded as struct opened (the first 32 of 288 bytes), from DWARF: the variable that points"
                    + " to what room sends"
            ])
    }

    @Test(arguments: ["-O2", "-O3"], ["-mcpu=v1", "-mcpu=v3", "-mcpu=v4"])
    func `an event of which as much is sent as is used has that much at least`(level: String, cpu: String) throws {
        let events = try events(
            Self.opened + """
                SEC("prog") int exec(void *context) {
                    u64 key = pid();
                    struct opened *e = lookup(&typed, &key);
                    if (!e) return 0;
                    u64 size = PATH + e->size;
                    if (size <= sizeof *e) output(context, &perf, 0xffffffffULL, e, size);
                    return 0;
                }
                SEC("prog") int open(void *context) {
                    u32 zero = 0;
                    struct rival *rival = lookup(&typed, &zero);
                    struct opened *e = lookup(&heap, &zero);
                    if (!e || !rival) return 0;
                    e->time = rival->numbers[1];
                    long size = read_text(e->path, sizeof e->path, context);
                    if (size < 0) return 0;
                    return ringbuf_output(&ring, e, PATH + (size & 255), 0);
                }
                """, ["-g", level, cpu])
        #expect(sent(events["perf"]) == ["struct opened 32...288"])
        #expect(events["perf"]?.notes.first?.contains("decoded as struct opened (32 to 288 bytes), from BTF") ?? false)
        #expect(sent(events["ring"]) == ["struct opened 32...288"])
    }

    @Test func `events of one map of which the head and all is sent have both sizes`() throws {
        let events = try events(
            Self.opened + """
                struct small { u64 a, b; };
                SEC("prog") int both(void *context) {
                    struct opened e = {};
                    struct small small = { now() };
                    update(&typed, &e.time, &e, 0);
                    output(context, &perf, 0xffffffffULL, &small, sizeof small);
                    output(context, &perf, 0xffffffffULL, &e, PATH);
                    return output(context, &perf, 0xffffffffULL, &e, sizeof e);
                }
                """)
        #expect(
            sent(events["perf"]).sorted() == [
                "struct opened 288...288", "struct opened 32...32", "struct small 16...16",
            ])
    }

    @Test func `sizes that an event of varying size can have too are those of no type`() throws {
        let events = try events(
            Self.opened + """
                struct close { u64 numbers[5]; };
                SEC("prog") int run(void *context) {
                    u64 key = pid();
                    struct close close = { { now() } };
                    output(context, &perf, 0xffffffffULL, &close, sizeof close);
                    struct opened *e = lookup(&typed, &key);
                    return e ? output(context, &perf, 0xffffffffULL, e, PATH + (e->size & 127)) : 0;
                }
                """)
        #expect(sent(events["perf"]) == [])
        #expect(events["perf"]?.notes.contains { $0.contains("(struct opened, struct close)") } ?? false)
    }

    @Test func `variables that share a place of the frame are told apart by where they are in scope, or not at all`()
        throws
    {
        func source(_ last: String) -> String {
            Self.opened + """
                struct small { u64 a; u64 b[3]; };
                SEC("prog") int run(void *context) {
                    if (pid() & 1) {
                        struct small small = { now() };
                        return output(context, &perf, 0xffffffffULL, &small, sizeof small);
                    } else {
                        struct opened e = { now() };
                        comm(e.comm, sizeof e.comm);
                        \(last)
                    }
                }
                """
        }
        // The two calls are one in the code.
        let merged = try events(source("return output(context, &perf, 0xffffffffULL, &e, PATH);"))
        #expect(sent(merged["perf"]) == [])
        let apart = try events(source("return ringbuf_output(&ring, &e, PATH, 0);"))
        #expect(sent(apart["perf"]) == ["struct small 32...32"])
        #expect(sent(apart["ring"]) == ["struct opened 32...32"])
    }
}
