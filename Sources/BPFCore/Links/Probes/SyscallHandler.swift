// SPDX-License-Identifier: Apache-2.0

/// The function that runs first for a system call, which is what `BPF_KSYSCALL` in a program expects.
///
/// Where the architecture has wrappers (Linux 4.17, x86-64) that is the wrapper, whose only argument points to the saved
/// registers; elsewhere the function with the arguments themselves.
enum SyscallHandler {
    /// Where it is among the symbols; nil if there is no such system call.
    static func find(_ name: String, _ symbols: KernelSymbols) -> String? {
        let isThere = { (symbol: String) in !symbols.functions(named: symbol, module: "vmlinux").isEmpty }
        // Every kernel that loads programs has bpf(2).
        let handlers = wrappers("bpf").contains(where: isThere) ? wrappers(name) : plain(name)
        return handlers.first(where: isThere)
    }

    private static func wrappers(_ name: String) -> [String] {
        SyscallName(symbol: "sys_" + name)?.wrapperSymbols ?? []
    }

    private static func plain(_ name: String) -> [String] { ["__se_sys_", "sys_", "SyS_"].map { $0 + name } }

    /// The wrapper on the architecture that this is compiled for, where symbols cannot be read.
    static func native(_ name: String) -> String {
        #if arch(x86_64)
            "__x64_sys_" + name
        #elseif arch(arm64)
            "__arm64_sys_" + name
        #elseif arch(riscv64)
            "__riscv_sys_" + name
        #elseif arch(s390x)
            "__s390x_sys_" + name
        #else
            "__se_sys_" + name
        #endif
    }

    /// Whether that name is one of a wrapper, of which a kernel that has it has no other.
    static var nativeIsWrapper: Bool { !native("").hasPrefix("__se_") }

    /// The names of system calls that a missing one may have meant.
    static func near(_ name: String, _ symbols: KernelSymbols) -> [String] {
        let wrapper = native("")
        return symbols.near(wrapper + name, limit: 16).filter { $0.hasPrefix(wrapper) }.prefix(5).map {
            String($0.dropFirst(wrapper.count))
        }
    }
}
