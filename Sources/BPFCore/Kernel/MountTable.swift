// SPDX-License-Identifier: Apache-2.0

/// What is mounted where, as this process sees it: /proc/self/mountinfo, proc_pid_mountinfo(5).
package struct MountTable: Sendable {
    /// One line of the table.
    package struct Mount: Sendable, Equatable {
        /// `statfs`-like name of the type: `bpf`, `tracefs`.
        package let type: String
        /// Where it is mounted.
        package let point: String
        /// The folder of the file system that is seen there; `/` unless a part of it is bound there.
        package let root: String
        /// Options of this mount: `rw`, `nosuid`.
        package let options: [String]
        /// Options of the file system: `mode=700`, `rw`.
        package let superOptions: [String]

        /// Whether nothing can be created or changed there.
        package var isReadOnly: Bool { options.contains("ro") || superOptions.contains("ro") }
    }

    /// The mounts in the order of the kernel: of two at one place the later one is seen.
    package let mounts: [Mount]

    /// Reads the table of this process.
    package init(roots: KernelRoots = KernelRoots()) throws(Errno) {
        self.init(parsing: try KernelFile.text(roots.proc + "/self/mountinfo", limit: 16 << 20))
    }

    /// Reads a table; lines of another shape are passed over.
    package init(parsing text: String) {
        mounts = text.split(separator: "\n").compactMap(Self.mount(line:))
    }

    /// Mounts of a type, the latest first.
    package func mounts(ofType type: String) -> [Mount] {
        mounts.reversed().filter { $0.type == type }
    }

    /// The mount that an absolute path lies in; `.`, `..` and symbolic links are not followed.
    package func mount(containing path: String) -> Mount? {
        mounts.reversed().filter { Self.isPath(path, within: $0.point) }.max {
            $0.point.utf8.count < $1.point.utf8.count
        }
    }

    private static func isPath(_ path: String, within point: String) -> Bool {
        point == "/" || path == point || path.hasPrefix(point + "/")
    }

    /// Reads `36 35 98:0 /root /point rw,noatime shared:1 - ext4 /dev/root rw,errors=continue`.
    private static func mount(line: Substring) -> Mount? {
        let fields = line.split(separator: " ", omittingEmptySubsequences: false)
        guard fields.count >= 9, let dash = fields.dropFirst(6).firstIndex(of: "-"), dash + 1 < fields.count else {
            return nil
        }
        return Mount(
            type: unescaped(fields[dash + 1]), point: unescaped(fields[4]), root: unescaped(fields[3]),
            options: fields[5].split(separator: ",").map(String.init),
            superOptions: dash + 3 < fields.count ? fields[dash + 3].split(separator: ",").map(String.init) : [])
    }

    /// The kernel writes space, tab, newline, backslash and `#` as a backslash and three octal digits.
    private static func unescaped(_ field: Substring) -> String {
        let bytes = Array(field.utf8)
        guard bytes.contains(UInt8(ascii: "\\")) else { return String(field) }
        var plain: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "\\"), index + 3 < bytes.count,
                let value = UInt8(String(decoding: bytes[(index + 1)...(index + 3)], as: UTF8.self), radix: 8)
            {
                plain.append(value)
                index += 4
            } else {
                plain.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: plain, as: UTF8.self)
    }
}
