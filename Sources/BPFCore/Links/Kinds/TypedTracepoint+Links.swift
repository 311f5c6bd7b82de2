// SPDX-License-Identifier: Apache-2.0

internal import BPFObject

extension TypedTracepoint: KernelAttachKind {
    /// That the kernel has the tracepoint was found out when the program was planned.
    func resolve(_ kernel: inout TargetResolver) throws(BPFError) -> ResolvedTarget {
        ResolvedTarget(self, at: TypedPlace(Self.attachType, hook: "tracepoint \(name)"))
    }

    func missing(_ kernel: inout TargetResolver) -> BPFError {
        TargetFailure.noTracepoint(name, symbols: kernel.readSymbols(), roots: kernel.roots)
    }
}
