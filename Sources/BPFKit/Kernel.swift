// SPDX-License-Identifier: Apache-2.0

#if hasFeature(Embedded)
    /// What the compiler of probes puts in place of ``coreFact(_:_:_:_:)``; it keeps that function from being folded.
    @_extern(c) public func __bpf_core_opaque(_ member: Int, _ question: Int) -> Int

    /// What the kernel at hand says of a structure: a relocation (CO-RE).
    ///
    /// The compiler of probes makes the body, by the types in the name of the specialised function: that of the structure,
    /// and that of the member. The latter tells a structure inside from its first member, which stand at the same place.
    ///
    /// - Parameters:
    ///   - member: the member's offset in the Swift structure, or the tag of an enumeration's case.
    ///   - question: what is asked: 0 to 5 `BPF_FIELD_…` of a member, 8 and 9 existence and size of the type, 10 and 11
    ///     existence and value of an enumerator.
    @inline(never) @_optimize(none) public func coreFact<T, Member>(
        _: T.Type, _: Member.Type, _ member: Int, _ question: Int
    ) -> Int {
        // So that the members stand in the debug information, also where nothing else is of this type.
        let named: UnsafePointer<T>? = nil
        _ = named
        return __bpf_core_opaque(member, question)
    }
#else
    /// What the kernel at hand says of a structure: a relocation (CO-RE), which there is in probes only.
    public func coreFact<T, Member>(_: T.Type, _: Member.Type, _ member: Int, _ question: Int) -> Int {
        fatalError("BPFKit: the kernel's structures can be asked in a probe only")
    }
#endif

/// A pointer to a structure of the kernel.
///
/// `Structure` is a Swift structure with the kernel's name and those members that the probe uses. Each is found by its name
/// on the kernel at hand when the program is loaded (CO-RE), wherever it is there, and read by
/// `bpf_probe_read_kernel()` (helper 113, Linux 5.5). What cannot be read is zero.
///
///     struct task_struct { var tgid: Int32; var real_parent: Kernel<task_struct> }
///     let task = currentTask(as: task_struct.self)
///     let parent = task.real_parent.tgid
@frozen
@dynamicMemberLookup
public struct Kernel<Structure>: BitwiseCopyable {
    /// Where the structure is.
    public let address: Address

    /// The structure at an address.
    @_transparent public init(_ address: Address) { self.address = address }
    /// The same structure with other members: for those whose name or type differs between kernels.
    @_transparent public init<Other>(_ other: Kernel<Other>) { self.address = other.address }
    /// The structure at an address that is held as a number, for example an argument.
    @_transparent public init(_ number: Int) {
        self.address = rawAddress(number)
    }

    /// Whether the pointer is not null.
    public var isPresent: Bool { @_transparent get { UInt(bitPattern: address) != 0 } }

    /// Where a member is.
    @_transparent public func address<Value>(of path: KeyPath<Structure, Value>) -> Address {
        address + coreFact(Structure.self, Value.self, MemoryLayout<Structure>.offset(of: path).unsafelyUnwrapped, 0)
    }

    /// The value of a member.
    ///
    /// Its type has the size of the kernel's member; see ``integer(_:)`` where that differs.
    public subscript<Value: KernelValue>(dynamicMember path: KeyPath<Structure, Value>) -> Value {
        @_transparent get {
            readKernel(
                Value.self,
                at: address
                    + coreFact(
                        Structure.self, Value.self, MemoryLayout<Structure>.offset(of: path).unsafelyUnwrapped, 0))
        }
    }

    /// A structure inside this one, of which nothing is read yet: `socket.__sk_common.skc_family`.
    @_disfavoredOverload
    public subscript<Inner>(dynamicMember path: KeyPath<Structure, Inner>) -> Kernel<Inner> {
        @_transparent get { Kernel<Inner>(address(of: path)) }
    }

    /// An array of structures inside this one, of which nothing is read yet: `pid.numbers[0].nr`.
    @_disfavoredOverload
    public subscript<let count: Int, Element>(
        dynamicMember path: KeyPath<Structure, InlineArray<count, Element>>
    ) -> KernelArray<Element> {
        @_transparent get { KernelArray<Element>(address(of: path)) }
    }

    /// The value of an integer that is a bit-field, or has another size or sign on some kernels: `BPF_CORE_READ_BITFIELD_PROBED`.
    @_transparent public func integer<Value: FixedWidthInteger & BitwiseCopyable>(_ path: KeyPath<Structure, Value>)
        -> Value
    {
        let member = MemoryLayout<Structure>.offset(of: path).unsafelyUnwrapped
        return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 1) { room in
            let place = room.baseAddress.unsafelyUnwrapped
            place.pointee = 0
            _ = kernelHelper(113, as: (@convention(c) (UnsafeMutableRawPointer, UInt32, UnsafeRawPointer) -> Int).self)(
                place, UInt32(truncatingIfNeeded: coreFact(Structure.self, Value.self, member, 1)),
                address + coreFact(Structure.self, Value.self, member, 0))
            let left = place.pointee &<< UInt64(truncatingIfNeeded: coreFact(Structure.self, Value.self, member, 4))
            let right = UInt64(truncatingIfNeeded: coreFact(Structure.self, Value.self, member, 5))
            return coreFact(Structure.self, Value.self, member, 3) != 0
                ? Value(truncatingIfNeeded: Int64(bitPattern: left) &>> Int64(bitPattern: right))
                : Value(truncatingIfNeeded: left &>> right)
        }
    }

    /// Whether the kernel at hand has the member: `bpf_core_field_exists()`.
    @_transparent public func has<Value>(_ path: KeyPath<Structure, Value>) -> Bool {
        coreFact(Structure.self, Value.self, MemoryLayout<Structure>.offset(of: path).unsafelyUnwrapped, 2) != 0
    }
    /// How many bytes the member has on the kernel at hand: `bpf_core_field_size()`.
    @_transparent public func size<Value>(of path: KeyPath<Structure, Value>) -> Int {
        coreFact(Structure.self, Value.self, MemoryLayout<Structure>.offset(of: path).unsafelyUnwrapped, 1)
    }
    /// Where the member is in the structure on the kernel at hand: `bpf_core_field_offset()`.
    @_transparent public func offset<Value>(of path: KeyPath<Structure, Value>) -> Int {
        coreFact(Structure.self, Value.self, MemoryLayout<Structure>.offset(of: path).unsafelyUnwrapped, 0)
    }
    /// Whether the kernel at hand has the structure: `bpf_core_type_exists()`.
    public static var exists: Bool { @_transparent get { coreFact(Structure.self, Structure.self, 0, 8) != 0 } }
    /// How many bytes the structure has on the kernel at hand: `bpf_core_type_size()`.
    public static var size: Int { @_transparent get { coreFact(Structure.self, Structure.self, 0, 9) } }
}

extension Kernel: Equatable {
    /// Whether both are the same structure: at one address.
    @_transparent public static func == (a: Kernel, b: Kernel) -> Bool { a.address == b.address }
}

/// Structures of the kernel in a row, of which nothing is read yet.
///
///     struct upid { var nr: Int32 }
///     struct pid { var numbers: InlineArray<1, upid> }
///     let number = task.thread_pid.numbers[0].nr
///
/// They are as far apart as the kernel at hand has them (`bpf_core_type_size()`). How many there are is not known: the kernel
/// has arrays that go on behind their end.
@frozen
public struct KernelArray<Element>: BitwiseCopyable {
    /// Where the first one is.
    public let address: Address

    /// The structures from an address on.
    @_transparent public init(_ address: Address) { self.address = address }

    /// Structure `index`, from 0.
    public subscript(index: Int) -> Kernel<Element> {
        @_transparent get { Kernel<Element>(address + index * Kernel<Element>.size) }
    }
}

/// An enumerator of the kernel, whose value is found by name on the kernel at hand.
///
///     enum bpf_func_id { case BPF_FUNC_loop, BPF_FUNC_ringbuf_output }
///     if EnumValue(bpf_func_id.BPF_FUNC_loop).exists { … }
@frozen
public struct EnumValue<Enumeration: BitwiseCopyable> {
    @usableFromInline let tag: Int

    /// The enumerator with the name of a case.
    @_transparent public init(_ value: Enumeration) {
        if MemoryLayout<Enumeration>.size == 0 {
            tag = 0
        } else {
            tag = Int(withUnsafePointer(to: value) { UnsafeRawPointer($0).load(as: UInt8.self) })
        }
    }
    /// Whether the kernel at hand has the enumerator: `bpf_core_enum_value_exists()`.
    public var exists: Bool { @_transparent get { coreFact(Enumeration.self, Enumeration.self, tag, 10) != 0 } }
    /// Its value on the kernel at hand: `bpf_core_enum_value()`.
    public var value: Int { @_transparent get { coreFact(Enumeration.self, Enumeration.self, tag, 11) } }
}

/// The value of a member of the kernel whose type is an enumeration.
///
///     enum bpf_map_type { case BPF_MAP_TYPE_RINGBUF }
///     struct bpf_map { var map_type: KernelEnum }
///     if map.map_type == EnumValue(bpf_map_type.BPF_MAP_TYPE_RINGBUF) { … }
///
/// A number in its place would not be found: to the kernel's relocations (CO-RE) an integer is no enumeration.
@frozen
public struct KernelEnum: BitwiseCopyable {
    /// The number.
    public var rawValue: UInt32

    /// Takes a number.
    @_transparent public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Whether it is an enumerator, whose value is found by name on the kernel at hand.
    @_transparent public static func == <Enumeration>(value: KernelEnum, other: EnumValue<Enumeration>) -> Bool {
        value.rawValue == UInt32(truncatingIfNeeded: other.value)
    }
    /// Whether it is not.
    @_transparent public static func != <Enumeration>(value: KernelEnum, other: EnumValue<Enumeration>) -> Bool {
        !(value == other)
    }
}

/// The task that runs: `bpf_get_current_task()` (helper 35, Linux 4.8).
@_transparent
public func currentTask<Structure>(as type: Structure.Type = Structure.self) -> Kernel<Structure> {
    Kernel(kernelHelper(35, as: (@convention(c) () -> UnsafeRawPointer).self)())
}

/// The value at an address of the kernel's memory; zero where it cannot be read: `bpf_probe_read_kernel()`
/// (helper 113, Linux 5.5).
@_transparent
public func readKernel<Value: BitwiseCopyable>(_ type: Value.Type, at address: Address) -> Value {
    withUnsafeTemporaryAllocation(of: Value.self, capacity: 1) { room in
        let place = room.baseAddress.unsafelyUnwrapped
        _ = kernelHelper(113, as: (@convention(c) (UnsafeMutableRawPointer, UInt32, UnsafeRawPointer) -> Int).self)(
            place, UInt32(MemoryLayout<Value>.size), address)
        return place.pointee
    }
}

/// The value at an address of the running process; zero where it cannot be read: `bpf_probe_read_user()`
/// (helper 112, Linux 5.5).
@_transparent
public func readUser<Value: BitwiseCopyable>(_ type: Value.Type, at address: Address) -> Value {
    withUnsafeTemporaryAllocation(of: Value.self, capacity: 1) { room in
        let place = room.baseAddress.unsafelyUnwrapped
        _ = kernelHelper(112, as: (@convention(c) (UnsafeMutableRawPointer, UInt32, UnsafeRawPointer) -> Int).self)(
            place, UInt32(MemoryLayout<Value>.size), address)
        return place.pointee
    }
}
