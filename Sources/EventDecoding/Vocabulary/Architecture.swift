// SPDX-License-Identifier: Apache-2.0

/// What matters of a machine to the names of its numbers.
enum Architecture: Sendable, CaseIterable {
    /// x86, with the numbers of `asm-generic`.
    case x86
    /// arm64.
    case arm
    /// Another one whose numbers are those of `asm-generic`.
    case generic
    /// One with numbers of its own (MIPS, SPARC, Alpha, PA-RISC, PowerPC), or one that nobody told.
    case unknown

    /// - Parameter machine: As uname(2) names it.
    init(machine: String) {
        self =
            switch machine {
            case "x86_64", "amd64", "i386", "i486", "i586", "i686": .x86
            case "aarch64", "arm64", "aarch64_be": .arm
            case "riscv64", "riscv32", "s390x", "loongarch64": .generic
            default: .unknown
            }
    }
}
