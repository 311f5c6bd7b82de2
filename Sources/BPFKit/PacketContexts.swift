// SPDX-License-Identifier: Apache-2.0

/// A context with a packet whose bytes are in reach.
public protocol PacketContext: ProbeContext {
    /// Where the context holds the address of the packet.
    static var dataOffset: Int { get }
    /// Where the context holds the address behind the packet.
    static var endOffset: Int { get }
}

extension PacketContext {
    /// The first byte of the packet.
    public var data: UnsafeMutableRawPointer {
        @_transparent get {
            UnsafeMutableRawPointer(
                bitPattern: UInt(pointer.load(fromByteOffset: Self.dataOffset, as: UInt32.self))
            ).unsafelyUnwrapped
        }
    }
    /// Behind the last byte of the packet that is in reach.
    public var end: UnsafeRawPointer {
        @_transparent get {
            UnsafeRawPointer(bitPattern: UInt(pointer.load(fromByteOffset: Self.endOffset, as: UInt32.self)))
                .unsafelyUnwrapped
        }
    }
    /// How many bytes of the packet are in reach.
    public var reachableBytes: Int { @_transparent get { end - UnsafeRawPointer(data) } }

    /// The value at `offset` of the packet, `nil` where the packet ends before.
    ///
    /// Numbers have the order of the network: `UInt16(bigEndian: …)`. An offset that is not a constant has to be small, at
    /// most 65535, and the verifier has to see that.
    @_transparent public func load<Value: BitwiseCopyable>(_ offset: Int, as type: Value.Type) -> Value? {
        let place = UnsafeRawPointer(data) + offset
        guard place + MemoryLayout<Value>.size <= end else { return nil }
        return place.load(as: Value.self)
    }

    /// Writes a value at `offset` of the packet; false where the packet ends before.
    @discardableResult
    @_transparent public func store<Value: BitwiseCopyable>(_ value: Value, at offset: Int) -> Bool {
        let place = data + offset
        guard UnsafeRawPointer(place) + MemoryLayout<Value>.size <= end else { return false }
        place.storeBytes(of: value, as: Value.self)
        return true
    }
}

/// The context of `@section("xdp")`: a packet as the network card received it, `struct xdp_md`.
@frozen
public struct XDPContext: PacketContext {
    /// The context, as the kernel hands it over.
    public let pointer: UnsafeRawPointer
    /// The offset of `data`.
    public static var dataOffset: Int { @_transparent get { 0 } }
    /// The offset of `data_end`.
    public static var endOffset: Int { @_transparent get { 4 } }
    /// The interface that received the packet: `ingress_ifindex`.
    public var interface: UInt32 { @_transparent get { pointer.load(fromByteOffset: 12, as: UInt32.self) } }
    /// The queue of the card: `rx_queue_index`.
    public var queue: UInt32 { @_transparent get { pointer.load(fromByteOffset: 16, as: UInt32.self) } }
}

/// What becomes of a packet after a program of XDP.
@frozen
public struct XDPAction: Sendable {
    /// The number that the kernel knows.
    public let rawValue: Int32
    /// A value by the number that the kernel knows.
    @_transparent public init(rawValue: Int32) { self.rawValue = rawValue }
    /// An error: the packet is dropped, and `xdp:xdp_exception` tells: `XDP_ABORTED`.
    public static var abort: XDPAction { @_transparent get { XDPAction(rawValue: 0) } }
    /// The packet is dropped: `XDP_DROP`.
    public static var drop: XDPAction { @_transparent get { XDPAction(rawValue: 1) } }
    /// The packet goes on to the kernel: `XDP_PASS`.
    public static var pass: XDPAction { @_transparent get { XDPAction(rawValue: 2) } }
    /// The packet is sent back by the same card: `XDP_TX`.
    public static var transmit: XDPAction { @_transparent get { XDPAction(rawValue: 3) } }
    /// The packet goes where a helper said: `XDP_REDIRECT`.
    public static var redirect: XDPAction { @_transparent get { XDPAction(rawValue: 4) } }
}

/// The context of `@section("tc")`: a packet with what the kernel knows of it, `struct __sk_buff`.
@frozen
public struct TCContext: PacketContext {
    /// The context, as the kernel hands it over.
    public let pointer: UnsafeRawPointer
    /// The offset of `data`.
    public static var dataOffset: Int { @_transparent get { 76 } }
    /// The offset of `data_end`.
    public static var endOffset: Int { @_transparent get { 80 } }
    /// How many bytes the packet has, also those out of reach: `len`.
    public var length: UInt32 { @_transparent get { pointer.load(fromByteOffset: 0, as: UInt32.self) } }
    /// The mark of the packet: `mark`.
    public var mark: UInt32 { @_transparent get { pointer.load(fromByteOffset: 8, as: UInt32.self) } }
    /// The protocol as the network has it: `protocol`; 0x0008 is IPv4 on machines with the low byte first.
    public var networkProtocol: UInt32 { @_transparent get { pointer.load(fromByteOffset: 16, as: UInt32.self) } }
    /// The priority of the packet: `priority`.
    public var priority: UInt32 { @_transparent get { pointer.load(fromByteOffset: 32, as: UInt32.self) } }
    /// The interface that the packet is at: `ifindex`.
    public var interface: UInt32 { @_transparent get { pointer.load(fromByteOffset: 40, as: UInt32.self) } }
}

/// What becomes of a packet after a program of tc.
@frozen
public struct TCAction: Sendable {
    /// The number that the kernel knows.
    public let rawValue: Int32
    /// A value by the number that the kernel knows.
    @_transparent public init(rawValue: Int32) { self.rawValue = rawValue }
    /// What the configuration of tc says: `TC_ACT_UNSPEC`.
    public static var unspecified: TCAction { @_transparent get { TCAction(rawValue: -1) } }
    /// The packet goes on: `TC_ACT_OK`.
    public static var pass: TCAction { @_transparent get { TCAction(rawValue: 0) } }
    /// The packet is dropped: `TC_ACT_SHOT`.
    public static var drop: TCAction { @_transparent get { TCAction(rawValue: 2) } }
    /// The next program decides: `TC_ACT_PIPE`.
    public static var next: TCAction { @_transparent get { TCAction(rawValue: 3) } }
}

/// The context of `@section("socket")`: a packet at a socket, `struct __sk_buff`, whose bytes a helper reads.
@frozen
public struct SocketContext: ProbeContext {
    /// The context, as the kernel hands it over.
    public let pointer: UnsafeRawPointer
    /// How many bytes the packet has: `len`.
    public var length: UInt32 { @_transparent get { pointer.load(fromByteOffset: 0, as: UInt32.self) } }
    /// The protocol as the network has it: `protocol`.
    public var networkProtocol: UInt32 { @_transparent get { pointer.load(fromByteOffset: 16, as: UInt32.self) } }
    /// The value at `offset` of the packet, `nil` where the packet ends before: `bpf_skb_load_bytes()`
    /// (helper 26, Linux 4.5).
    @_transparent public func load<Value: BitwiseCopyable>(_ offset: Int, as type: Value.Type) -> Value? {
        withUnsafeTemporaryAllocation(of: Value.self, capacity: 1) { room in
            let place = room.baseAddress.unsafelyUnwrapped
            let result = kernelHelper(
                26, as: (@convention(c) (UnsafeRawPointer, UInt32, UnsafeMutableRawPointer, UInt32) -> Int).self)(
                    pointer, UInt32(truncatingIfNeeded: offset), place,
                    UInt32(truncatingIfNeeded: MemoryLayout<Value>.size))
            return result == 0 ? place.pointee : nil
        }
    }
}
