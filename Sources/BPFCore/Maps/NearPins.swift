// SPDX-License-Identifier: Apache-2.0

package import BPFObject
internal import CBPF
internal import Diagnostics

/// Pins of maps that events can come from, near a path at which nothing is pinned.
package enum NearPins {
    /// As many names are looked at, so that no full file system keeps anybody waiting.
    private static let limit = 512

    /// The pins of event maps in the folder of a path and in `/sys/fs/bpf`, and one folder further down, the likeliest
    /// first; none where they cannot be looked at.
    package static func events(near path: PinPath, count: Int = 3) -> [String] {
        maps(near: path, count: count) { $0.holdsEvents }
    }

    /// The same of the pins of maps of some types.
    package static func maps(
        near path: PinPath, count: Int = 3, where isWanted: (MapType) -> Bool = { _ in true }
    ) -> [String] {
        var seen: Set<String> = [path.path]
        var found: [String] = []
        var left = limit
        func look(in folder: String, depth: Int) {
            for name in KernelFile.names(in: folder).sorted() where left > 0 {
                let entry = folder + "/" + name
                guard seen.insert(entry).inserted else { continue }
                left -= 1
                if isFolder(entry) {
                    if depth > 0 { look(in: entry, depth: depth - 1) }
                } else if let type = mapType(entry), isWanted(type) {
                    found.append(entry)
                }
            }
        }
        for folder in [path.folder, PinPath.usualMountPoint] where isBPFFileSystem(folder) {
            look(in: folder, depth: 1)
        }
        let wanted = Array(path.name.utf8)[...]
        var distances = EditDistance()
        func distance(_ other: String) -> Int {
            let name = Array(other.utf8.split(separator: UInt8(ascii: "/")).last ?? [])[...]
            return distances.between(wanted, name, atMost: 64) ?? .max
        }
        return Array(found.map { (distance($0), $0) }.sorted { $0 < $1 }.prefix(count).map(\.1))
    }

    /// Whether a path leads into a bpf file system.
    package static func isBPFFileSystem(_ path: String) -> Bool {
        var status = statfs()
        return unsafe path.withFileName { unsafe statfs($0, &status) } == 0
            && UInt32(truncatingIfNeeded: status.f_type) == UInt32(truncatingIfNeeded: CBPF_BPF_FS_MAGIC)
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return unsafe path.withFileName { unsafe lstat($0, &status) } == 0
            && status.st_mode & UInt32(S_IFMT) == UInt32(S_IFDIR)
    }

    private static func mapType(_ path: String) -> MapType? { (try? Map(pinnedAt: path))?.type }
}
