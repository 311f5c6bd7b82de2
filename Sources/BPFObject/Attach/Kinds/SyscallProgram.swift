// SPDX-License-Identifier: Apache-2.0

/// Programs that user space runs with `BPF_PROG_RUN` (Linux 5.14): `syscall`.
package enum SyscallProgram: SectionKind {
    package static let sections = [SectionPattern("syscall", .syscall, nil, [.sleepable])]

    package static func otherMeans(for section: SectionPattern, pin: String) -> OtherMeans? { .unknown }
}
