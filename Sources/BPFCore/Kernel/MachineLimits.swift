// SPDX-License-Identifier: Apache-2.0

/// A limit of getrlimit(2).
package struct ResourceLimit: Sendable, Equatable {
    /// What holds now; nil is no limit.
    package var soft: UInt64?
    /// What the process may raise it to; nil is no limit.
    package var hard: UInt64?

    /// Creates a limit.
    package init(soft: UInt64?, hard: UInt64?) {
        self.soft = soft
        self.hard = hard
    }

    /// Reads `Max open files            1024                 524288               files` of /proc/self/limits.
    init?(_ name: String, in limits: String) {
        guard let line = limits.split(separator: "\n").first(where: { $0.hasPrefix(name + " ") }) else { return nil }
        let fields = line.dropFirst(name.count).split(separator: " ")
        guard fields.count >= 2 else { return nil }
        self.init(soft: UInt64(fields[0]), hard: UInt64(fields[1]))
    }
}

/// A memory cgroup that limits what its processes may have.
package struct MemoryCgroup: Sendable, Equatable {
    /// The path of the group, as in /proc/self/cgroup.
    package var path: String
    /// Bytes that it may have.
    package var limit: UInt64
    /// Bytes that it has; nil is not known.
    package var used: UInt64?

    /// Creates a group.
    package init(path: String, limit: UInt64, used: UInt64? = nil) {
        self.path = path
        self.limit = limit
        self.used = used
    }

    /// Above this a limit of version 1 means none.
    private static let none: UInt64 = 1 << 60

    /// Looks for the narrowest limit of the group that the process is in and those above it; nil if there is none.
    init?(roots: KernelRoots) {
        let text = (try? KernelFile.text(roots.proc + "/self/cgroup")) ?? ""
        var found: MemoryCgroup?
        for line in text.split(separator: "\n") {
            // `0::/system.slice/x.service`, `9:memory:/docker/1f`
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let isSecond = fields[0] == "0" && fields[1].isEmpty
            guard isSecond || fields[1].split(separator: ",").contains("memory") else { continue }
            let top = roots.sys + "/fs/cgroup" + (isSecond ? "" : "/memory")
            let (limit, usage) =
                isSecond
                ? ("memory.max", "memory.current") : ("memory.limit_in_bytes", "memory.usage_in_bytes")
            for path in Self.ancestors(of: fields[2]) {
                guard let line = KernelFile.line("\(top)\(path)/\(limit)"), let bytes = UInt64(line),
                    bytes < min(found?.limit ?? .max, Self.none)
                else { continue }
                let used = KernelFile.line("\(top)\(path)/\(usage)").flatMap { UInt64($0) }
                found = MemoryCgroup(path: path.isEmpty ? "/" : path, limit: bytes, used: used)
            }
        }
        guard let found else { return nil }
        self = found
    }

    /// `/a/b`, `/a` and the empty path; nothing that leads out of the hierarchy.
    private static func ancestors(of path: Substring) -> [String] {
        let parts = path.split(separator: "/")
        guard !parts.contains("..") else { return [""] }
        return (0...parts.count).reversed().map { parts.prefix($0).map { "/" + $0 }.joined() }
    }
}

/// How the files of tracefs can be reached by this process.
package enum TracingFiles: Sendable, Equatable {
    /// They can be read.
    case open
    /// They are there, and closed to this user.
    case closed(path: String)
    /// tracefs is mounted nowhere.
    case unmounted

    init(roots: KernelRoots) {
        guard let tracefs = Tracefs.find(roots: roots) else {
            self = .unmounted
            return
        }
        self = KernelFile.mayRead(tracefs.path + "/events") ? .open : .closed(path: tracefs.path)
    }
}
