// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import CBPF
internal import Diagnostics

extension SocketLookup: KernelAttachKind {
    func resolve(_ kernel: inout TargetResolver) throws(BPFError) -> ResolvedTarget {
        ResolvedTarget(self, at: try NamespacePlace(namespace, .socketLookup, since: "Linux 5.9"))
    }

    func isThere(_ kernel: TargetResolver) throws(BPFError) -> Bool {
        try NamespacePlace.look(for: namespace)
        return true
    }
}

extension FlowDissector: KernelAttachKind {
    func resolve(_ kernel: inout TargetResolver) throws(BPFError) -> ResolvedTarget {
        ResolvedTarget(self, at: try NamespacePlace(namespace, .flowDissector, since: "Linux 5.8"))
    }

    func isThere(_ kernel: TargetResolver) throws(BPFError) -> Bool {
        try NamespacePlace.look(for: namespace)
        return true
    }
}

/// A hook of a network namespace.
private struct NamespacePlace: AttachPlace {
    let namespace: NetworkNamespace
    let attachType: AttachType
    let since: String

    /// Takes a namespace that must be there.
    init(_ namespace: NetworkNamespace, _ attachType: AttachType, since: String) throws(BPFError) {
        self.namespace = namespace
        self.attachType = attachType
        self.since = since
        _ = try Self.open(namespace, .resolveProbe)
    }

    func attach(
        _ program: Int32, at target: ResolvedTarget, _ options: AttachOptions
    ) throws(BPFError) -> Link {
        let opened = try Self.open(namespace, .attachProbe)
        do throws(Errno) {
            let link = try Links.create(
                program: program, target: UInt32(bitPattern: opened.rawValue), attachType: attachType)
            return Link(target, way: .namespaceLink, hold: PlainHold(link))
        } catch {
            let isDissector = attachType == .flowDissector
            let cause: String? =
                switch error {
                case .invalidArgument: "this kernel has no link for \(attachType) programs; there is one since \(since)"
                // A namespace takes one dissector.
                case .fileExists where isDissector, .resourceBusy where isDissector, .argListTooLong where isDissector:
                    "another dissector is there, or in the first network namespace, which goes before all"
                case .fileExists, .resourceBusy: "the program is there already"
                case .argListTooLong: "64 programs are there already, and the kernel takes no more"
                default: nil
                }
            let isTaken = [.fileExists, .resourceBusy, .argListTooLong].contains(error)
            throw NetworkFailure.untied(
                error, target, isTaken ? .hookTaken : .attachRefused, cause: cause,
                nextStep: error == .fileExists ? "see it: bpftool net" : nil)
        }
    }

    /// Looks whether a namespace is there.
    static func look(for namespace: NetworkNamespace) throws(BPFError) { _ = try open(namespace, .resolveProbe) }

    private static func open(
        _ namespace: NetworkNamespace, _ operation: BPFError.Operation
    ) throws(BPFError) -> OwnedDescriptor {
        let path = namespace.file
        let number = unsafe path.withFileName { unsafe cbpf_openat(AT_FDCWD, $0, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0) }
        guard number >= 0 else {
            let errno = Errno.last
            guard errno == .noSuchFileOrDirectory else {
                throw BPFError(operation, .noSuchTarget, errno: errno, "cannot open \(namespace)")
            }
            let names = KernelFile.names(in: NetworkNamespace.folder).sorted()
            let name = path.split(separator: "/").last.map(String.init) ?? path
            let near = NetworkDevices.near(name, among: names)
            throw BPFError(
                operation, .noSuchTarget, "there is no network namespace \(path)",
                details: names.isEmpty ? [] : ["there are: " + names.prefix(16).joined(separator: ", ")],
                nextStep: near.map { "did you mean \($0)?" }
                    ?? "name one of ip netns, or the file of a process: /proc/PID/ns/net")
        }
        let descriptor = OwnedDescriptor(owning: number)
        var status = statfs()
        guard unsafe fstatfs(number, &status) == 0,
            UInt32(truncatingIfNeeded: status.f_type) == UInt32(CBPF_NSFS_MAGIC), cbpf_is_network_namespace(number)
        else {
            throw BPFError(
                operation, .noSuchTarget, "\(path) is not a network namespace",
                nextStep: "name one of ip netns, or the file of a process: /proc/PID/ns/net")
        }
        return descriptor
    }
}
