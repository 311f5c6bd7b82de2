// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics

extension CgroupSecurityHook: KernelAttachKind {
    /// That the kernel has the hook was found out when the program was planned.
    func resolve(_ kernel: inout TargetResolver) throws(BPFError) -> ResolvedTarget {
        guard let cgroup else { throw TargetResolver.notAttached(AttachTarget(self)) }
        // The path must lead to a group now; it is opened again when the program is there.
        _ = try ControlGroup.open(cgroup, .resolveProbe)
        return ResolvedTarget(self, at: CgroupHookPlace(cgroup: cgroup))
    }

    func doubts(_ roots: KernelRoots) -> [Diagnostic] { AttachDoubts.inactiveSecurityModule(roots) }

    func missing(_ kernel: inout TargetResolver) -> BPFError {
        TargetFailure.noFunction(
            name, behind: SecurityHook.prefix, "hook of the security modules", program: "lsm_cgroup",
            symbols: kernel.readSymbols())
    }
}

/// The processes of a control group.
private struct CgroupHookPlace: AttachPlace {
    let cgroup: String

    func attach(
        _ program: Int32, at target: ResolvedTarget, _ options: AttachOptions
    ) throws(BPFError) -> Link {
        let directory = try ControlGroup.open(cgroup, .attachProbe)
        do throws(Errno) {
            let link = try Links.create(
                program: program, target: directory.rawValue, attachType: CgroupSecurityHook.attachType)
            return Link(target, way: .tracingLink, hold: PlainHold(link))
        } catch {
            let cause: String? =
                switch error {
                case .badFileDescriptor: "\(cgroup) is no directory of a control group of version 2"
                case .invalidArgument: "hooks for control groups take Linux 6.0, and a control group of version 2"
                default: nil
                }
            throw BPFError(
                .attachProbe, .attachRefused, errno: error, "cannot attach the program to \(target)", cause: cause)
        }
    }
}
