// SPDX-License-Identifier: Apache-2.0

import BTF
@testable import EventTypes
import Foundation
import TestSupport
import Testing

@testable import BPFObject

/// What might be taken for the type of an event and is not.
extension InferenceTests {
    @Test(arguments: ["-O2", "-O3"], ["-mcpu=v1", "-mcpu=v3", "-mcpu=v4"])
    func `of pointers to structures of one size the one that holds the event's address tells its type`(
        level: String, cpu: String
    ) throws {
        for version in ["-gdwarf-5", "-gdwarf-4"] {
            let events = try events(
                """
                struct { int (*type)[6]; int (*key_size)[4]; int (*value_size)[4096]; int (*max_entries)[1]; } heap SEC(".maps");
                struct task { u64 state; u64 numbers[3]; } __attribute__((preserve_access_index));
                static struct task *(*current)(void) = (void *)158;
                SEC("kprobe/one") int room(void *context) {
                    struct task *task = current();
                    struct event *e = reserve(&ring, sizeof *e, 0);
                    if (!e) return 0;
                    e->time = task->state;
                    e->pid = task->numbers[1];
                    submit(e, 0);
                    return 0;
                }
                SEC("kprobe/two") int given(void *context) {
                    u32 zero = 0;
                    struct task *task = current();
                    struct event *e = lookup(&heap, &zero);
                    if (!e) return 0;
                    e->time = task->state;
                    return output(context, &perf, 0xffffffffULL, e, sizeof *e);
                }
                """, ["-g", version, level, cpu])
            #expect(types(events["ring"]) == ["struct event 32"])
            #expect(types(events["perf"]) == ["struct event 32"])
        }
    }

    @Test func `a structure of the kernel that happens to have the event's size is not its type`() throws {
        let events = try events(
            """
            struct task { u64 state; u64 numbers[3]; } __attribute__((preserve_access_index));
            static struct task *(*current)(void) = (void *)158;
            SEC("kprobe/one") int room(void *context) {
                struct task *task = current();
                u64 *numbers = reserve(&ring, 32, 0);
                if (!numbers) return 0;
                numbers[0] = task->state; numbers[1] = now(); numbers[2] = task->numbers[1];
                submit(numbers, 0);
                return 0;
            }
            """)
        #expect(types(events["ring"]) == [])
    }

    @Test func `events whose type is known have no other size where there are events of no type`() throws {
        let events = try events(
            """
            SEC("prog") int run(void *context) {
                struct event e = { now() };
                u64 numbers[8] = { now() };
                output(context, &perf, 0xffffffffULL, &e, sizeof e);
                return output(context, &perf, 0xffffffffULL, numbers, sizeof numbers);
            }
            """)
        #expect(events["perf"]?.types.first?.sent == 32...32)
        #expect(events["perf"]?.notes.first?.hasPrefix("events of perf are decoded as struct event (32 ") ?? false)
    }

    // MARK: - No type rather than a wrong one

    @Test func `what is sent without being a structure has no type, also beside a structure of its size`() throws {
        let events = try events(
            """
            struct pair { u32 a, b; };
            SEC("prog") int run(void *context) {
                struct pair pair = { pid(), 2 };
                u64 time = now();
                char text[32];
                struct event e = { now() };
                comm(text, sizeof text);
                update(&perf, &pair, &e, 0);
                output(context, &perf, 0xffffffffULL, &time, sizeof time);
                output(context, &perf, 0xffffffffULL, text, sizeof text);
                return 0;
            }
            """)
        #expect(types(events["perf"]) == [])
        #expect(events["perf"]?.notes.count == 2)
    }

    @Test func `a part of a larger structure is not what happens to have its size`() throws {
        let events = try events(
            """
            struct large { u64 kind; char name[48]; };
            struct { int (*type)[1]; struct key *key; struct large *value; int (*max_entries)[9]; } table SEC(".maps");
            SEC("prog") int run(void *context) {
                struct large large = { now() };
                struct key key = { { now() } };
                struct large *value = lookup(&table, &key);
                comm(large.name, 16);
                output(context, &perf, 0xffffffffULL, &large, 32);
                if (value) ringbuf_output(&ring, value, 32, 0);
                return 0;
            }
            """)
        #expect(types(events["perf"]) == [])
        #expect(types(events["ring"]) == [])
        #expect(
            events["ring"]?.notes == [
                "events of ring of 32 bytes have no type: they are 32 bytes of struct large, which has 56"
            ])
    }

    @Test func `several types of one size are a note that names them`() throws {
        let events = try events(
            """
            SEC("prog") int run(void *context) {
                struct event *e; struct key *k;
                if (now() & 1) {
                    e = reserve(&ring, sizeof *e, 0);
                    if (e) { e->pid = 1; submit(e, 0); }
                } else {
                    k = reserve(&ring, sizeof *k, 0);
                    if (k) { k->numbers[0] = 1; submit(k, 0); }
                }
                return 0;
            }
            """)
        #expect(types(events["ring"]) == [])
        #expect(
            events["ring"]?.notes == [
                "events of ring of 32 bytes have no type: several types are like them in run (struct event, struct key)"
            ])
    }

    @Test func `types of one size from several functions are a note that says how to tell them apart`() throws {
        let events = try events(
            """
            SEC("prog") int one(void *context) {
                struct event *e = reserve(&ring, sizeof *e, 0);
                if (e) { e->pid = 1; submit(e, 0); }
                return 0;
            }
            SEC("prog") int two(void *context) {
                struct key *k = reserve(&ring, sizeof *k, 0);
                if (k) { k->numbers[0] = 1; submit(k, 0); }
                return 0;
            }
            """)
        #expect(types(events["ring"]) == [])
        #expect(events["ring"]?.notes.last?.contains("BPF_EVENT_TAGGED") ?? false)
    }

    @Test func `a size that no variable has gives no type`() throws {
        let events = try events(Self.stack.replacing("sizeof e)", with: "24)"))
        #expect(types(events["perf"]) == [])
        #expect(
            events["perf"]?.notes == [
                "events of perf of 24 bytes have no type: no variable of the debug information is like them in run"
            ])
    }

    @Test func `an object without debug information says what to do`() throws {
        let bytes = try withTemporaryFolder { folder in
            let file = folder.appending(path: "prog.o")
            try Data(compileBPF(source: Self.head + Self.stack, arguments: ["-g"])).write(to: file)
            let outcome = try runProcess("llvm-strip", ["-g", file.path])
            try #require(outcome.status == 0)
            return try [UInt8](Data(contentsOf: file))
        }
        let object = try Object(parsing: bytes, name: "prog.o")
        #expect(object.events().first?.types == [])
        #expect(
            object.events().first?.notes == [
                "events of perf of 32 bytes have no type: it has no debug information: compile with -g"
            ])
    }
}
