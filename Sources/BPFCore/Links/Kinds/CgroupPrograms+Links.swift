// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import CBPF
internal import Diagnostics

extension CgroupPrograms: KernelAttachKind {
    func resolve(_ kernel: inout TargetResolver) throws(BPFError) -> ResolvedTarget {
        // The path must lead to a group now; it is opened again when the program is there.
        _ = try ControlGroup.open(path, .resolveProbe)
        return ResolvedTarget(self, at: CgroupPlace(path: path, attachType: attachType, order: order))
    }

    func isThere(_ kernel: TargetResolver) throws(BPFError) -> Bool {
        _ = try ControlGroup.open(path, .resolveProbe)
        return true
    }
}

/// A hook of a control group.
private struct CgroupPlace: AttachPlace {
    let path: String
    let attachType: AttachType
    let order: CgroupOrder?

    func attach(
        _ program: Int32, at target: ResolvedTarget, _ options: AttachOptions
    ) throws(BPFError) -> Link {
        let group = try ControlGroup.open(path, .attachProbe)
        do throws(Errno) {
            let link = try Links.create(
                program: program, target: UInt32(bitPattern: group.rawValue), attachType: attachType,
                flags: order?.flag ?? 0)
            return Link(target, way: .cgroupLink, hold: PlainHold(link))
        } catch {
            let (cause, step) = meaning(error)
            throw NetworkFailure.untied(error, target, cause: cause, nextStep: step)
        }
    }

    private func meaning(_ errno: Errno) -> (cause: String?, nextStep: String?) {
        switch errno {
        case .invalidArgument:
            if let order {
                return (
                    "this kernel takes no order \(order.rawValue) in control groups; there is one since \(order.since)",
                    "leave out the order: without it the program runs behind those that are there"
                )
            }
            return ("this kernel has no hook \(attachType), or the program was loaded for another one", nil)
        case .notPermitted:
            return (
                "a program in a group above, or in this one, allows no other beside it", "see it: bpftool cgroup tree"
            )
        case .argListTooLong: return ("64 programs are there already, and the kernel takes no more", nil)
        case .fileExists: return ("the program is there already", nil)
        default: return (nil, nil)
        }
    }
}

/// The directory of a control group.
enum ControlGroup {
    /// Opens it.
    ///
    /// - Throws: A ``BPFError`` that says whether there is none, with what is near, or whether it is no group.
    static func open(_ path: String, _ operation: BPFError.Operation) throws(BPFError) -> OwnedDescriptor {
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
        let number = unsafe path.withFileName { unsafe cbpf_openat(AT_FDCWD, $0, flags, 0) }
        guard number >= 0 else { throw refused(.last, path, operation) }
        let descriptor = OwnedDescriptor(owning: number)
        var status = statfs()
        guard unsafe fstatfs(number, &status) == 0,
            UInt32(truncatingIfNeeded: status.f_type) == UInt32(CBPF_CGROUP2_MAGIC)
        else {
            throw BPFError(
                operation, .noSuchTarget, "\(path) is not a control group",
                cause: "it is in no file system of type cgroup2, and those of version 1 take no programs",
                nextStep: Diagnostic.Hint(
                    "name a directory below "
                        + (mountPoint ?? "a mounted cgroup2: mount -t cgroup2 none /sys/fs/cgroup")))
        }
        return descriptor
    }

    private static func refused(
        _ errno: Errno, _ path: String, _ operation: BPFError.Operation
    ) -> BPFError {
        guard errno == .noSuchFileOrDirectory, path.utf8.first == UInt8(ascii: "/") else {
            return BPFError(
                operation, .noSuchTarget, errno: errno, "cannot open the control group \(path)",
                nextStep: "name its directory by a path from / on, such as /sys/fs/cgroup/a")
        }
        let parts = path.split(separator: "/")
        let parent = "/" + parts.dropLast().joined(separator: "/")
        let name = String(parts.last ?? "")
        let near = NetworkDevices.near(name, among: KernelFile.names(in: parent).filter { isGroup(parent + "/" + $0) })
        return BPFError(
            operation, .noSuchTarget, "there is no control group \(path)",
            nextStep: near.map { "did you mean \(parent == "/" ? "" : parent)/\($0)?" }
                ?? "make it: mkdir \(path); see which there are: systemd-cgls, or ls \(mountPoint ?? "/sys/fs/cgroup")")
    }

    private static func isGroup(_ path: String) -> Bool { KernelFile.exists(path + "/cgroup.procs") }

    /// Where cgroup2 is mounted.
    private static var mountPoint: String? { try? MountTable().mounts(ofType: "cgroup2").first?.point }
}
