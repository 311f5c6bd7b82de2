// SPDX-License-Identifier: Apache-2.0

/// What the name of a program's section says of it: type, flags, and what to attach to.
///
/// These are libbpf's names, which compilers' headers and other loaders share.
package struct SectionConvention: Sendable {
    /// Whether a `?` stands in front: the program is not loaded unless it is asked for.
    package let isOptional: Bool
    /// The type to load it with.
    package let type: ProgramType
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
    package let target: SectionTarget
    /// The pattern that the name matched, such as `kprobe+`: a `+` stands for a target behind a slash, or none.
    package let pattern: String

    private let kind: any SectionKind.Type
    private let matched: SectionPattern

    /// Reads the name of a section.
    ///
    /// - Parameter section: A name such as `kprobe/vfs_read` or `?xdp`.
    /// - Returns: nil if no pattern matches, as for the legacy `prog`.
    package init?(section: String) {
        let isOptional = section.hasPrefix("?")
        let name = isOptional ? section.dropFirst() : section[...]
        guard let (kind, found) = SectionKinds.find(name) else { return nil }
        self.init(
            kind, found, target: kind.candidates(named: found.text(behind: name), in: found), isOptional: isOptional)
    }

    /// Reads a target that is given for a program in place of what its section says.
    ///
    /// - Parameters:
    ///   - target: The name of a section with a target (`kprobe/vfs_read`), the same with a colon (`xdp:eth0`), or only
    ///     what stands behind the slash, for the kind that the program's section says.
    ///   - own: What the program's section says; nil is nothing.
    /// - Throws: An error that says what is wrong with it, and how it is written.
    package init(given target: String, inPlaceOf own: SectionConvention?) throws(AttachTargetError) {
        let (kind, found, text) = Self.find(target[...], own)
        // An exact name that is a target by itself, such as perf_event.
        let isWhole = text == nil
        let named = kind.target(given: isWhole ? nil : text, in: found)
        self.init(
            kind, found, target: named, isOptional: own?.isOptional ?? false,
            traits: own.map { $0.type == found.type ? $0.traitsOfCode : [] } ?? [])
        switch named {
        case .target(let read):
            // What the program's own section says a target may overrule; but it says one thing.
            guard found.base.utf8.contains(UInt8(ascii: "/")), target.hasPrefix(found.base + ":"),
                let words = read.value.contradiction(to: found)
            else { return }
            throw AttachTargetError(
                pattern: found.name, text: String(target.dropFirst(found.base.utf8.count + 1)), reason: .form(words),
                form: "\(found.base):DEVICE")
        case .invalid(let error): throw error
        case .unnamed, .nothing: throw AttachTargetError(section: target, pattern: found.name)
        }
    }

    /// What the code is made for, as the section said or a target that was given before.
    private var traitsOfCode: SectionPattern.Traits {
        var traits: SectionPattern.Traits = []
        if isSleepable { traits.insert(.sleepable) }
        if usesXDPFrags { traits.insert(.xdpFrags) }
        return traits
    }

    /// The first kind of programs of a type.
    ///
    /// - Parameter type: Its name as bpftool prints it, such as `sched_cls`.
    init?(type: String) {
        for kind in SectionKinds.all {
            guard let found = kind.sections.first(where: { $0.type.description == type && $0.attachType == nil }) else {
                continue
            }
            self.init(kind, found, target: kind.target(named: nil, in: found), isOptional: false)
            return
        }
        return nil
    }

    /// The kind that a given target is of, and what it names there; nil is nothing.
    private static func find(
        _ target: Substring, _ own: SectionConvention?
    ) -> (kind: any SectionKind.Type, pattern: SectionPattern, text: Substring?) {
        let given = SectionKinds.find(given: target)
        if let own, let mark = target.utf8.firstIndex(where: { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "/") }),
            own.kind.families.contains(String(target[..<mark])),
            // Not a section that only begins like it: `tc/ingress:eth0`.
            given.map({ $0.pattern.base.utf8.count <= target[..<mark].utf8.count }) ?? true
        {
            return (own.kind, own.matched, target[target.utf8.index(after: mark)...])
        }
        if let found = given { return (found.kind, found.pattern, found.text) }
        if let found = SectionKinds.find(target), case .target = found.kind.target(named: nil, in: found.pattern) {
            return (found.kind, found.pattern, nil)
        }
        if let own { return (own.kind, own.matched, target) }
        if let found = SectionKinds.find(family: target) { return (found.kind, found.pattern, found.text) }
        // As the originals had it: programs whose sections say nothing are for functions.
        return (Kprobe.self, Kprobe.sections[0], target)
    }

    private init(
        _ kind: any SectionKind.Type, _ found: SectionPattern, target: SectionTarget, isOptional: Bool,
        traits more: SectionPattern.Traits = []
    ) {
        self.kind = kind
        self.isOptional = isOptional
        matched = found
        type = found.type
        expectedAttachType = found.attachType
        let traits = found.traits.union(more)
        attachTypeIsOptional = traits.contains(.attachTypeIsOptional)
        isSleepable = traits.contains(.sleepable)
        needsAttachBTF = traits.contains(.attachBTF)
        usesXDPFrags = traits.contains(.xdpFrags)
        pattern = found.name
        self.target = target
    }

    /// Whether its programs go to functions of the kernel: of this type are also those for functions of user programs.
    package var takesKernelFunction: Bool {
        type == .kprobe && kind != UserProbe.self && kind != UserTracepoint.self
    }

    /// Whether its programs go to functions of programs and libraries.
    package var isOfUserFunctions: Bool { kind == UserProbe.self }

    /// The target that a text means in this way of attaching, for one that comes from the command line.
    ///
    /// - Parameter text: What would stand behind the slash in the section's name.
    package func target(_ text: String) -> SectionTarget { kind.candidates(named: text[...], in: matched) }

    /// The targets that a text of the command line has meant: several where it names functions of a program or library
    /// with commas between them.
    package func targets() throws(AttachTargetError) -> [AttachTarget] {
        guard case .target(let target) = target else { return [] }
        guard target.others.isEmpty, let probe = target.value as? UserProbe else { return [target] }
        do throws(AttachTargetError.Reason) {
            return try probe.apart().map { AttachTarget($0) }
        } catch {
            throw AttachTargetError(
                pattern: matched.name, text: probe.place.description, reason: error, form: UserProbe.form(of: matched))
        }
    }

    /// How a target is written that takes the place of what the section does not say, as no section of its kind does;
    /// nil where sections name their targets, or there are none.
    package var targetForm: String? {
        guard target == .unnamed, !matched.takesTarget, let kind = kind as? any AttachKind.Type else { return nil }
        return kind.form(of: matched)
    }

    /// By what other means its programs are attached; nil if they are attached here.
    ///
    /// - Parameter pin: Where the program is going to be pinned, for commands that take a pin.
    package func otherMeans(pin: String) -> OtherMeans? { kind.otherMeans(for: matched, pin: pin) }

    /// What its programs are attached to here; nil if the section names nothing, or something that is not attached here.
    package var attachTarget: AttachTarget? {
        guard case .target(let target) = target, otherMeans(pin: "") == nil else { return nil }
        return target
    }
}

extension SectionConvention: Equatable {
    /// Whether both are of one pattern and say the same.
    package static func == (left: SectionConvention, right: SectionConvention) -> Bool {
        left.pattern == right.pattern && left.isOptional == right.isOptional && left.target == right.target
    }
}
