// SPDX-License-Identifier: Apache-2.0

internal import CBPF

/// A thread of its own, for what waits for the kernel or a disk: that has no place among tasks that share few threads.
package enum DetachedThread {
    private final class Work: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Starts a thread that runs `body` and ends; nobody waits for it.
    ///
    /// - Throws: `EAGAIN` if the system gives no more threads.
    package static func start(_ body: @escaping @Sendable () -> Void) throws(Errno) {
        let work = unsafe Unmanaged.passRetained(Work(body))
        var thread = pthread_t()
        let failure = unsafe pthread_create(
            &thread, nil,
            { work in
                if let work = unsafe work { unsafe Unmanaged<Work>.fromOpaque(work).takeRetainedValue().body() }
                return nil
            }, work.toOpaque())
        guard failure == 0 else {
            unsafe work.release()
            throw Errno(rawValue: failure)
        }
        pthread_detach(thread)
    }
}
