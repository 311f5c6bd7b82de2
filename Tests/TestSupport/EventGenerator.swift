// SPDX-License-Identifier: Apache-2.0

import CBPF
import Foundation

/// A source of real events: a tiny program that outputs the original's event, run by `BPF_PROG_TEST_RUN`.
///
/// Nothing is attached anywhere, so it may be used on any kernel that one may load programs on.
public final class EventGenerator: Sendable {
    private let map: Int32
    private let program: TestProgram

    /// Whether this process may load programs and open maps here.
    public static var isAvailable: Bool {
        guard geteuid() == 0 else { return false }
        var attr = cbpf_map_create_attr()
        (attr.map_type, attr.key_size, attr.value_size, attr.max_entries) = (4, 4, 4, 1)
        let map = cbpf_bpf(Int32(CBPF_MAP_CREATE), &attr, UInt32(MemoryLayout.size(ofValue: attr)))
        guard map >= 0 else { return false }
        close(map)
        return true
    }

    /// Makes a generator for a pinned map.
    ///
    /// - Parameters:
    ///   - idx: What its events say of themselves.
    ///   - extra: Bytes that are appended to each event of 16 bytes; at most 1500.
    public convenience init(pinnedAt path: String, idx: Int16 = 1, extra: UInt32 = 0) throws {
        var attr = cbpf_obj_attr()
        let map = path.withCString { name in
            attr.pathname = UInt64(UInt(bitPattern: name))
            return cbpf_bpf(Int32(CBPF_OBJ_GET), &attr, UInt32(MemoryLayout.size(ofValue: attr)))
        }
        guard map >= 0 else { throw TestProgram.Refusal(errno: errno) }
        try self.init(owning: map, idx: idx, extra: extra)
    }

    /// Makes a generator for an open map, which stays open.
    public convenience init(map: Int32, idx: Int16 = 1, extra: UInt32 = 0) throws {
        try self.init(owning: dup(map), idx: idx, extra: extra)
    }

    private init(owning map: Int32, idx: Int16, extra: UInt32) throws {
        self.map = map
        program = try TestProgram(Self.code(map: map, idx: idx, extra: extra))
    }

    deinit {
        close(map)
    }

    /// Outputs events from one CPU: `idx` as given, `cmd` 5, the CPU and the time of each.
    ///
    /// - Returns: What bpf_perf_event_output returned for the last one: 0 or a negative errno.
    @discardableResult
    public func emit(_ count: Int, cpu: Int) throws -> Int32 {
        try program.run(count, cpu: cpu)
    }

    private static func code(map: Int32, idx: Int16, extra: UInt32) -> [UInt64] {
        [
            instruction(0xbf, 6, 1, 0, 0),  // r6 = context
            instruction(0x62, 10, 0, -16, 5 << 16 | Int32(UInt16(bitPattern: idx))),  // idx, cmd = 5
            instruction(0x85, 0, 0, 0, 8),  // bpf_get_smp_processor_id
            instruction(0x63, 10, 0, -12, 0),  // cpu
            instruction(0x85, 0, 0, 0, 5),  // bpf_ktime_get_ns
            instruction(0x7b, 10, 0, -8, 0),  // time
            instruction(0xbf, 1, 6, 0, 0),
            instruction(0x18, 2, 1, 0, map), 0,
            instruction(0x18, 3, 0, 0, -1), instruction(0, 0, 0, 0, Int32(extra)),  // BPF_F_CURRENT_CPU, context bytes
            instruction(0xbf, 4, 10, 0, 0), instruction(0x07, 4, 0, 0, -16),
            instruction(0xb7, 5, 0, 0, 16),
            instruction(0x85, 0, 0, 0, 25),  // bpf_perf_event_output
            instruction(0x95, 0, 0, 0, 0),
        ]
    }
}
