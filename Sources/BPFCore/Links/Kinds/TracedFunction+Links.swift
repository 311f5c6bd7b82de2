// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics

extension TracedFunction: KernelAttachKind {
    /// That the kernel has the function was found out when the program was planned.
    func resolve(_ kernel: inout TargetResolver) throws(BPFError) -> ResolvedTarget {
        let hook: String? =
            switch moment {
            case .entry, .modifyReturn: place
            case .exit: "the return of \(place)"
            case .session: nil
            }
        return ResolvedTarget(
            self,
            at: TypedPlace(
                moment.attachType, hook: hook, on: program.map { .program($0) } ?? .kernel(name, module: module)))
    }

    func missing(_ kernel: inout TargetResolver) -> BPFError {
        TargetFailure.noFunction(
            name, of: module, "function", program: moment.rawValue, symbols: kernel.readSymbols(),
            roots: kernel.roots)
    }

    func doubts(_ roots: KernelRoots) -> [Diagnostic] { AttachDoubts.stoppedFtrace(roots) }
}
