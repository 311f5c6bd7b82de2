// SPDX-License-Identifier: Apache-2.0

@testable import BTF
@testable import EventTypes
import TestSupport
import Testing

@testable import BPFObject

/// How code chooses buckets, and what else it tells of the elements of maps.
@Suite struct AnswerMarkTests {
    private static let head = """
        #define SEC(name) __attribute__((section(name), used))
        typedef unsigned long long u64; typedef unsigned u32; typedef int s32;
        static void *(*lookup)(void *, const void *) = (void *)1;
        static u64 (*now)(void) = (void *)5;
        static u32 (*cpu)(void) = (void *)8;
        static long (*read_kernel)(void *, u32, const void *) = (void *)113;
        static inline __attribute__((always_inline)) u64 log2(u32 v) {
            u32 shift, r;
            r = (v > 0xFFFF) << 4; v >>= r;
            shift = (v > 0xFF) << 3; v >>= shift; r |= shift;
            shift = (v > 0xF) << 2; v >>= shift; r |= shift;
            shift = (v > 0x3) << 1; v >>= shift; r |= shift;
            r |= (v >> 1);
            return r;
        }
        struct hist { u32 slots[26]; };
        struct { int (*type)[1]; u32 *key; struct hist *value; int (*max_entries)[8]; } hists SEC(".maps");
        char _license[] SEC("license") = "GPL";

        """

    private func object(_ source: String) throws -> Object {
        try Object(
            parsing: compileBPF(source: Self.head + source, target: "bpfel", arguments: ["-g"]), name: "prog.o")
    }

    /// The marks of a map of an object.
    private func marks(_ source: String, map name: String = "hists") throws -> [String] {
        let object = try object(source)
        let index = try #require(object.maps.firstIndex { $0.name == name })
        let map = object.maps[index]
        let schema = try EventSchema.element(
            of: object.typeInfo.types, key: map.keyTypeID, value: map.valueTypeID, keySize: Int(map.keySize),
            valueSize: Int(map.valueSize), name: "m")
        return AnswerMarks(object).tags(ofMap: index, schema).map { "\($0.member) \($0.text)" }
    }

    private func counting(_ index: String) throws -> [String] {
        try marks(
            """
            SEC("perf_event") int sample(u64 *context) {
                u32 key = 1;
                u64 slot = 0, value = 0;
                struct hist *hist = lookup(&hists, &key);
                if (!hist)
                    return 0;
                read_kernel(&value, sizeof(value), (void *)context[3]);
                \(index)
                if (slot >= 26)
                    slot = 25;
                __sync_fetch_and_add(&hist->slots[slot], 1);
                return 0;
            }
            """)
    }

    @Test func `an index that is divided by a constant and bounded is that of buckets of one width`() throws {
        #expect(try counting("slot = value / 200;") == ["value.slots fmt:linear(0,200)"])
        #expect(try counting("slot = value >> 10;") == ["value.slots fmt:linear(0,1024)"])
        #expect(try counting("slot = value; if (slot > 0) slot--;") == ["value.slots fmt:linear(0,1)"])
        #expect(try counting("slot = (now() - value) / 1000;") == ["value.slots fmt:linear(0,1000)"])
    }

    @Test func `an index that is computed otherwise, or that nobody knows, gives no scale`() throws {
        #expect(try counting("slot = log2(value);") == [])
        #expect(try counting("slot = log2(value / 1000);") == [])
        #expect(try counting("slot = value > 1000 ? 2 : value > 100;") == [])
        #expect(try counting("slot = value % 26;") == [])
        #expect(try counting("slot = value & 15;") == [])
        // What the program keeps may be an index already.
        #expect(try counting("slot = hist->slots[3];") == [])
        // Another bound than the last bucket.
        #expect(try counting("slot = value / 10; if (slot > 20) slot = 12;") == [])
    }

    @Test func `arrays within global arrays are known, counters of other names are not histograms`() throws {
        let source = """
            struct hist all[8];
            u64 calls[64];
            SEC("perf_event") int sample(u64 *context) {
                u32 length = 0, where = cpu();
                read_kernel(&length, sizeof(length), (void *)context[3]);
                if (where >= 8)
                    return 0;
                if (length >= 26)
                    length = 25;
                __sync_fetch_and_add(&all[where].slots[length], 1);
                calls[where & 63]++;
                return 0;
            }
            """
        let object = try object(source)
        let data = try #require(object.maps.first { $0.name.hasSuffix(".bss") })
        #expect(try marks(source, map: data.name) == ["value.all.slots fmt:linear(0,1)"])
    }

    @Test func `two places of the code that count differently leave a doubt`() throws {
        #expect(
            try marks(
                """
                SEC("prog") int sample(u64 *context) {
                    u32 key = 1;
                    struct hist *hist = lookup(&hists, &key);
                    u64 slot = context[1] / 10;
                    if (!hist) return 0;
                    if (slot >= 26) slot = 25;
                    __sync_fetch_and_add(&hist->slots[slot], 1);
                    return 0;
                }
                SEC("prog2") int other(u64 *context) {
                    u32 key = 1;
                    struct hist *hist = lookup(&hists, &key);
                    u64 slot = log2(context[1]);
                    if (!hist) return 0;
                    if (slot >= 26) slot = 25;
                    __sync_fetch_and_add(&hist->slots[slot], 1);
                    return 0;
                }
                """) == [])
    }

    @Test func `numbers of stacks are marked where the object has one map of stacks`() throws {
        let one = """
            struct key { u32 pid; s32 kern_stack_id, user_stack_id; char stack_id_text[4]; };
            struct { int (*type)[1]; struct key *key; u64 *value; int (*max_entries)[8]; } counts SEC(".maps");
            struct { int (*type)[7]; int (*key_size)[4]; int (*value_size)[1016]; int (*max_entries)[8]; } stacks SEC(".maps");

            """
        #expect(
            try marks(one, map: "counts") == [
                "key.kern_stack_id fmt:stackid", "key.user_stack_id fmt:stackid",
            ])
        let two = one.replacing("stacks SEC", with: "more SEC") + one.split(separator: "\n")[2] + "\n"
        #expect(try marks(two, map: "counts") == [])
    }

    @Test func `keys that lines take from the number of a stack are such numbers, arrays of addresses are stacks`()
        throws
    {
        let source = """
            struct value { u64 count, kern_stack[20]; int stack_id; };
            struct { int (*type)[1]; u32 *key; struct value *value; int (*max_entries)[8]; } held SEC(".maps");
            struct { int (*type)[1]; u32 *key; u64 *value; int (*max_entries)[8]; } counts SEC(".maps");
            struct { int (*type)[7]; int (*key_size)[4]; int (*value_size)[1016]; int (*max_entries)[8]; } stacks SEC(".maps");
            SEC("prog") int run(u64 *context) {
                u32 thread = 1;
                struct value *value = lookup(&held, &thread);
                if (!value)
                    return 0;
                u32 key = value->stack_id;
                u64 *count = lookup(&counts, &key);
                if (count)
                    *count += 1;
                return 0;
            }
            """
        #expect(
            try marks(source, map: "held") == ["value.kern_stack fmt:stack", "value.stack_id fmt:stackid"])
        #expect(try marks(source, map: "counts") == ["key fmt:stackid"])
    }

    @Test func `marks are put on members, and what their author says stays`() throws {
        let schema = try EventSchema.layout(
            """
            struct inner { unsigned slots[4]; int stack_id; unsigned ip __attribute__((btf_decl_tag("fmt:ip4"))); };
            struct element { unsigned key; struct { struct inner a[2]; } value; };
            """)
        let tagged = schema.tagged([
            .init(member: "value.a.slots", text: "fmt:linear(0,5)"),
            .init(member: "value.a.stack_id", text: "fmt:stackid"),
            .init(member: "value.a.ip", text: "fmt:hex"), .init(member: "value.b", text: "fmt:hex"),
        ])
        #expect(tagged.size == schema.size && tagged.name == schema.name && tagged.typeID == schema.typeID)
        let types = try BTF(parsing: tagged.btf)
        let tags = (types.firstID..<types.endID).compactMap { types[$0] }.filter { $0.kind == .declarationTag }
        #expect(
            Set(tags.map { types.name(of: $0) }) == ["fmt:ip4", "fmt:linear(0,5)", "fmt:stackid"])
        #expect(schema.tagged([]) == schema)
        #expect(schema.tagged([.init(member: "key.nothing", text: "fmt:hex")]) == schema)
    }
}
