// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// What names of the traced host the events of a type may need: those of users, of groups, of control groups.
///
/// They are told by a tag (`fmt:uid`), by a typedef of the kernel (`kuid_t`), or by a member's name (`cgroup_id`), since
/// a user may ask for the format of a plain number later.
package struct HostNameKinds: OptionSet, Sendable {
    package let rawValue: UInt8

    /// Creates a set of its bits.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Users, by uid.
    package static let users = HostNameKinds(rawValue: 1)
    /// Groups, by gid.
    package static let groups = HostNameKinds(rawValue: 2)
    /// Control groups, by id.
    package static let cgroups = HostNameKinds(rawValue: 4)
    /// All of them.
    package static let all: HostNameKinds = [.users, .groups, .cgroups]

    /// What the types of a schema need; nothing if they cannot be read.
    ///
    /// - Parameter btf: BTF of no more than what events are made of.
    package init(btf: [UInt8]) {
        self = []
        guard let types = try? BTF(parsing: btf) else { return }
        for id in types.firstID..<types.endID where self != .all {
            guard let type = types[id] else { continue }
            switch type.kind {
            case .declarationTag: formUnion(Self.byTag[types.name(of: type)] ?? [])
            case .typedef: formUnion(Self.byType[types.name(of: type)] ?? [])
            case .structure, .union:
                for index in 0..<type.count {
                    guard let member = types.member(of: type, at: index) else { break }
                    formUnion(Self.byName(types.string(member.nameOffset)))
                }
            default: break
            }
        }
    }

    /// By the tags of formats.
    package static let byTag: [String: HostNameKinds] = [
        "fmt:uid": .users, "fmt:gid": .groups, "fmt:cgroup": .cgroups, "fmt:unit": .cgroups, "fmt:container": .cgroups,
    ]

    /// By the names of typedefs.
    package static let byType: [String: HostNameKinds] = [
        "uid_t": .users, "kuid_t": .users, "__kernel_uid32_t": .users,
        "gid_t": .groups, "kgid_t": .groups, "__kernel_gid32_t": .groups,
    ]

    /// By a word of a member's name.
    private static func byName(_ name: String) -> HostNameKinds {
        guard name.utf8.count <= 64 else { return [] }
        return name.lowercased().split(separator: "_").reduce(into: HostNameKinds()) { kinds, word in
            kinds.formUnion(byWord[String(word)] ?? [])
        }
    }

    private static let byWord: [String: HostNameKinds] = [
        "uid": .users, "euid": .users, "suid": .users, "ruid": .users, "fsuid": .users, "loginuid": .users,
        "gid": .groups, "egid": .groups, "sgid": .groups, "rgid": .groups, "fsgid": .groups,
        "cgroup": .cgroups, "cgroupid": .cgroups, "cgrp": .cgroups, "cgid": .cgroups,
    ]
}
