// SPDX-License-Identifier: Apache-2.0

import BTF
import EventTypes
import Testing

@testable import EventCollecting

/// What a capture tells of the unit of a map's histograms.
struct CapturedUnitTests {
    private func unit(_ map: String, _ layouts: String..., setting: String = "") throws -> String {
        CapturedUnit.of(map: map, isArray: false, try layouts.map { try EventSchema.layout($0) }, setting: setting)
    }

    private let plain = "struct { u64 key; struct { u32 slots[4]; } value; }"
    private let marked =
        "struct { u64 key; struct { u32 slots[4] __attribute__((btf_decl_tag(\"fmt:log2:us\"))); } value; }"

    @Test func `names and tags say it, of whichever of the known types has them, and settings else`() throws {
        #expect(try unit("wait_ms", plain, setting: "us") == "ms")
        #expect(try unit("hists", plain, marked, setting: "ms") == "us")
        #expect(try unit("hists", marked, plain) == "us")
        #expect(try unit("hists", plain, setting: "ms") == "ms")
        #expect(try unit("hists", plain) == "" && unit("counts", "struct { u64 key; u64 value; }") == "")
        #expect(try unit("hists", setting: "ns") == "ns")
    }

    @Test func `histograms that count different things have no unit of all`() throws {
        let two = """
            struct { u64 key; struct { u32 slots[4] __attribute__((btf_decl_tag("fmt:log2:us")));
            u32 sizes[4] __attribute__((btf_decl_tag("fmt:log2:bytes"))); } value; }
            """
        #expect(try unit("hists", two, setting: "ms") == "")
    }

    @Test func `settings are those of the known tools`() {
        #expect(CapturedUnit.of(settings: [("min_us", 5), ("targ_ms", 1)]) == "ms")
        #expect(CapturedUnit.of(settings: [("targ_ms", 0)]) == "us")
        #expect(CapturedUnit.of(settings: [("other", 1)]) == "")
    }
}
