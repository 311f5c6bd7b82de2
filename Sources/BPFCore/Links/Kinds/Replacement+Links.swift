// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics

extension Replacement: KernelAttachKind {
    /// That the other program has the function was found out when the program was planned.
    func resolve(_ kernel: inout TargetResolver) throws(BPFError) -> ResolvedTarget {
        guard let program else { throw TargetResolver.notAttached(AttachTarget(self)) }
        return ResolvedTarget(self, at: TypedPlace(AttachType(rawValue: 0), hook: nil, on: .program(program)))
    }
}
