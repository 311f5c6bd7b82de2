// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics

extension SecurityHook: KernelAttachKind {
    /// That the kernel has the hook was found out when the program was planned.
    func resolve(_ kernel: inout TargetResolver) throws(BPFError) -> ResolvedTarget {
        ResolvedTarget(
            self,
            at: TypedPlace(
                Self.attachType, hook: "the security hook \(name)", on: .kernel(Self.prefix + name, module: nil)))
    }

    func missing(_ kernel: inout TargetResolver) -> BPFError {
        TargetFailure.noFunction(
            name, behind: Self.prefix, "hook of the security modules", program: "lsm", symbols: kernel.readSymbols())
    }

    func doubts(_ roots: KernelRoots) -> [Diagnostic] { AttachDoubts.inactiveSecurityModule(roots) }
}
