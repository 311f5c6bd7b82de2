// SPDX-License-Identifier: Apache-2.0

/// A system call behind one of the names that kernels give to its functions.
///
/// Linux 4.17 (x86-64), 4.19 (arm64) and others put a wrapper in front that takes one pointer to the saved registers:
/// `include/linux/syscalls.h`, `arch/*/include/asm/syscall_wrapper.h`.
struct SyscallName: Equatable {
    /// The name of the system call: `bpf`.
    let name: String
    /// Whether the name that was read is that of a wrapper.
    let isWrapper: Bool

    /// Architectures whose native wrapper is `__ARCH_sys_NAME`; compat ones (`ia32`, `s390`) are other system calls.
    private static let wrapperArchitectures = ["x64", "arm64", "riscv", "s390x", "powerpc"]
    /// In front of functions whose arguments are those of the system call, the first one at least.
    ///
    /// `__sys_` and `ksys_` are what the kernel itself calls for the same work; `__do_sys_` is the body of
    /// `SYSCALL_DEFINE`; `__se_sys_` takes the same arguments as longs. `do_NAME` and `do_sys_NAME` are left out: their
    /// arguments often differ (`do_sys_open` has a directory in front).
    private static let plainPrefixes = ["__sys_", "__do_sys_", "ksys_", "sys_", "SyS_", "__se_sys_"]

    /// Reads a symbol; nil if it is not shaped like that of a system call.
    init?(symbol: String) {
        let wrappers = Self.wrapperArchitectures.map { "__\($0)_sys_" }
        for (prefix, isWrapper) in Self.plainPrefixes.map({ ($0, false) }) + wrappers.map({ ($0, true) })
        where symbol.hasPrefix(prefix) && symbol.utf8.count > prefix.utf8.count {
            name = String(symbol.dropFirst(prefix.count))
            self.isWrapper = isWrapper
            return
        }
        return nil
    }

    /// Where the system call may be found, the best place first.
    var plainSymbols: [String] { Self.plainPrefixes.map { $0 + name } }
    /// The wrappers for programs of 32 bits that there may be beside one for programs of 64 bits; none for other functions.
    ///
    /// A kernel has one of them.
    /// Only x86-64 has them for every call: elsewhere the wrapper is the same for both, but for the few calls whose
    /// arguments take pairs of registers.
    static func compatWrappers(of symbol: String) -> [String] {
        guard symbol.hasPrefix("__x64_sys_"), let call = SyscallName(symbol: symbol) else { return [] }
        return ["__ia32_sys_", "__ia32_compat_sys_"].map { $0 + call.name }
    }

    /// Its wrappers; one kernel has one of them.
    var wrapperSymbols: [String] { Self.wrapperArchitectures.map { "__\($0)_sys_\(name)" } }
}
