// SPDX-License-Identifier: Apache-2.0

/// What the name of a program's section says of it: type, flags, and what to attach to.
///
/// These are libbpf's names, which compilers' headers and other loaders share.
public struct SectionConvention: Sendable {
    /// Whether a `?` stands in front: the program is not loaded unless it is asked for.
    public let isOptional: Bool
    /// The type to load it with.
    public let type: ProgramType
    /// The `expected_attach_type` to load it with; nil is none, which the kernel reads as 0.
    package let expectedAttachType: AttachType?
    /// Whether kernels that know no attach type for this program type load it without.
    package let attachTypeIsOptional: Bool
    /// Whether it may sleep (`BPF_F_SLEEPABLE`).
    package let isSleepable: Bool
    /// Whether it is loaded with the id of its target in BTF (`attach_btf_id`).
    package let needsAttachBTF: Bool
    /// Whether it takes packets of several buffers (`BPF_F_XDP_HAS_FRAGS`).
    package let usesXDPFrags: Bool
    /// What it asks to be attached to.
    public let target: SectionTarget
    /// The pattern that the name matched, such as `kprobe+`: a `+` stands for a target behind a slash, or none.
    package let pattern: String

    private let kind: any SectionKind.Type
    private let matched: SectionPattern

    /// Reads the name of a section.
    ///
    /// - Parameter section: A name such as `kprobe/vfs_read` or `?xdp`.
    /// - Returns: nil if no pattern matches, as for the legacy `prog`.
    public init?(section: String) {
        isOptional = section.hasPrefix("?")
        let name = isOptional ? section.dropFirst() : section[...]
        guard let (kind, found) = SectionKinds.find(name) else { return nil }
        self.kind = kind
        matched = found
        type = found.type
        expectedAttachType = found.attachType
        attachTypeIsOptional = found.traits.contains(.attachTypeIsOptional)
        isSleepable = found.traits.contains(.sleepable)
        needsAttachBTF = found.traits.contains(.attachBTF)
        usesXDPFrags = found.traits.contains(.xdpFrags)
        pattern = found.name
        target = kind.target(named: found.text(behind: name), in: found)
    }

    /// The target that a text means in this way of attaching, for one that comes from the command line.
    ///
    /// - Parameter text: What would stand behind the slash in the section's name.
    public func target(_ text: String) -> SectionTarget { kind.target(named: text[...], in: matched) }

    /// By what other means its programs are attached; nil if they are attached here.
    ///
    /// - Parameter pin: Where the program is going to be pinned, for commands that take a pin.
    package func otherMeans(pin: String) -> OtherMeans? { kind.otherMeans(for: matched, pin: pin) }

    /// What its programs are attached to here; nil if the section names nothing, or something that is not attached here.
    public var attachTarget: AttachTarget? {
        guard case .target(let target) = target, otherMeans(pin: "") == nil else { return nil }
        return target
    }
}

extension SectionConvention: Equatable {
    /// Whether both are of one pattern and say the same.
    public static func == (left: SectionConvention, right: SectionConvention) -> Bool {
        left.pattern == right.pattern && left.isOptional == right.isOptional && left.target == right.target
    }
}
