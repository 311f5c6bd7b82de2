// SPDX-License-Identifier: Apache-2.0

import CBPF
import Foundation

/// A source of real samples in a BPF ring buffer: a tiny program that is run by `BPF_PROG_TEST_RUN` and attached nowhere.
///
/// Sample number `n`, from 0, is the number as a `u64` and then bytes of a pattern: ``bytes(of:)``.
public final class RingBufferGenerator: Sendable {
    /// `BPF_RB_NO_WAKEUP`.
    public static let noWakeup: UInt32 = 1

    private let state: Int32
    private let program: TestProgram
    private let spread: Int
    private static let stateSize = 4096

    /// Makes a generator.
    ///
    /// - Parameters:
    ///   - map: A ring buffer, which stays open.
    ///   - spread: 0 for samples of 16 bytes each; else a power of two up to 2048: sizes from 8 to 7 + `spread` bytes.
    ///   - flags: Of `bpf_ringbuf_output`.
    ///   - counts: A per-CPU array, which stays open, in whose first element each sample that finds no room is counted, as
    ///     `ringbuf_lost.h` does it.
    public init(map: Int32, spread: Int = 1024, flags: UInt32 = 0, counts: Int32? = nil) throws {
        self.spread = spread
        TestProgram.raiseMemoryLock()
        var attr = cbpf_map_create_attr()
        (attr.map_type, attr.key_size, attr.value_size, attr.max_entries) = (2, 4, UInt32(Self.stateSize), 1)
        state = cbpf_bpf(Int32(CBPF_MAP_CREATE), &attr, UInt32(MemoryLayout.size(ofValue: attr)))
        guard state >= 0 else { throw TestProgram.Refusal(errno: errno) }
        program = try TestProgram(
            Self.code(ring: map, state: state, spread: spread, flags: flags, counts: counts))
        var key: UInt32 = 0
        var value = (0..<Self.stateSize).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        value.replaceSubrange(0..<8, with: repeatElement(0, count: 8))
        let result = withUnsafeMutableBytes(of: &key) { key in
            value.withUnsafeMutableBytes { value in
                var attr = cbpf_map_elem_attr(
                    map_fd: UInt32(state), padding: 0, key: UInt64(UInt(bitPattern: key.baseAddress)),
                    value: UInt64(UInt(bitPattern: value.baseAddress)), flags: 0)
                return cbpf_bpf(Int32(CBPF_MAP_UPDATE_ELEM), &attr, UInt32(MemoryLayout.size(ofValue: attr)))
            }
        }
        guard result == 0 else { throw TestProgram.Refusal(errno: errno) }
    }

    /// Makes a generator for a pinned ring buffer.
    public convenience init(pinnedAt path: String, spread: Int = 1024, flags: UInt32 = 0) throws {
        var attr = cbpf_obj_attr()
        let map = path.withCString { name in
            attr.pathname = UInt64(UInt(bitPattern: name))
            return cbpf_bpf(Int32(CBPF_OBJ_GET), &attr, UInt32(MemoryLayout.size(ofValue: attr)))
        }
        guard map >= 0 else { throw TestProgram.Refusal(errno: errno) }
        // The program holds the map from here on.
        defer { close(map) }
        try self.init(map: map, spread: spread, flags: flags)
    }

    deinit {
        if state >= 0 { close(state) }
    }

    /// Outputs samples from one CPU, with the next numbers; numbers of samples that find no room are left out.
    ///
    /// - Returns: What bpf_ringbuf_output returned for the last one: 0 or a negative errno.
    @discardableResult
    public func emit(_ count: Int, cpu: Int = 0) throws -> Int32 {
        try program.run(count, cpu: cpu)
    }

    /// The size of a sample.
    public func size(of number: Int) -> Int {
        spread == 0 ? 16 : 8 + (number &* 37) & (spread - 1)
    }

    /// The bytes of a sample.
    public func bytes(of number: Int) -> [UInt8] {
        withUnsafeBytes(of: UInt64(number)) { Array($0) }
            + (8..<size(of: number)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    }

    private static func code(ring: Int32, state: Int32, spread: Int, flags: UInt32, counts: Int32?) -> [UInt64] {
        let counting: [UInt64] =
            counts.map { counts in
                [
                    instruction(0xbf, 8, 0, 0, 0),  // r8 = result
                    instruction(0x15, 0, 0, 8, 0),  // 0: nothing is lost
                    instruction(0x18, 1, 1, 0, counts), 0,
                    instruction(0xbf, 2, 10, 0, 0), instruction(0x07, 2, 0, 0, -4),
                    instruction(0x85, 0, 0, 0, 1),  // bpf_map_lookup_elem
                    instruction(0x15, 0, 0, 2, 0),
                    instruction(0xb7, 1, 0, 0, 1),
                    instruction(0xdb, 0, 1, 0, 0),  // lock *(u64 *)r0 += 1
                    instruction(0xbf, 0, 8, 0, 0),
                ]
            } ?? []
        return [
            instruction(0x62, 10, 0, -4, 0),  // key = 0
            instruction(0x18, 1, 1, 0, state), 0,
            instruction(0xbf, 2, 10, 0, 0), instruction(0x07, 2, 0, 0, -4),
            instruction(0x85, 0, 0, 0, 1),  // bpf_map_lookup_elem
            instruction(0x15, 0, 0, Int16(14 + counting.count), 0),  // nothing: the end
            instruction(0xbf, 6, 0, 0, 0),  // r6 = state
            instruction(0x79, 7, 6, 0, 0),  // r7 = number
            instruction(0xbf, 3, 7, 0, 0), instruction(0x27, 3, 0, 0, 37),
            instruction(0x57, 3, 0, 0, Int32(max(spread, 1) - 1)),
            instruction(0x07, 3, 0, 0, spread == 0 ? 16 : 8),  // r3 = size
            instruction(0x18, 1, 1, 0, ring), 0,
            instruction(0xbf, 2, 6, 0, 0),
            instruction(0xb7, 4, 0, 0, Int32(flags)),
            instruction(0x85, 0, 0, 0, 130),  // bpf_ringbuf_output
        ] + counting + [
            instruction(0x07, 7, 0, 0, 1),
            instruction(0x7b, 6, 7, 0, 0),  // number + 1
            instruction(0x05, 0, 0, 1, 0),
            instruction(0xb7, 0, 0, 0, -1),
            instruction(0x95, 0, 0, 0, 0),
        ]
    }
}
