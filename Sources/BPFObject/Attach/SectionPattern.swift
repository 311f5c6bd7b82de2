// SPDX-License-Identifier: Apache-2.0

/// One kind of section name: `xdp` is that name alone, `kprobe+` is `kprobe` or `kprobe/` and more.
package struct SectionPattern: Sendable, Equatable {
    /// What else the pattern says of a program.
    struct Traits: OptionSet, Sendable {
        let rawValue: UInt8

        /// Kernels before the attach type load the program without it.
        static let attachTypeIsOptional = Traits(rawValue: 1)
        /// `BPF_F_SLEEPABLE`.
        static let sleepable = Traits(rawValue: 2)
        /// `attach_btf_id`.
        static let attachBTF = Traits(rawValue: 4)
        /// `BPF_F_XDP_HAS_FRAGS`.
        static let xdpFrags = Traits(rawValue: 8)
        /// What the code of a program is made for, wherever it is attached.
        static let ofCode: Traits = [.sleepable, .xdpFrags]
        /// Older tools put a name of their own behind a slash (`xdp/filter`), which says nothing here.
        static let takesSuffix = Traits(rawValue: 16)
    }

    /// The pattern as written, such as `kprobe+`.
    package let name: String
    let type: ProgramType
    let attachType: AttachType?
    let traits: Traits

    init(
        _ name: String, _ type: ProgramType, _ attachType: AttachType? = nil, _ traits: Traits = []
    ) {
        self.name = name
        self.type = type
        self.attachType = attachType
        self.traits = traits
    }

    /// Whether a section's name, its `?` taken off, is of this pattern.
    func matches(_ section: Substring) -> Bool {
        let base = name.utf8.dropLast(takesTarget ? 1 : 0)
        guard takesTarget, section.utf8.count > base.count else { return section.utf8.elementsEqual(base) }
        return section.utf8.starts(with: base) && section.utf8.dropFirst(base.count).first == UInt8(ascii: "/")
    }

    /// Whether it is the pattern's name with a name of the program behind it, as older tools take it.
    func matchesWithSuffix(_ section: Substring) -> Bool {
        guard traits.contains(.takesSuffix), section.utf8.starts(with: name.utf8) else { return false }
        let rest = section.utf8.dropFirst(name.utf8.count)
        return rest.first == UInt8(ascii: "/") && rest.count > 1
    }

    /// What follows the slash in a name that matches; nil is no slash.
    func text(behind section: Substring) -> Substring? {
        guard takesTarget, let slash = section.utf8.firstIndex(of: UInt8(ascii: "/")) else { return nil }
        return section[section.utf8.index(after: slash)...]
    }

    /// What follows the kind in a target that is given for a program, as in `xdp:eth0` or `kprobe/vfs_read`; nil if it is
    /// not of this pattern, whatever the pattern takes in the names of sections.
    func text(given target: Substring) -> Substring? {
        guard target.utf8.starts(with: base.utf8) else { return nil }
        let rest = target.utf8.dropFirst(base.utf8.count)
        guard let mark = rest.first, mark == UInt8(ascii: ":") || mark == UInt8(ascii: "/") else { return nil }
        return target[rest.index(after: rest.startIndex)...]
    }

    /// Whether the names of sections have a target behind a slash.
    var takesTarget: Bool { name.utf8.last == UInt8(ascii: "+") }

    /// The name in front of the slash, such as `kprobe`.
    var base: Substring { name.dropLast(takesTarget ? 1 : 0) }
}
