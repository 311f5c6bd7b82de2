// SPDX-License-Identifier: Apache-2.0

import Builtin

/// A ring for each processor, through which events go to processes: `BPF_MAP_TYPE_PERF_EVENT_ARRAY`, Linux 4.3.
@frozen
@_rawLayout(like: MapDefinition)
public struct PerfEventArray<Event: BitwiseCopyable>: ~Copyable, ProbeMap, @unchecked Sendable {
    /// What stands for the map in calls of helpers.
    public var address: UnsafeMutablePointer<MapDefinition> {
        @_transparent get { UnsafeMutablePointer(Builtin.addressOfRawLayout(self)) }
    }
    /// A map with a ring for each processor: a constant.
    @_transparent public init(pinning: Pinning = .none) {
        address.initialize(
            to: MapDefinition(
                kind: 4, keySize: 4, valueSize: UInt32(truncatingIfNeeded: MemoryLayout<Event>.stride), maxEntries: 0,
                flags: 0, pinning: pinning.rawValue))
    }

    /// Sends an event: `bpf_perf_event_output()` (helper 25, Linux 4.4).
    ///
    /// - Returns: 0, or a negative number of an error: -28 `ENOSPC` where the ring is full, -2 `ENOENT` where nobody reads it.
    @discardableResult
    @_transparent public func emit(_ event: Event, to context: some ProbeContext) -> Int {
        withBytes(of: event) { event in
            kernelHelper(
                25,
                as: (@convention(c) (UnsafeRawPointer, UnsafeRawPointer, UInt64, UnsafeRawPointer, UInt64) -> Int).self)(
                    context.pointer, address, 0xffff_ffff, event, UInt64(truncatingIfNeeded: MemoryLayout<Event>.stride)
                )
        }
    }
}

/// One ring for all processors, through which events go to processes in their order: `BPF_MAP_TYPE_RINGBUF`, Linux 5.8.
@frozen
@_rawLayout(like: MapDefinition)
public struct RingBuffer<Event: BitwiseCopyable>: ~Copyable, ProbeMap, @unchecked Sendable {
    /// What stands for the map in calls of helpers.
    public var address: UnsafeMutablePointer<MapDefinition> {
        @_transparent get { UnsafeMutablePointer(Builtin.addressOfRawLayout(self)) }
    }
    /// A ring of `bytes` bytes, which is a power of two and a multiple of the page size.
    @_transparent public init(bytes: UInt32, pinning: Pinning = .none) {
        address.initialize(
            to: MapDefinition(
                kind: 27, keySize: 0, valueSize: UInt32(truncatingIfNeeded: MemoryLayout<Event>.stride),
                maxEntries: bytes, flags: 0, pinning: pinning.rawValue))
    }

    /// Room for one event, all zero; `nil` where the ring is full: `bpf_ringbuf_reserve()` (helper 131, Linux 5.8).
    ///
    /// The room is given back by itself where it is not submitted.
    @_transparent public func reserve() -> Reservation<Event>? {
        guard let room = reserveUncleared() else { return nil }
        room.clear()
        return room
    }

    /// Room for one event that holds what an older event left there: every byte has to be written, the padding too.
    @_transparent public func reserveUncleared() -> Reservation<Event>? {
        guard
            let room = kernelHelper(
                131, as: (@convention(c) (UnsafeRawPointer, UInt64, UInt64) -> UnsafeMutableRawPointer?).self)(
                    address, UInt64(truncatingIfNeeded: MemoryLayout<Event>.stride), 0)
        else { return nil }
        return Reservation(room.assumingMemoryBound(to: Event.self))
    }

    /// Sends an event by copying it: `bpf_ringbuf_output()` (helper 130, Linux 5.8).
    ///
    /// - Returns: 0, or a negative number of an error: -11 `EAGAIN` where the ring is full.
    @discardableResult
    @_transparent public func emit(_ event: Event) -> Int {
        withBytes(of: event) { event in
            kernelHelper(
                130, as: (@convention(c) (UnsafeRawPointer, UnsafeRawPointer, UInt64, UInt64) -> Int).self)(
                    address, event, UInt64(truncatingIfNeeded: MemoryLayout<Event>.stride), 0)
        }
    }

    /// How many bytes wait to be read: `bpf_ringbuf_query()` with `BPF_RB_AVAIL_DATA` (helper 134, Linux 5.8).
    public var waitingBytes: UInt64 {
        @_transparent get {
            kernelHelper(134, as: (@convention(c) (UnsafeRawPointer, UInt64) -> UInt64).self)(address, 0)
        }
    }
}

/// Room for one event in a ``RingBuffer``.
///
/// It cannot be copied, used after ``submit()``, or forgotten: where it goes out of use without being submitted, it is given
/// back.
@frozen
public struct Reservation<Event: BitwiseCopyable>: ~Copyable {
    @usableFromInline let room: UnsafeMutablePointer<Event>

    /// Room that was reserved.
    @_transparent public init(_ room: UnsafeMutablePointer<Event>) { self.room = room }

    /// The event, in the ring.
    public var event: Event {
        @_transparent get { room.pointee }
        @_transparent nonmutating _modify { yield &room.pointee }
    }

    /// Sends the event: `bpf_ringbuf_submit()` (helper 132, Linux 5.8).
    @_transparent public consuming func submit() {
        kernelHelper(132, as: (@convention(c) (UnsafeMutableRawPointer, UInt64) -> Void).self)(room, 0)
        discard self
    }

    /// Gives the room back: `bpf_ringbuf_discard()` (helper 133, Linux 5.8).
    @_transparent public consuming func discardEvent() {}

    /// Makes all bytes zero.
    @_transparent public func clear() {
        let start = UnsafeMutableRawPointer(room)
        let bytes = MemoryLayout<Event>.stride
        if bytes <= 1024 {
            // By words: rooms start at a multiple of 8, which the compiler cannot know.
            start.initializeMemory(as: UInt64.self, repeating: 0, count: bytes / 8)
            (start + bytes / 8 * 8).initializeMemory(as: UInt8.self, repeating: 0, count: bytes % 8)
        } else {
            // There is no instruction for so many; bpf_probe_read_kernel() clears the room where it cannot read, as at 0.
            _ = kernelHelper(113, as: (@convention(c) (UnsafeMutableRawPointer, UInt32, UnsafeRawPointer) -> Int).self)(
                start, UInt32(truncatingIfNeeded: bytes), rawAddress(0))
        }
    }

    @inline(__always) deinit {
        kernelHelper(133, as: (@convention(c) (UnsafeMutableRawPointer, UInt64) -> Void).self)(room, 0)
    }
}
