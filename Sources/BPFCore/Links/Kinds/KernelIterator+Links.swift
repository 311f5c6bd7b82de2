// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics
internal import SystemPackage

extension KernelIterator: KernelAttachKind {
    /// That the kernel has the iterator was found out when the program was planned.
    func resolve(_ kernel: inout TargetResolver) throws(BPFError) -> ResolvedTarget {
        ResolvedTarget(self, at: IteratorPlace())
    }

    func missing(_ kernel: inout TargetResolver) -> BPFError {
        let message = "there is no iterator \(name) in this kernel"
        if let since = KernelName.iterator(name) {
            return BPFError(
                .resolveProbe, .noSuchIterator, message,
                cause: "kernels have it since \(since), where they are built with what it shows",
                nextStep: "let the others go on without it: SEC(\"?iter/\(name)\") or \(.optional)")
        }
        return BPFError(
            .resolveProbe, .noSuchIterator, message,
            cause: "its BTF does not have bpf_iter_\(name): misspelt, or in a module that is not loaded",
            nextStep: "see which there are: bpftool btf dump file /sys/kernel/btf/vmlinux | grep \"'bpf_iter_\"")
    }
}

/// What an iterator was loaded to show; the program runs when the link is read.
private struct IteratorPlace: AttachPlace {
    /// Attaches the program with `BPF_LINK_CREATE`, without parameters (`bpf_iter_link_info`).
    func attach(
        _ program: Int32, at target: ResolvedTarget, _ options: AttachOptions
    ) throws(BPFError) -> Link {
        do throws(Errno) {
            let link = try Links.create(program: program, attachType: KernelIterator.attachType)
            return Link(target, way: .tracingLink, hold: PlainHold(link))
        } catch {
            let cause: String? =
                switch error {
                case .badFileDescriptor, .invalidArgument:
                    "this iterator shows the parts of one object, such as a map or a control group, which the loader of "
                        + "the program must name"
                case .noSuchFileOrDirectory: "the module that has the iterator is gone"
                default: nil
                }
            throw BPFError(
                .attachProbe, .attachRefused, errno: error, "cannot attach the program to \(target)", cause: cause,
                nextStep: cause.map { _ in "for the elements of a map: bpftool iter pin OBJECT PATH map MAP" })
        }
    }
}
