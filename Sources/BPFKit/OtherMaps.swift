// SPDX-License-Identifier: Apache-2.0

import Builtin

/// Stacks of the kernel or of processes, by number: `BPF_MAP_TYPE_STACK_TRACE`, Linux 4.6.
@frozen
@_rawLayout(like: MapDefinition)
public struct StackTraceMap<let depth: Int>: ~Copyable, ProbeMap, @unchecked Sendable {
    /// What stands for the map in calls of helpers.
    public var address: UnsafeMutablePointer<MapDefinition> {
        @_transparent get { UnsafeMutablePointer(Builtin.addressOfRawLayout(self)) }
    }
    /// A map with room for `maxEntries` entries: a constant.
    @_transparent public init(maxEntries: UInt32, pinning: Pinning = .none) {
        address.initialize(
            to: MapDefinition(
                kind: 7, keySize: 4, valueSize: UInt32(truncatingIfNeeded: depth * 8), maxEntries: maxEntries, flags: 0,
                pinning: pinning.rawValue))
    }

    /// The number of the kernel's stack: `bpf_get_stackid()` (helper 27, Linux 4.6); negative where there is none.
    @_transparent public func kernelStack(_ context: some ProbeContext) -> Int {
        kernelHelper(27, as: (@convention(c) (UnsafeRawPointer, UnsafeRawPointer, UInt64) -> Int).self)(
            context.pointer, address, 0)
    }
    /// The number of the running process's stack: `bpf_get_stackid()` with `BPF_F_USER_STACK`; negative where there is none.
    @_transparent public func userStack(_ context: some ProbeContext) -> Int {
        kernelHelper(27, as: (@convention(c) (UnsafeRawPointer, UnsafeRawPointer, UInt64) -> Int).self)(
            context.pointer, address, 1 << 8)
    }
}

/// Values, of which the first one in is the first one out: `BPF_MAP_TYPE_QUEUE`, Linux 4.20.
@frozen
@_rawLayout(like: MapDefinition)
public struct Queue<Value: BitwiseCopyable>: ~Copyable, ValueStore, @unchecked Sendable {
    /// What stands for the map in calls of helpers.
    public var address: UnsafeMutablePointer<MapDefinition> {
        @_transparent get { UnsafeMutablePointer(Builtin.addressOfRawLayout(self)) }
    }
    /// A map with room for `maxEntries` entries: a constant.
    @_transparent public init(maxEntries: UInt32, pinning: Pinning = .none) {
        address.initialize(
            to: MapDefinition(
                kind: 22, keySize: 0, valueSize: UInt32(truncatingIfNeeded: MemoryLayout<Value>.stride),
                maxEntries: maxEntries, flags: 0, pinning: pinning.rawValue))
    }
}

/// Values, of which the last one in is the first one out: `BPF_MAP_TYPE_STACK`, Linux 4.20.
@frozen
@_rawLayout(like: MapDefinition)
public struct Stack<Value: BitwiseCopyable>: ~Copyable, ValueStore, @unchecked Sendable {
    /// What stands for the map in calls of helpers.
    public var address: UnsafeMutablePointer<MapDefinition> {
        @_transparent get { UnsafeMutablePointer(Builtin.addressOfRawLayout(self)) }
    }
    /// A map with room for `maxEntries` entries: a constant.
    @_transparent public init(maxEntries: UInt32, pinning: Pinning = .none) {
        address.initialize(
            to: MapDefinition(
                kind: 23, keySize: 0, valueSize: UInt32(truncatingIfNeeded: MemoryLayout<Value>.stride),
                maxEntries: maxEntries, flags: 0, pinning: pinning.rawValue))
    }
}

/// What ``Queue`` and ``Stack`` have in common.
public protocol ValueStore<Value>: ProbeMap, ~Copyable {
    /// What the map holds.
    associatedtype Value: BitwiseCopyable
}

extension ValueStore where Self: ~Copyable {
    /// Puts a value in: `bpf_map_push_elem()` (helper 87, Linux 4.20).
    ///
    /// - Returns: 0, or a negative number of an error: -7 `E2BIG` where there is no room.
    @discardableResult
    @_transparent public func push(_ value: Value, replacingOldest: Bool = false) -> Int {
        withBytes(of: value) { value in
            kernelHelper(87, as: (@convention(c) (UnsafeRawPointer, UnsafeRawPointer, UInt64) -> Int).self)(
                address, value, replacingOldest ? 2 : 0)
        }
    }
    /// Takes the next value out: `bpf_map_pop_elem()` (helper 88, Linux 4.20).
    @_transparent public func pop() -> Value? {
        withUnsafeTemporaryAllocation(of: Value.self, capacity: 1) { room in
            let place = room.baseAddress.unsafelyUnwrapped
            let result = kernelHelper(88, as: (@convention(c) (UnsafeRawPointer, UnsafeMutableRawPointer) -> Int).self)(
                address, place)
            return result == 0 ? place.pointee : nil
        }
    }
    /// The next value, which stays in: `bpf_map_peek_elem()` (helper 89, Linux 4.20).
    @_transparent public func peek() -> Value? {
        withUnsafeTemporaryAllocation(of: Value.self, capacity: 1) { room in
            let place = room.baseAddress.unsafelyUnwrapped
            let result = kernelHelper(89, as: (@convention(c) (UnsafeRawPointer, UnsafeMutableRawPointer) -> Int).self)(
                address, place)
            return result == 0 ? place.pointee : nil
        }
    }
}

/// Programs that a program can go on to, by number: `BPF_MAP_TYPE_PROG_ARRAY`, Linux 4.2.
@frozen
@_rawLayout(like: MapDefinition)
public struct ProgramArray: ~Copyable, ProbeMap, @unchecked Sendable {
    /// What stands for the map in calls of helpers.
    public var address: UnsafeMutablePointer<MapDefinition> {
        @_transparent get { UnsafeMutablePointer(Builtin.addressOfRawLayout(self)) }
    }
    /// A map with room for `maxEntries` entries: a constant.
    @_transparent public init(maxEntries: UInt32, pinning: Pinning = .none) {
        address.initialize(
            to: MapDefinition(
                kind: 3, keySize: 4, valueSize: 4, maxEntries: maxEntries, flags: 0, pinning: pinning.rawValue))
    }
    /// Goes on with program `index` and does not come back, unless there is none: `bpf_tail_call()` (helper 12, Linux 4.2).
    @_transparent public func call(_ index: UInt32, _ context: some ProbeContext) {
        kernelHelper(12, as: (@convention(c) (UnsafeRawPointer, UnsafeRawPointer, UInt32) -> Void).self)(
            context.pointer, address, index)
    }
}
