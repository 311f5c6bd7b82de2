// SPDX-License-Identifier: Apache-2.0

internal import CBPF

/// RLIMIT_MEMLOCK, which kernels before 5.11 charge maps and programs to.
enum MemoryLock {
    /// Runs a call of bpf(2) again with the limit raised, if the limit may be what stopped it.
    ///
    /// Nothing is raised before a failure, nor on a kernel that does not count (it charges the memory cgroup), so that
    /// `EPERM` there is never taken for a matter of memory. The limit is per process and no child of ours needs less.
    static func retrying(_ body: () throws(Errno) -> OwnedDescriptor) throws(Errno) -> OwnedDescriptor {
        var counts: Bool?
        while true {
            do {
                return try body()
            } catch {
                guard error == .notPermitted else { throw error }
                let limitCounts = counts ?? !kernelChargesMemoryCgroup()
                counts = limitCounts
                guard limitCounts, raise() else { throw error }
            }
        }
    }

    /// `RLIM_INFINITY`.
    private static let unlimited = rlim_t.max

    /// Raises the limit by a step: to what every process may raise it to, then (`CAP_SYS_RESOURCE`) to none.
    ///
    /// - Returns: Whether it is higher now, so that it is worth while to try again.
    static func raise() -> Bool {
        var limit = rlimit()
        guard unsafe cbpf_get_memlock(&limit) == 0, limit.rlim_cur != unlimited else { return false }
        if limit.rlim_cur < limit.rlim_max {
            limit.rlim_cur = limit.rlim_max
        } else {
            limit = rlimit(rlim_cur: unlimited, rlim_max: unlimited)
        }
        return unsafe cbpf_set_memlock(&limit) == 0
    }

    /// Whether BPF memory is charged to the memory cgroup, found by doing.
    ///
    /// The helper `bpf_ktime_get_coarse_ns` (160) came with the same release, 5.11: a program that calls it loads only
    /// there. Where the load fails for another reason (no privilege), raising the limit fails too and changes nothing.
    private static func kernelChargesMemoryCgroup() -> Bool {
        // call 160; r0 = 0; exit
        let instructions: [UInt64] = [0x0000_00a0_0000_0085, 0x0000_0000_0000_00b7, 0x0000_0000_0000_0095]
        return unsafe instructions.span.withUnsafeBufferPointer { code in
            var license: UInt32 = 0x004c_5047  // "GPL"
            return unsafe withUnsafePointer(to: &license) { license in
                var attr = cbpf_prog_load_attr()
                attr.prog_type = 1  // BPF_PROG_TYPE_SOCKET_FILTER
                attr.insn_cnt = UInt32(code.count)
                attr.insns = UInt64(UInt(bitPattern: code.baseAddress))
                attr.license = UInt64(UInt(bitPattern: license))
                do {
                    _ = OwnedDescriptor(owning: try BPFCommand.call(CBPF_PROG_LOAD, &attr))
                    return true
                } catch {
                    return false
                }
            }
        }
    }
}
