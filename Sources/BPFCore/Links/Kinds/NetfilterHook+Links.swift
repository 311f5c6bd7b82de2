// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics

extension NetfilterHook: KernelAttachKind {
    func resolve(_ kernel: inout TargetResolver) throws(BPFError) -> ResolvedTarget {
        ResolvedTarget(self, at: NetfilterPlace(hook: self))
    }
}

/// A hook of netfilter.
private struct NetfilterPlace: AttachPlace {
    let hook: NetfilterHook

    func attach(
        _ program: Int32, at target: ResolvedTarget, _ options: AttachOptions
    ) throws(BPFError) -> Link {
        do throws(Errno) {
            return Link(
                target, way: .netfilterLink, hold: PlainHold(try Links.create(program: program, netfilter: hook)))
        } catch {
            let (cause, step) = meaning(error)
            let isTaken = error == .resourceBusy || error == .fileExists
            throw NetworkFailure.untied(
                error, target, isTaken ? .hookTaken : .attachRefused, cause: cause, nextStep: step)
        }
    }

    private func meaning(_ errno: Errno) -> (cause: String?, nextStep: String?) {
        switch errno {
        case .resourceBusy, .fileExists:
            return (
                "another hook has the priority \(hook.priority)", "name another one, such as \(hook.otherPriority)"
            )
        case .invalidArgument, .addressFamilyNotSupported, .protocolNotSupported, .notSupported:
            guard !hook.defragments else {
                return (
                    "this kernel puts no fragments together for programs; kernels do since Linux 6.6",
                    "leave out defrag"
                )
            }
            return (
                "this kernel has no link for netfilter programs; kernels have it since Linux 6.4 "
                    + "(CONFIG_NETFILTER_BPF_LINK)", "take tc:DEVICE:ingress or cgroup_skb/ingress in its place"
            )
        case .noSuchFileOrDirectory where hook.defragments:
            return ("the module that puts fragments together is not there (nf_defrag_\(hook.family.rawValue))", nil)
        default: return (nil, nil)
        }
    }
}

extension NetfilterHook {
    fileprivate var otherPriority: Int32 { priority == .max - 1 ? priority - 1 : priority + 1 }
}
