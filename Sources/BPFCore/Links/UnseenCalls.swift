// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// Looks for calls that the programs of a run do not see while these run: the kernel takes long to write the list of its
/// symbols, and events must not wait for it, nor a signal.
package final class UnseenCalls: Sendable {
    private let found = Mutex<[AttachDoubts.Unseen]?>(nil)

    /// Begins to look, in a thread of its own.
    ///
    /// - Parameters:
    ///   - targets: What the programs are attached to.
    ///   - roots: Where /proc and /sys are.
    package init(of targets: [ResolvedTarget], roots: KernelRoots = KernelRoots()) {
        let look: @Sendable () -> Void = {
            let unseen = AttachDoubts.unseenCalls(of: targets, roots: roots)
            self.found.withLock { $0 = unseen }
        }
        do throws(Errno) {
            try DetachedThread.start(look)
        } catch {
            // No more threads: it is looked for here.
            look()
        }
    }

    /// What was found; nil as long as it is looked for.
    package var all: [AttachDoubts.Unseen]? { found.withLock { $0 } }
}
