// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import Diagnostics

/// The control groups of the unified hierarchy, by the ids that `bpf_get_current_cgroup_id` returns.
package enum ControlGroups {
    /// A control group.
    package struct Group: Sendable, Equatable {
        /// Its id: the number of its directory.
        package let id: UInt64
        /// Its path from the root of the hierarchy, as this process sees it.
        package let path: String
    }

    /// Directories within each other that are looked into.
    private static let depth = 64
    /// Bytes of a path.
    private static let longestPath = 4096

    /// Finds the control groups that there are now, those near the root first.
    ///
    /// Groups come and go meanwhile, and their names are other users' to choose. Nothing is followed that is not a
    /// directory.
    ///
    /// - Parameters:
    ///   - roots: Where sysfs is.
    ///   - limit: How many are looked for.
    /// - Returns: The groups, and whether there are more; nil if there is no unified hierarchy to be seen.
    package static func all(roots: KernelRoots = KernelRoots(), limit: Int) -> (groups: [Group], isCut: Bool)? {
        let places = ["\(roots.sys)/fs/cgroup", "\(roots.sys)/fs/cgroup/unified"]
        guard let root = places.first(where: isHierarchy), let id = number(of: root) else { return nil }
        return walk(root, id: id, limit: limit)
    }

    /// Walks through the directories below a root.
    static func walk(_ root: String, id: UInt64, limit: Int) -> (groups: [Group], isCut: Bool) {
        var groups = [Group(id: id, path: "/")]
        var next = 0
        var ends = [1]
        while next < groups.count {
            if next == ends.last { ends.append(groups.count) }
            guard ends.count <= depth else { return (groups, true) }
            let path = groups[next].path == "/" ? "" : groups[next].path
            next += 1
            for entry in directories(in: root + path, limit: limit) {
                let inner = "\(path)/\(entry.name)"
                guard inner.utf8.count <= longestPath, groups.count < limit else { return (groups, true) }
                groups.append(Group(id: entry.id, path: inner))
            }
        }
        return (groups, false)
    }

    private static func isHierarchy(_ path: String) -> Bool {
        var status = statfs()
        return unsafe path.withFileName { unsafe statfs($0, &status) } == 0
            && UInt32(truncatingIfNeeded: status.f_type) == UInt32(truncatingIfNeeded: CBPF_CGROUP2_MAGIC)
    }

    private static func number(of path: String) -> UInt64? {
        var status = stat()
        return unsafe path.withFileName { unsafe stat($0, &status) } == 0 ? UInt64(status.st_ino) : nil
    }

    /// The directories in a directory with their numbers, sorted by name; none if it has gone.
    private static func directories(in folder: String, limit: Int) -> [(name: String, id: UInt64)] {
        guard let stream = unsafe folder.withFileName({ unsafe opendir($0) }) else { return [] }
        defer { unsafe _ = closedir(stream) }
        var found: [(name: String, id: UInt64)] = []
        while found.count <= limit, let entry = unsafe readdir(stream) {
            guard unsafe Int(entry.pointee.d_type) == Int(DT_DIR) else { continue }
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { field in
                let bytes = unsafe UnsafeRawBufferPointer(start: field, count: 256).prefix { $0 != 0 }
                return unsafe String(foreignBytes: Array(bytes))
            }
            if name != "." && name != ".." { found.append((name, unsafe UInt64(entry.pointee.d_ino))) }
        }
        return found.sorted { $0.name < $1.name }
    }
}
