// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import CBPF
internal import Diagnostics

/// The names of places, each looked for once.
///
/// A name is what the machine has now: what is gone, or out of sight, stays a number.
struct PlaceNames {
    private struct Key: Hashable {
        let place: LinkPlace
        /// The network namespace that a device is looked for in.
        let namespace: String
    }

    private let roots: KernelRoots
    private var known: [Key: String] = [:]
    private let own: String
    /// Files of namespaces by their inodes; read when the first one is asked for.
    private var namespaces: [UInt32: String]?

    init(roots: KernelRoots) {
        self.roots = roots
        own = KernelFile.link(roots.proc + "/self/ns/net") ?? "unknown"
    }

    /// The name of a place, such as `eth0`, `/sys/fs/cgroup/a` or `ipv4 local_in`.
    ///
    /// - Parameter process: A process that has the link open, in whose network namespace the device is most likely.
    mutating func name(of place: LinkPlace, heldBy process: Int32? = nil) -> String {
        var namespace = own
        if case .device = place, let process {
            namespace = KernelFile.link("\(roots.proc)/\(process)/ns/net") ?? "unknown"
        }
        let key = Key(place: place, namespace: namespace)
        if let name = known[key] { return name }
        let name = find(place, in: namespace == own ? nil : process)
        known[key] = name
        return name
    }

    private mutating func find(_ place: LinkPlace, in process: Int32?) -> String {
        switch place {
        case .device(let index):
            if let process { return device(index, of: process) }
            return NetworkDevices.name(of: index) ?? "device \(index) of another network namespace"
        case .cgroup(let id): return cgroup(id) ?? "control group \(id)"
        case .networkNamespace(let inode): return namespace(inode) ?? "network namespace \(inode)"
        case .map(let id):
            guard let map = try? Map(id: id), let name = try? map.info().name else { return "map of id \(id)" }
            return "map \(name) (id \(id))"
        case .netfilter(let family, let hook, let priority):
            let families = NetfilterFamily.allCases.first { $0.number == family }
            let hooks = NetfilterPoint.allCases.first { $0.number == hook }
            return
                "\(families?.rawValue ?? "family \(family)") \(hooks?.rawValue ?? "hook \(hook)"), priority \(priority)"
        }
    }

    /// The device of another network namespace, as a process there sees it: only IPv6 lists devices with their indices.
    private func device(_ index: UInt32, of process: Int32) -> String {
        let folder = "\(roots.proc)/\(process)/net/dev_snmp6"
        for name in KernelFile.names(in: folder) {
            guard let fields = KernelFile.line("\(folder)/\(name)")?.split(whereSeparator: { $0 == "\t" || $0 == " " }),
                fields.first == "ifIndex", fields.last == "\(index)"
            else { continue }
            return "\(name) in the network namespace of process \(process)"
        }
        return "device \(index) in the network namespace of process \(process)"
    }

    private func cgroup(_ id: UInt64) -> String? {
        guard let mount = try? MountTable().mounts(ofType: "cgroup2").first?.point,
            let root = try? KernelFile.open(mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        else { return nil }
        let number = cbpf_open_cgroup(root.rawValue, id)
        guard number >= 0 else { return nil }
        let group = OwnedDescriptor(owning: number)
        let path = group.kind
        return path.utf8.first == UInt8(ascii: "/") ? path : nil
    }

    /// The own namespace, one of `ip netns`, or that of a process.
    private mutating func namespace(_ inode: UInt32) -> String? {
        if namespaces == nil {
            var found: [UInt32: String] = [:]
            for pid in KernelFile.names(in: roots.proc).compactMap({ Int32($0) }).sorted(by: >) {
                let path = "\(roots.proc)/\(pid)/ns/net"
                if let inode = Self.inode(path) { found[inode] = path }
            }
            for name in KernelFile.names(in: NetworkNamespace.folder) {
                if let inode = Self.inode(NetworkNamespace.folder + "/" + name) { found[inode] = name }
            }
            if let inode = Self.inode(roots.proc + "/self/ns/net") { found[inode] = "the own network namespace" }
            namespaces = found
        }
        return namespaces?[inode]
    }

    private static func inode(_ path: String) -> UInt32? {
        var status = stat()
        guard unsafe path.withFileName({ unsafe stat($0, &status) }) == 0 else { return nil }
        return UInt32(truncatingIfNeeded: status.st_ino)
    }
}

extension Link.Info {
    /// The target in words: what the kernel calls it, or the name of its place; nil if it does not tell.
    func target(_ names: inout PlaceNames, heldBy process: Int32? = nil) -> String? {
        target ?? place.map { names.name(of: $0, heldBy: process) }
    }
}
