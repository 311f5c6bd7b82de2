// SPDX-License-Identifier: Apache-2.0

import Builtin

/// A value that `load-kp-bpf --set NAME=VALUE` gives before the program is loaded, and that is constant from then on.
///
///     let min_duration_ns = Setting<UInt64>(0)
///     guard duration >= min_duration_ns.value else { return }
@frozen
@_rawLayout(like: Value, movesAsLike)
public struct Setting<Value: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
    /// A setting with the value that it has when none is given: a constant.
    @_transparent public init(_ value: Value) {
        UnsafeMutablePointer<Value>(Builtin.addressOfRawLayout(self)).initialize(to: value)
    }
    /// The value.
    public var value: Value {
        @_transparent get { UnsafePointer<Value>(Builtin.addressOfRawLayout(self)).pointee }
    }
}

/// A variable that all runs of the programs share, on all processors; `load-kp-bpf --dump-globals` prints it.
///
///     let calls = Global<UInt64>(0)
///     calls.add(1)
///
/// A plain `var` is one as well; Swift 6 asks for `nonisolated(unsafe)` there, as several processors may change it at once.
@frozen
@_rawLayout(like: Value, movesAsLike)
public struct Global<Value: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
    /// A variable with its first value: a constant.
    @_transparent public init(_ value: Value) {
        UnsafeMutablePointer<Value>(Builtin.addressOfRawLayout(self)).initialize(to: value)
    }
    /// Where the variable is.
    public var pointer: UnsafeMutablePointer<Value> {
        @_transparent get { UnsafeMutablePointer<Value>(Builtin.addressOfRawLayout(self)) }
    }
    /// The value.
    ///
    /// `calls.value += 1` reads and writes again; see ``add(_:)``.
    public var value: Value {
        @_transparent unsafeAddress { UnsafePointer(pointer) }
        @_transparent nonmutating unsafeMutableAddress { pointer }
    }
}

extension Global where Value: FixedWidthInteger {
    /// Adds, without losing what other processors add at the same time.
    @_transparent public func add(_ amount: Value) { BPFKit.add(amount, to: pointer) }
}
