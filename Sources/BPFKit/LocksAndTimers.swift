// SPDX-License-Identifier: Apache-2.0

/// A lock in a value of a map: `struct bpf_spin_lock`, Linux 5.1.
///
/// Kernels refuse it in programs of tracing.
/// The first one is locked by ``withLock(_:_:)``; a value has at most one.
@frozen
public struct SpinLock: BitwiseCopyable {
    /// What the kernel holds there.
    public var state: UInt32
    /// A lock that is open.
    @_transparent public init() { state = 0 }
}

/// Calls `body` while the lock is held, in which no helper may be called: `bpf_spin_lock()` and `bpf_spin_unlock()`
/// (helpers 93 and 94, Linux 5.1).
///
///     if let account = accounts.pointer(to: 0) {
///         withLock(&account.pointee.lock) { account.pointee.bytes &+= 64 }
///     }
@_transparent
public func withLock<Result>(_ lock: inout SpinLock, _ body: () -> Result) -> Result {
    withUnsafeMutablePointer(to: &lock) { lock in
        kernelHelper(93, as: (@convention(c) (UnsafeMutableRawPointer) -> Void).self)(lock)
        let result = body()
        kernelHelper(94, as: (@convention(c) (UnsafeMutableRawPointer) -> Void).self)(lock)
        return result
    }
}

/// A timer in a value of a map: `struct bpf_timer`, Linux 5.15.
///
/// Kernels refuse it in programs of tracing.
@frozen
public struct KernelTimer: BitwiseCopyable {
    /// What the kernel holds there.
    public var state: (UInt64, UInt64)
    /// A timer that was not started.
    @_transparent public init() { state = (0, 0) }

    /// Calls `body` with map, key and value after so many nanoseconds.
    ///
    /// The helpers are `bpf_timer_init()`, `bpf_timer_set_callback()` and `bpf_timer_start()` (helpers 169 to 171,
    /// Linux 5.15). The body uses nothing that is around it.
    ///
    /// - Returns: 0, or the negative number of an error: -1 (`EPERM`) where no process holds the map.
    @discardableResult
    @_transparent public mutating func start(
        after nanoseconds: UInt64, in map: borrowing some ProbeMap & ~Copyable,
        _ body: @convention(c) (UnsafeRawPointer, UnsafeRawPointer, UnsafeMutableRawPointer) -> Int32
    ) -> Int {
        let map = map.address
        return withUnsafeMutablePointer(to: &self) { timer in
            let made = kernelHelper(
                169, as: (@convention(c) (UnsafeMutableRawPointer, UnsafeRawPointer, UInt64) -> Int).self)(
                    timer, map, 1)
            // -EBUSY: it was made before.
            if made < 0, made != -16 { return made }
            let set = kernelHelper(170, as: (@convention(c) (UnsafeMutableRawPointer, UnsafeRawPointer) -> Int).self)(
                timer, unsafeBitCast(body, to: UnsafeRawPointer.self))
            if set < 0 { return set }
            return kernelHelper(171, as: (@convention(c) (UnsafeMutableRawPointer, UInt64, UInt64) -> Int).self)(
                timer, nanoseconds, 0)
        }
    }
}
