// SPDX-License-Identifier: Apache-2.0

/// What the name of a program's section says of it: type, flags, and what to attach to.
///
/// These are libbpf's names, which compilers' headers and other loaders share.
public struct SectionConvention: Sendable, Equatable {
    /// Whether a `?` stands in front: the program is not loaded unless it is asked for.
    public let isOptional: Bool
    /// The type to load it with.
    public let type: ProgramType
    /// The `expected_attach_type` to load it with; nil is none, which the kernel reads as 0.
    public let expectedAttachType: AttachType?
    /// Whether kernels that know no attach type for this program type load it without.
    public let attachTypeIsOptional: Bool
    /// Whether it may sleep (`BPF_F_SLEEPABLE`).
    public let isSleepable: Bool
    /// Whether it is loaded with the id of its target in BTF (`attach_btf_id`).
    public let needsAttachBTF: Bool
    /// Whether it takes packets of several buffers (`BPF_F_XDP_HAS_FRAGS`).
    public let usesXDPFrags: Bool
    /// What it asks to be attached to.
    public let attach: AttachTarget
    /// The pattern that the name matched, such as `kprobe+`: a `+` stands for a target behind a slash, or none.
    public let pattern: String

    private let rule: SectionPattern.TargetRule

    /// Reads the name of a section.
    ///
    /// - Parameter section: A name such as `kprobe/vfs_read` or `?xdp`.
    /// - Returns: nil if no pattern matches, as for the legacy `prog`.
    public init?(section: String) {
        isOptional = section.hasPrefix("?")
        let name = isOptional ? section.dropFirst() : section[...]
        guard let found = SectionPattern.matching(name) else { return nil }
        type = found.type
        expectedAttachType = found.attachType
        attachTypeIsOptional = found.traits.contains(.attachTypeIsOptional)
        isSleepable = found.traits.contains(.sleepable)
        needsAttachBTF = found.traits.contains(.attachBTF)
        usesXDPFrags = found.traits.contains(.xdpFrags)
        pattern = found.name
        rule = found.rule
        attach = found.rule.target(found.text(behind: name), pattern: found.name)
    }

    /// The target that a text means in this way of attaching, for one that comes from the command line.
    ///
    /// - Parameter text: What would stand behind the slash in the section's name.
    public func target(_ text: String) -> AttachTarget { rule.target(text[...], pattern: pattern) }
}
