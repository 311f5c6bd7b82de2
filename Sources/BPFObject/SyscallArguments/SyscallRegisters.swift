// SPDX-License-Identifier: Apache-2.0

/// Where a system call's arguments are for a program on its wrapper: `__x64_sys_NAME`, `__arm64_sys_NAME`.
///
/// The only argument of a wrapper points to the registers of the user (`struct pt_regs`), and so does a register of the
/// program's context, which has the wrapper's own.
package struct SyscallRegisters: Sendable, Equatable {
    /// Where the context has the pointer to the user's registers.
    let pointer: Int16
    /// The words that a program reads as arguments, each with its place in the user's registers.
    let places: [Int16: Int16]
    /// Bytes of `struct pt_regs`; nil where kernels differ.
    let size: Int32?

    /// x86-64, by `struct pt_regs`: rdi, rsi, rdx, rcx, r8, r9, and r10.
    ///
    /// The fourth argument of a function is in rcx, which `syscall` overwrites: the user has it in r10.
    package static let x86 = SyscallRegisters(
        pointer: 112, places: [112: 112, 104: 104, 96: 96, 88: 56, 56: 56, 72: 72, 64: 64], size: 168)

    /// arm64: the first six of `regs`, for functions and system calls alike.
    package static let arm64 = SyscallRegisters(
        pointer: 0, places: [0: 0, 8: 8, 16: 16, 24: 24, 32: 32, 40: 40], size: nil)

    /// Those of the architecture that a wrapper's name has; nil if it is none that is known.
    package init?(wrapper symbol: String) {
        if symbol.hasPrefix("__x64_sys_") {
            self = .x86
        } else if symbol.hasPrefix("__arm64_sys_") {
            self = .arm64
        } else {
            return nil
        }
    }

    init(pointer: Int16, places: [Int16: Int16], size: Int32?) {
        self.pointer = pointer
        self.places = places
        self.size = size
    }

    /// Where the user's registers have what a program reads at an offset of its context; nil if that is no argument.
    func place(ofContextOffset offset: Int16) -> Int16? {
        guard offset >= 0 else { return nil }
        return places[offset & ~7].map { $0 + (offset & 7) }
    }

    /// Whether a read behind the pointer is one of an argument: what only programs do that know the wrapper.
    func isArgument(_ offset: Int32, size: TrackedValue) -> Bool {
        if places.values.contains(where: { Int32($0) == offset }) { return true }
        guard let whole = self.size, offset == 0 else { return false }
        return size == .constant(whole)
    }
}
