// SPDX-License-Identifier: Apache-2.0

import CBPF
import Foundation

/// A tiny program that is run by `BPF_PROG_TEST_RUN` and attached nowhere.
final class TestProgram: Sendable {
    /// What bpf(2) said.
    struct Refusal: Error {
        /// The number of the error.
        let errno: Int32
    }

    private let program: Int32

    /// Lets this process hold maps and programs on kernels that count them as locked memory (before 5.11).
    static func raiseMemoryLock() {
        var limit = rlimit(rlim_cur: rlim_t.max, rlim_max: rlim_t.max)
        // Only root may; nobody else gets far enough to need it.
        _ = cbpf_set_memlock(&limit)
    }

    /// Loads a `BPF_PROG_TYPE_SCHED_CLS` program.
    init(_ code: [UInt64]) throws {
        Self.raiseMemoryLock()
        program = code.withUnsafeBytes { code in
            "GPL".withCString { license in
                var attr = cbpf_prog_load_attr()
                attr.prog_type = 3
                attr.insn_cnt = UInt32(code.count / 8)
                attr.insns = UInt64(UInt(bitPattern: code.baseAddress))
                attr.license = UInt64(UInt(bitPattern: license))
                return cbpf_bpf(Int32(CBPF_PROG_LOAD), &attr, UInt32(MemoryLayout.size(ofValue: attr)))
            }
        }
        guard program >= 0 else { throw Refusal(errno: errno) }
    }

    deinit {
        if program >= 0 { close(program) }
    }

    /// Runs it on one CPU, as often as is said.
    ///
    /// - Returns: What it returned the last time.
    func run(_ count: Int, cpu: Int) throws -> Int32 {
        // A thread of its own, so that no other test is moved to that CPU.
        let result = Box()
        let thread = Thread {
            result.value = Self.run(self.program, count, cpu)
            result.done.signal()
        }
        thread.start()
        result.done.wait()
        guard let value = result.value else { throw Refusal(errno: EINVAL) }
        return value
    }

    private final class Box: @unchecked Sendable {
        var value: Int32?
        let done = DispatchSemaphore(value: 0)
    }

    private static func run(_ program: Int32, _ count: Int, _ cpu: Int) -> Int32? {
        var mask = [UInt](repeating: 0, count: 1024 / UInt.bitWidth)
        mask[cpu / UInt.bitWidth] = 1 << UInt(cpu % UInt.bitWidth)
        guard cbpf_sched_setaffinity(0, mask.count * MemoryLayout<UInt>.size, &mask) == 0 else { return nil }
        let packet = (0..<1500).map { UInt8(truncatingIfNeeded: $0) }
        return packet.withUnsafeBytes { data in
            var attr = TestRunAttributes()
            attr.program = UInt32(program)
            attr.dataSizeIn = UInt32(data.count)
            attr.dataIn = UInt64(UInt(bitPattern: data.baseAddress))
            attr.repetitions = UInt32(count)
            let result = cbpf_bpf(Int32(CBPF_PROG_TEST_RUN), &attr, UInt32(MemoryLayout.size(ofValue: attr)))
            return result == 0 ? Int32(bitPattern: attr.returnValue) : nil
        }
    }
}

/// Eight bytes of code: opcode, destination and source register, offset, immediate.
func instruction(_ code: UInt8, _ to: UInt8, _ from: UInt8, _ offset: Int16, _ immediate: Int32) -> UInt64 {
    UInt64(code) | UInt64(from << 4 | to) << 8 | UInt64(UInt16(bitPattern: offset)) << 16
        | UInt64(UInt32(bitPattern: immediate)) << 32
}

/// `union bpf_attr.test` up to `duration`.
private struct TestRunAttributes {
    var program: UInt32 = 0
    var returnValue: UInt32 = 0
    var dataSizeIn: UInt32 = 0
    var dataSizeOut: UInt32 = 0
    var dataIn: UInt64 = 0
    var dataOut: UInt64 = 0
    var repetitions: UInt32 = 0
    var duration: UInt32 = 0
}
