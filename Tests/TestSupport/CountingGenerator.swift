// SPDX-License-Identifier: Apache-2.0

import CBPF
import Foundation

/// A source of the original's events that counts in the kernel what became of each.
///
/// Its tiny program is run by `BPF_PROG_TEST_RUN` and attached nowhere. What it counts is the truth that a daemon's
/// account is measured by.
public final class CountingGenerator: Sendable {
    /// What became of the events, by what bpf_perf_event_output returned.
    public struct Account: Sendable, Equatable {
        /// They are in a ring.
        public var taken: Int
        /// The ring was full (`ENOSPC`).
        public var full: Int
        /// Nobody was there (`ENOENT` and others).
        public var refused: Int

        /// Creates an account.
        public init(taken: Int, full: Int, refused: Int) {
            (self.taken, self.full, self.refused) = (taken, full, refused)
        }
    }

    private let map: Int32
    private let counters: Int32
    private let program: TestProgram

    /// Makes a generator for a pinned `PERF_EVENT_ARRAY`.
    public init(pinnedAt path: String) throws {
        TestProgram.raiseMemoryLock()
        var get = cbpf_obj_attr()
        map = path.withCString { name in
            get.pathname = UInt64(UInt(bitPattern: name))
            return cbpf_bpf(Int32(CBPF_OBJ_GET), &get, UInt32(MemoryLayout.size(ofValue: get)))
        }
        guard map >= 0 else { throw TestProgram.Refusal(errno: errno) }
        var create = cbpf_map_create_attr()
        (create.map_type, create.key_size, create.value_size, create.max_entries) = (2, 4, 8, 3)
        counters = cbpf_bpf(Int32(CBPF_MAP_CREATE), &create, UInt32(MemoryLayout.size(ofValue: create)))
        guard counters >= 0 else { throw TestProgram.Refusal(errno: errno) }
        program = try TestProgram(Self.code(map: map, counters: counters))
    }

    deinit {
        if map >= 0 { close(map) }
        if counters >= 0 { close(counters) }
    }

    /// Outputs events of 16 bytes from one CPU: `idx` 1, `cmd` 5, the CPU and the time of each.
    public func emit(_ count: Int, cpu: Int) throws {
        _ = try program.run(count, cpu: cpu)
    }

    /// Outputs that many events from each of several CPUs at the same time.
    public func emit(_ count: Int, cpus: Range<Int>) {
        DispatchQueue.concurrentPerform(iterations: cpus.count) { index in
            try? emit(count, cpu: cpus.lowerBound + index)
        }
    }

    /// What became of all events up to now.
    public var account: Account { Account(taken: count(0), full: count(1), refused: count(2)) }

    private func count(_ index: UInt32) -> Int {
        var key = index
        var value: UInt64 = 0
        let result = withUnsafeMutableBytes(of: &key) { key in
            withUnsafeMutableBytes(of: &value) { value in
                var attr = cbpf_map_elem_attr(
                    map_fd: UInt32(counters), padding: 0, key: UInt64(UInt(bitPattern: key.baseAddress)),
                    value: UInt64(UInt(bitPattern: value.baseAddress)), flags: 0)
                return cbpf_bpf(Int32(CBPF_MAP_LOOKUP_ELEM), &attr, UInt32(MemoryLayout.size(ofValue: attr)))
            }
        }
        return result == 0 ? Int(value) : -1
    }

    private static func code(map: Int32, counters: Int32) -> [UInt64] {
        [
            instruction(0xbf, 6, 1, 0, 0),  // r6 = context
            instruction(0x62, 10, 0, -16, 5 << 16 | 1),  // idx = 1, cmd = 5
            instruction(0x85, 0, 0, 0, 8),  // bpf_get_smp_processor_id
            instruction(0x63, 10, 0, -12, 0),  // cpu
            instruction(0x85, 0, 0, 0, 5),  // bpf_ktime_get_ns
            instruction(0x7b, 10, 0, -8, 0),  // time
            instruction(0xbf, 1, 6, 0, 0),
            instruction(0x18, 2, 1, 0, map), 0,
            instruction(0x18, 3, 0, 0, -1), 0,  // BPF_F_CURRENT_CPU
            instruction(0xbf, 4, 10, 0, 0), instruction(0x07, 4, 0, 0, -16),
            instruction(0xb7, 5, 0, 0, 16),
            instruction(0x85, 0, 0, 0, 25),  // bpf_perf_event_output
            instruction(0xbf, 7, 0, 0, 0),
            instruction(0x62, 10, 0, -20, 0),
            instruction(0x15, 7, 0, 3, 0),  // 0: taken
            instruction(0x62, 10, 0, -20, 1),
            instruction(0x15, 7, 0, 1, -ENOSPC),
            instruction(0x62, 10, 0, -20, 2),
            instruction(0xbf, 2, 10, 0, 0), instruction(0x07, 2, 0, 0, -20),
            instruction(0x18, 1, 1, 0, counters), 0,
            instruction(0x85, 0, 0, 0, 1),  // bpf_map_lookup_elem
            instruction(0x15, 0, 0, 2, 0),
            instruction(0xb7, 1, 0, 0, 1),
            instruction(0xdb, 0, 1, 0, 0),  // lock += 1
            instruction(0xbf, 0, 7, 0, 0),
            instruction(0x95, 0, 0, 0, 0),
        ]
    }
}
