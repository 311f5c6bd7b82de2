// SPDX-License-Identifier: Apache-2.0

/// Bits of `map_flags` that kernels came to know over time.
enum MapFlag {
    private static let known: [(bit: UInt32, name: String, since: KernelRelease)] = [
        (5, "BPF_F_STACK_BUILD_ID", KernelRelease(4, 17)), (6, "BPF_F_ZERO_SEED", KernelRelease(5, 0)),
        (7, "BPF_F_RDONLY_PROG", KernelRelease(5, 2)), (8, "BPF_F_WRONLY_PROG", KernelRelease(5, 2)),
        (9, "BPF_F_CLONE", KernelRelease(5, 4)), (10, "BPF_F_MMAPABLE", KernelRelease(5, 5)),
        (11, "BPF_F_PRESERVE_ELEMS", KernelRelease(5, 10)), (12, "BPF_F_INNER_MAP", KernelRelease(5, 10)),
        (13, "BPF_F_LINK", KernelRelease(6, 4)), (14, "BPF_F_PATH_FD", KernelRelease(6, 5)),
        (15, "BPF_F_VTYPE_BTF_OBJ_FD", KernelRelease(6, 9)), (16, "BPF_F_TOKEN_FD", KernelRelease(6, 9)),
        (17, "BPF_F_SEGV_ON_FAULT", KernelRelease(6, 9)), (18, "BPF_F_NO_USER_CONV", KernelRelease(6, 9)),
        (19, "BPF_F_RB_OVERWRITE", KernelRelease(6, 19)),
    ]

    /// What no kernel takes of flags, in words that follow "it has".
    static func fault(_ flags: UInt32) -> String? {
        let unknown = flags & ~0xf_ffff
        if unknown != 0 {
            return "the flags 0x\(String(unknown, radix: 16)), which no kernel that is known here has"
        }
        let contradictions: [(UInt32, String)] = [
            (1 << 7 | 1 << 8, "BPF_F_RDONLY_PROG and BPF_F_WRONLY_PROG, of which programs can have one"),
            (1 << 3 | 1 << 4, "BPF_F_RDONLY and BPF_F_WRONLY, of which a process can have one"),
        ]
        return contradictions.first { flags & $0.0 == $0.0 }?.1
    }

    /// The first flag that a kernel of some release does not have.
    static func lacking(_ flags: UInt32, _ release: KernelRelease) -> (name: String, since: KernelRelease)? {
        known.first { flags & 1 << $0.bit != 0 && release < $0.since }.map { ($0.name, $0.since) }
    }
}
