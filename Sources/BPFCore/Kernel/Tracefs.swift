// SPDX-License-Identifier: Apache-2.0

internal import CBPF

/// The folder of the kernel's tracing files, wherever it is mounted.
package struct Tracefs: Sendable, Equatable {
    /// The top folder, not that of an instance: only it has `kprobe_events`.
    package let path: String

    /// Takes a folder as it is.
    package init(path: String) { self.path = path }

    /// Finds tracefs: mounted as such, then below debugfs, then at the usual places; nil if it is mounted nowhere.
    ///
    /// The table of mounts comes first, since a file at a usual place may be anything in a container.
    package static func find(roots: KernelRoots = KernelRoots()) -> Tracefs? {
        var places: [String] = []
        if let table = try? MountTable(roots: roots) {
            let whole = { (type: String) in
                table.mounts(ofType: type).filter { $0.root == "/" }.sorted { !$0.isReadOnly && $1.isReadOnly }
            }
            places += whole("tracefs").map(\.point) + whole("debugfs").map { $0.point + "/tracing" }
        }
        places += [roots.sys + "/kernel/tracing", roots.sys + "/kernel/debug/tracing"]
        return places.first { KernelFile.mayExist($0 + "/events") }.map(Tracefs.init(path:))
    }

    /// The list of probes, and where one is added or taken away.
    package var kprobeEvents: String { path + "/kprobe_events" }

    /// Whether the function tracer is out of service: it does not even list its functions then (`ENODEV`).
    var hasFailed: Bool {
        do throws(Errno) {
            _ = try KernelFile.open(path + "/enabled_functions", O_RDONLY | O_CLOEXEC)
            return false
        } catch {
            return error == .operationNotSupportedByDevice
        }
    }

    /// The folder of debugfs, for the list of functions that must not be probed; nil if it is mounted nowhere.
    static func debugfs(roots: KernelRoots) -> String? {
        let mounted = (try? MountTable(roots: roots))?.mounts(ofType: "debugfs").first { $0.root == "/" }?.point
        return [mounted, roots.sys + "/kernel/debug"].compactMap(\.self).first { KernelFile.exists($0 + "/kprobes") }
    }
}
