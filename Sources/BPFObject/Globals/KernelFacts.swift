// SPDX-License-Identifier: Apache-2.0

/// What objects may ask of a kernel as if it were configuration (`LINUX_…`).
package struct KernelFacts: Sendable, Equatable {
    /// The version as `KERNEL_VERSION` makes it: major, minor and patch (at most 255), a byte each.
    package var version: UInt32
    /// Whether programs of probes can be given a number of their own (`bpf_get_attach_cookie`, 5.15).
    package var hasCookies: Bool
    /// Whether functions of system calls take one pointer to registers (`CONFIG_ARCH_HAS_SYSCALL_WRAPPER`).
    package var hasSyscallWrappers: Bool

    /// Creates facts.
    package init(version: UInt32, hasCookies: Bool, hasSyscallWrappers: Bool) {
        self.version = version
        self.hasCookies = hasCookies
        self.hasSyscallWrappers = hasSyscallWrappers
    }

    /// What ``hasCookies`` is asked as.
    package static let cookies = "LINUX_HAS_BPF_COOKIE"
    /// What ``hasSyscallWrappers`` is asked as.
    package static let syscallWrappers = "LINUX_HAS_SYSCALL_WRAPPER"
    static let names = ["LINUX_KERNEL_VERSION", cookies, syscallWrappers]

    subscript(name: String) -> UInt64? {
        switch name {
        case "LINUX_KERNEL_VERSION": UInt64(version)
        case Self.cookies: hasCookies ? 1 : 0
        case Self.syscallWrappers: hasSyscallWrappers ? 1 : 0
        default: nil
        }
    }
}
