// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import Diagnostics

/// The processes that have a map open: what an error about it can name.
enum MapHolders {
    struct Process: Equatable {
        let id: Int32
        let name: String

        /// `bpf-eventd (pid 285)`.
        var words: String { "\(name.terminalSafe) (pid \(id))" }
    }

    /// Finds them; none where they cannot be looked at.
    ///
    /// - Parameters:
    ///   - mapID: The map's id.
    ///   - roots: Where `/proc` is.
    static func processes(of mapID: UInt32, roots: KernelRoots = KernelRoots()) -> [Process] {
        let line = "map_id:\t\(mapID)"
        return KernelFile.names(in: roots.proc).compactMap { Int32($0) }.sorted().filter { $0 != getpid() }
            .filter { id in
                let folder = "\(roots.proc)/\(id)"
                return KernelFile.names(in: folder + "/fd").contains { number in
                    isMap("\(folder)/fd/\(number)")
                        && ((try? KernelFile.text("\(folder)/fdinfo/\(number)")) ?? "").split(separator: "\n").contains
                        {
                            $0 == line
                        }
                }
            }
            .map { Process(id: $0, name: KernelFile.line("\(roots.proc)/\($0)/comm") ?? "?") }
    }

    /// Whether an open file is a map, so that the state of others is not asked for.
    private static func isMap(_ path: String) -> Bool { KernelFile.link(path) == "anon_inode:bpf-map" }
}
