// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import EventStream
internal import EventTypes

/// The names of this host that a capture tells: of users, groups and control groups, each only if a type of its events
/// has numbers of such.
///
/// Users and groups are those of `/etc/passwd` and `/etc/group` when the first such type came; what a directory service
/// knows beside is not asked for. Control groups are those that are there, and those that come later.
struct HostNameList {
    private let roots: KernelRoots
    private var wanted: HostNameKinds = []
    private var users: CaptureNames?
    private var groups: CaptureNames?
    /// The paths of control groups by their ids; those that have gone are kept as long as there is room, as events
    /// of theirs may still wait in a ring.
    private var paths: [UInt64: String] = [:]
    private var areGroupsCut = false

    /// Control groups that a capture tells.
    static let groupLimit = 8192
    /// Bytes of the paths of these.
    static let pathBytesLimit = 1 << 20
    /// Bytes of `/etc/passwd` that are read.
    private static let fileLimit = 4 << 20

    init(roots: KernelRoots = KernelRoots()) { self.roots = roots }

    /// What the capture tells.
    var lists: [CaptureNames] {
        var lists = [users, groups].compactMap { $0 }
        if wanted.contains(.cgroups) { lists.append(list(paths)) }
        return lists
    }

    /// Whether the host has more names than the capture tells.
    var isCut: Bool { lists.contains(where: \.isCut) }

    /// Whether control groups that come later are of interest.
    var watchesGroups: Bool { wanted.contains(.cgroups) }

    /// Takes in what the types of a map need.
    mutating func want(_ kinds: HostNameKinds) {
        let new = kinds.subtracting(wanted)
        wanted.formUnion(kinds)
        if new.contains(.users) { users = accounts(.users, "passwd") }
        if new.contains(.groups) { groups = accounts(.groups, "group") }
        if new.contains(.cgroups) { _ = lookForGroups() }
    }

    /// Looks for control groups that were not there before.
    ///
    /// - Returns: Those; nil if there are none.
    mutating func lookForGroups() -> CaptureNames? {
        guard watchesGroups, let (found, isCut) = ControlGroups.all(roots: roots, limit: Self.groupLimit) else {
            return nil
        }
        return take(found, isCut: isCut)
    }

    /// Takes in the control groups that there are.
    mutating func take(_ found: [ControlGroups.Group], isCut: Bool) -> CaptureNames? {
        areGroupsCut = isCut
        var new: [UInt64: String] = [:]
        for group in found where paths[group.id] != group.path { new[group.id] = group.path }
        guard !new.isEmpty else { return nil }
        var kept = paths.merging(new) { $1 }
        if kept.count > Self.groupLimit || Self.bytes(kept) > Self.pathBytesLimit {
            // Those that have gone make room.
            kept = [:]
            var bytes = 0
            for group in found {
                bytes += group.path.utf8.count
                guard bytes <= Self.pathBytesLimit else {
                    areGroupsCut = true
                    break
                }
                kept[group.id] = group.path
            }
            new = new.filter { kept[$0.key] != nil }
        }
        paths = kept
        return new.isEmpty ? nil : list(new)
    }

    private func list(_ paths: [UInt64: String]) -> CaptureNames {
        CaptureNames(
            .cgroups, paths.sorted { $0.key < $1.key }.map { CaptureNames.Entry(id: $0.key, name: $0.value) },
            isCut: areGroupsCut)
    }

    private static func bytes(_ paths: [UInt64: String]) -> Int { paths.values.reduce(0) { $0 + $1.utf8.count } }

    /// The names of a file; none if it cannot be read, or is too large to be what it should be.
    private func accounts(_ kind: CaptureNames.Kind, _ name: String) -> CaptureNames {
        do {
            let file = try KernelFile.bytes("\(roots.files)/etc/\(name)", limit: Self.fileLimit)
            let (entries, isCut) = AccountNames.read(file)
            return CaptureNames(kind, entries, isCut: isCut)
        } catch {
            return CaptureNames(kind, isCut: error == .fileTooLarge)
        }
    }
}
