// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Something that a thread of its own does again and again until it is told to end: what goes on beside a test for as
/// long as the test needs it, however fast either is.
public final class Repeated: @unchecked Sendable {
    private let lock = NSLock()
    private var isEnding = false
    private let done = DispatchGroup()

    /// Starts, and returns when it has been done once.
    public init(_ body: @escaping @Sendable () -> Void) {
        let once = DispatchSemaphore(value: 0)
        done.enter()
        Thread.detachNewThread {
            body()
            once.signal()
            while !self.lock.withLock({ self.isEnding }) { body() }
            self.done.leave()
        }
        once.wait()
    }

    /// Waits until it is done for the last time.
    public func end() {
        lock.withLock { isEnding = true }
        done.wait()
    }
}
