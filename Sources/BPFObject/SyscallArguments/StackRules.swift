// SPDX-License-Identifier: Apache-2.0

/// How a kernel counts the stacks of functions that call each other.
package struct StackRules: Sendable, Equatable {
    /// What each frame is rounded up to.
    let step: Int
    /// Bytes of all frames of a chain of calls at most; nil if each function may have its own stack.
    let limit: Int?

    /// The rules of a release: `check_max_stack_depth` in kernel/bpf/verifier.c.
    package init(of release: KernelRelease) {
        step = release < KernelRelease(6, 8) ? 32 : 16
        // From 6.13 on functions of programs on probes get stacks of their own where the machine's compiler can.
        limit = release < KernelRelease(6, 13) ? Int(TrackedState.frameSize) : nil
    }

    /// What the frames of the deepest chain of calls take.
    ///
    /// - Parameters:
    ///   - frames: Bytes that each function uses.
    ///   - callees: Whom each calls.
    func deepest(_ frames: [Int], _ callees: [Set<Int>]) -> Int {
        var depths: [Int?] = Array(repeating: nil, count: frames.count)
        var isOpen = Array(repeating: false, count: frames.count)
        // On a stack of our own: the chain may be as long as the program.
        var path = [0]
        while let function = path.last {
            let open = callees[function].filter { depths[$0] == nil && !isOpen[$0] }
            if !isOpen[function], !open.isEmpty {
                isOpen[function] = true
                path += open
                continue
            }
            path.removeLast()
            let below = callees[function].compactMap { depths[$0] }.max() ?? 0
            depths[function] = (max(frames[function], 1) + step - 1) / step * step + below
        }
        return depths[0] ?? 0
    }
}
