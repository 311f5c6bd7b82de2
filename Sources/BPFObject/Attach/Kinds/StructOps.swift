// SPDX-License-Identifier: Apache-2.0

/// Members of a structure of the kernel (Linux 5.6): `struct_ops/NAME`.
package enum StructOps: SectionKind {
    package static let sections = [
        SectionPattern("struct_ops+", .structOps),
        SectionPattern("struct_ops.s+", .structOps, nil, [.sleepable]),
    ]

    package static func otherMeans(for section: SectionPattern, pin: String) -> OtherMeans? {
        .command("bpftool struct_ops register OBJECT", does: "loads and attaches it")
    }
}
