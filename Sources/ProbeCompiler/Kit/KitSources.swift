// SPDX-License-Identifier: Apache-2.0
// Made by Scripts/kit-sources from Sources/BPFKit.

/// The sources of BPFKit, by the names of their files.
enum KitSources {
    /// A number for all of them.
    static let fingerprint = "9cb9149f8c43a212"

    static let files: [(name: String, text: String)] = [
        (
            "ArrayMaps.swift",
            ###"""
            // SPDX-License-Identifier: Apache-2.0

            import Builtin

            /// Values with the numbers 0 to `maxEntries - 1`, all zero at first: `BPF_MAP_TYPE_ARRAY`, Linux 3.19.
            @frozen
            @_rawLayout(like: MapDefinition)
            public struct ArrayMap<Value: BitwiseCopyable>: ~Copyable, KeyedMap, @unchecked Sendable {
                /// The number of an entry.
                public typealias Key = UInt32
                /// What stands for the map in calls of helpers.
                public var address: UnsafeMutablePointer<MapDefinition> {
                    @_transparent get { UnsafeMutablePointer(Builtin.addressOfRawLayout(self)) }
                }
                /// The value of a number; all numbers below `maxEntries` have one, and none is removed.
                public subscript(key: UInt32) -> Value? {
                    @_transparent get { pointer(to: key)?.pointee }
                    @_transparent nonmutating set {
                        if let newValue { insert(newValue, for: key) } else { __bpfkit_no_removal() }
                    }
                }
                /// An array has all of its entries.
                @available(*, unavailable, message: "an array has all of its entries: write zero")
                public func remove(_ key: UInt32) -> Int { -22 }
                /// A map with room for `maxEntries` entries: a constant.
                @_transparent public init(maxEntries: UInt32, flags: MapFlags = .none, pinning: Pinning = .none) {
                    address.initialize(
                        to: MapDefinition(
                            kind: 2, keySize: 4, valueSize: UInt32(truncatingIfNeeded: MemoryLayout<Value>.stride),
                            maxEntries: maxEntries, flags: flags.rawValue, pinning: pinning.rawValue))
                }
            }

            /// Values by number, one for each processor, of which a probe sees that of its own: `BPF_MAP_TYPE_PERCPU_ARRAY`,
            /// Linux 4.6.
            ///
            /// It is also the place for what is too large for the stack.
            @frozen
            @_rawLayout(like: MapDefinition)
            public struct PerCPUArray<Value: BitwiseCopyable>: ~Copyable, KeyedMap, @unchecked Sendable {
                /// The number of an entry.
                public typealias Key = UInt32
                /// What stands for the map in calls of helpers.
                public var address: UnsafeMutablePointer<MapDefinition> {
                    @_transparent get { UnsafeMutablePointer(Builtin.addressOfRawLayout(self)) }
                }
                /// The value of a number; all numbers below `maxEntries` have one, and none is removed.
                public subscript(key: UInt32) -> Value? {
                    @_transparent get { pointer(to: key)?.pointee }
                    @_transparent nonmutating set {
                        if let newValue { insert(newValue, for: key) } else { __bpfkit_no_removal() }
                    }
                }
                /// An array has all of its entries.
                @available(*, unavailable, message: "an array has all of its entries: write zero")
                public func remove(_ key: UInt32) -> Int { -22 }
                /// A map with room for `maxEntries` entries: a constant.
                @_transparent public init(maxEntries: UInt32, flags: MapFlags = .none, pinning: Pinning = .none) {
                    address.initialize(
                        to: MapDefinition(
                            kind: 6, keySize: 4, valueSize: UInt32(truncatingIfNeeded: MemoryLayout<Value>.stride),
                            maxEntries: maxEntries, flags: flags.rawValue, pinning: pinning.rawValue))
                }
            }

            """###
        ),
        (
            "Contexts.swift",
            ###"""
            // SPDX-License-Identifier: Apache-2.0

            /// The context of `@section("kprobe/FUNCTION")`: the registers at the entry of a function of the kernel.
            @frozen
            public struct KprobeContext: ProbeContext {
                /// The context, as the kernel hands it over.
                public let pointer: UnsafeRawPointer
                /// The registers.
                public var registers: Registers { @_transparent get { Registers(pointer) } }
                /// Argument `number` of the function, from 0; there are six.
                @_transparent public func argument(_ number: Int) -> Int { registers.argument(number) }
                /// Argument `number` as its type: an `int` has 32 bits of the register, and those above mean nothing.
                @_transparent public func argument<Value: FixedWidthInteger>(_ number: Int, as type: Value.Type) -> Value {
                    Value(truncatingIfNeeded: argument(number))
                }
                /// Argument `number` as a structure of the kernel: `context.argument(1, as: filename.self)`.
                @_transparent public func argument<Structure>(_ number: Int, as type: Structure.Type) -> Kernel<Structure> {
                    Kernel(argument(number))
                }
                /// The address of the probed function: `bpf_get_func_ip()` (helper 173, Linux 5.15).
                public var function: UInt { @_transparent get { functionAddress(pointer) } }
            }

            /// The context of `@section("kretprobe/FUNCTION")`: the registers when a function of the kernel returns.
            @frozen
            public struct KretprobeContext: ProbeContext {
                /// The context, as the kernel hands it over.
                public let pointer: UnsafeRawPointer
                /// The registers.
                public var registers: Registers { @_transparent get { Registers(pointer) } }
                /// What the function returned: the whole register.
                ///
                /// Of a function of `int` the bits above 32 mean nothing; see ``returned(as:)``.
                public var returned: Int { @_transparent get { registers.returned } }
                /// What the function returned, as its type: an `int` has 32 bits of the register, and those above mean nothing.
                ///
                ///     if context.returned(as: Int32.self) < 0 { … }
                @_transparent public func returned<Value: FixedWidthInteger>(as type: Value.Type) -> Value {
                    Value(truncatingIfNeeded: returned)
                }
                /// The address of the probed function: `bpf_get_func_ip()` (helper 173, Linux 5.15).
                public var function: UInt { @_transparent get { functionAddress(pointer) } }
            }

            /// The context of `@section("ksyscall/CALL")`: the entry of a system call.
            ///
            /// The kernel's function for a call is a wrapper whose only argument are the registers of the process, on x86-64 since
            /// Linux 4.17 and on arm64 since 4.19; the arguments are read from there.
            @frozen
            public struct KsyscallContext: ProbeContext {
                /// The context, as the kernel hands it over.
                public let pointer: UnsafeRawPointer
                /// Argument `number` of the system call, from 0; there are six.
                @_transparent public func argument(_ number: Int) -> Int {
                    readKernel(
                        Int.self,
                        at: rawAddress(Registers(pointer).argument(0))
                            + Registers.offset(ofCallArgument: number))
                }
                /// Argument `number` as its type: an `int` has 32 bits of the register, and those above mean nothing.
                @_transparent public func argument<Value: FixedWidthInteger>(_ number: Int, as type: Value.Type) -> Value {
                    Value(truncatingIfNeeded: argument(number))
                }
            }

            /// The context of `@section("uprobe/BINARY:FUNCTION")`: the registers at a function of a program.
            @frozen
            public struct UprobeContext: ProbeContext {
                /// The context, as the kernel hands it over.
                public let pointer: UnsafeRawPointer
                /// The registers.
                public var registers: Registers { @_transparent get { Registers(pointer) } }
                /// Argument `number` of the function, from 0; there are six.
                ///
                /// Functions of Swift have their first arguments, integers and pointers, in the same registers as functions of C; a
                /// `String` takes two.
                @_transparent public func argument(_ number: Int) -> Int { registers.argument(number) }
                /// Argument `number` as its type: an `int` has 32 bits of the register, and those above mean nothing.
                @_transparent public func argument<Value: FixedWidthInteger>(_ number: Int, as type: Value.Type) -> Value {
                    Value(truncatingIfNeeded: argument(number))
                }
                /// What the function returned, in a program of `@section("uretprobe/…")`.
                public var returned: Int { @_transparent get { registers.returned } }
                /// What the function returned, as its type: an `int` has 32 bits of the register, and those above mean nothing.
                ///
                ///     if context.returned(as: Int32.self) < 0 { … }
                @_transparent public func returned<Value: FixedWidthInteger>(as type: Value.Type) -> Value {
                    Value(truncatingIfNeeded: returned)
                }
            }

            /// The context of `@section("tp/GROUP/EVENT")`: the record of a tracepoint.
            ///
            /// `Record` is the kernel's structure of the record, by its name: `trace_event_raw_sched_process_exec` for
            /// `sched/sched_process_exec`, `trace_event_raw_sys_enter` for `syscalls/sys_enter_…`. Its members are found by name.
            @frozen
            public struct TracepointContext<Record>: ProbeContext {
                /// The context, as the kernel hands it over.
                public let pointer: UnsafeRawPointer
                /// The record, whose members are read by name.
                public var record: Kernel<Record> { @_transparent get { Kernel(pointer) } }
                /// Where the text is that a member `__data_loc_NAME` of the record tells.
                @_transparent public func text(_ location: UInt32) -> Address { pointer + Int(location & 0xffff) }
                /// The value at `offset` of the record, as the file `format` of the tracepoint tells it.
                @_transparent public func load<Value: BitwiseCopyable>(_ offset: Int, as type: Value.Type) -> Value {
                    pointer.load(fromByteOffset: offset, as: Value.self)
                }
            }

            /// The context of `@section("tp/syscalls/sys_enter_CALL")`: a system call begins.
            @frozen
            public struct SyscallEntryContext: ProbeContext {
                /// The context, as the kernel hands it over.
                public let pointer: UnsafeRawPointer
                /// The number of the system call.
                public var number: Int { @_transparent get { Int(pointer.load(fromByteOffset: 8, as: Int32.self)) } }
                /// Argument `number`, from 0; there are six.
                @_transparent public func argument(_ number: Int) -> Int {
                    guard number >= 0, number < 6 else { return __bpfkit_no_such_argument() }
                    return pointer.load(fromByteOffset: 16 + number * 8, as: Int.self)
                }
                /// Argument `number` as its type: an `int` has 32 bits of the register, and those above mean nothing.
                @_transparent public func argument<Value: FixedWidthInteger>(_ number: Int, as type: Value.Type) -> Value {
                    Value(truncatingIfNeeded: argument(number))
                }
            }

            /// The context of `@section("tp/syscalls/sys_exit_CALL")`: a system call ends.
            @frozen
            public struct SyscallExitContext: ProbeContext {
                /// The context, as the kernel hands it over.
                public let pointer: UnsafeRawPointer
                /// The number of the system call.
                public var number: Int { @_transparent get { Int(pointer.load(fromByteOffset: 8, as: Int32.self)) } }
                /// What it returns: negative numbers are errors.
                public var returned: Int { @_transparent get { pointer.load(fromByteOffset: 16, as: Int.self) } }
                /// What the function returned, as its type: an `int` has 32 bits of the register, and those above mean nothing.
                ///
                ///     if context.returned(as: Int32.self) < 0 { … }
                @_transparent public func returned<Value: FixedWidthInteger>(as type: Value.Type) -> Value {
                    Value(truncatingIfNeeded: returned)
                }
            }

            /// The context of `@section("raw_tp/EVENT")`: the arguments of a tracepoint, before they become a record.
            @frozen
            public struct RawTracepointContext: ProbeContext {
                /// The context, as the kernel hands it over.
                public let pointer: UnsafeRawPointer
                /// Argument `number`, from 0.
                @_transparent public func argument(_ number: Int) -> Int { pointer.load(fromByteOffset: number * 8, as: Int.self) }
                /// Argument `number` as its type: an `int` has 32 bits of the register, and those above mean nothing.
                @_transparent public func argument<Value: FixedWidthInteger>(_ number: Int, as type: Value.Type) -> Value {
                    Value(truncatingIfNeeded: argument(number))
                }
                /// Argument `number` as a structure of the kernel.
                @_transparent public func argument<Structure>(_ number: Int, as type: Structure.Type) -> Kernel<Structure> {
                    Kernel(argument(number))
                }
            }

            /// The context of `@section("fentry/FUNCTION")`, `tp_btf/EVENT` and `lsm/HOOK`: the arguments of a function, typed.
            @frozen
            public struct FentryContext: ProbeContext {
                /// The context, as the kernel hands it over.
                public let pointer: UnsafeRawPointer
                /// Argument `number`, from 0.
                ///
                /// The number is a constant: the verifier knows the type of each.
                @_transparent public func argument(_ number: Int) -> Int { pointer.load(fromByteOffset: number * 8, as: Int.self) }
                /// Argument `number` as its type: an `int` has 32 bits of the register, and those above mean nothing.
                @_transparent public func argument<Value: FixedWidthInteger>(_ number: Int, as type: Value.Type) -> Value {
                    Value(truncatingIfNeeded: argument(number))
                }
                /// Argument `number` as a structure of the kernel: `context.argument(0, as: task_struct.self)`.
                @_transparent public func argument<Structure>(_ number: Int, as type: Structure.Type) -> Kernel<Structure> {
                    Kernel(argument(number))
                }
                /// How many arguments the function has: `bpf_get_func_arg_cnt()` (helper 185, Linux 5.17).
                public var argumentCount: Int {
                    @_transparent get { kernelHelper(185, as: (@convention(c) (UnsafeRawPointer) -> Int).self)(pointer) }
                }
                /// The address of the function: `bpf_get_func_ip()` (helper 173, Linux 5.15).
                public var function: UInt { @_transparent get { functionAddress(pointer) } }
            }

            /// The context of `@section("fexit/FUNCTION")`: the arguments of a function of `parameters` parameters, and its result.
            ///
            ///     @section("fexit/vfs_unlink") func unlinked(_ context: FexitContext<4>)
            @frozen
            public struct FexitContext<let parameters: Int>: ProbeContext {
                /// The context, as the kernel hands it over.
                public let pointer: UnsafeRawPointer
                /// Argument `number`, from 0.
                @_transparent public func argument(_ number: Int) -> Int { pointer.load(fromByteOffset: number * 8, as: Int.self) }
                /// Argument `number` as its type: an `int` has 32 bits of the register, and those above mean nothing.
                @_transparent public func argument<Value: FixedWidthInteger>(_ number: Int, as type: Value.Type) -> Value {
                    Value(truncatingIfNeeded: argument(number))
                }
                /// Argument `number` as a structure of the kernel.
                @_transparent public func argument<Structure>(_ number: Int, as type: Structure.Type) -> Kernel<Structure> {
                    Kernel(argument(number))
                }
                /// What the function returned.
                public var returned: Int { @_transparent get { pointer.load(fromByteOffset: parameters * 8, as: Int.self) } }
                /// What the function returned, as its type: an `int` has 32 bits of the register, and those above mean nothing.
                ///
                ///     if context.returned(as: Int32.self) < 0 { … }
                @_transparent public func returned<Value: FixedWidthInteger>(as type: Value.Type) -> Value {
                    Value(truncatingIfNeeded: returned)
                }
            }

            /// The context of `@section("perf_event")`: a sample of a counter or a clock, `struct bpf_perf_event_data`.
            @frozen
            public struct PerfEventContext: ProbeContext {
                /// The context, as the kernel hands it over.
                public let pointer: UnsafeRawPointer
                /// The registers when the sample was taken.
                public var registers: Registers { @_transparent get { Registers(pointer) } }
                /// After how many counts a sample is taken: `sample_period`.
                public var period: UInt64 {
                    @_transparent get { pointer.load(fromByteOffset: Registers.size, as: UInt64.self) }
                }
                /// The address of the sample: `addr`.
                public var address: UInt64 {
                    @_transparent get { pointer.load(fromByteOffset: Registers.size + 8, as: UInt64.self) }
                }
            }

            /// The address of the function that is probed: `bpf_get_func_ip()` (helper 173, Linux 5.15).
            @_transparent
            public func functionAddress(_ context: UnsafeRawPointer) -> UInt {
                kernelHelper(173, as: (@convention(c) (UnsafeRawPointer) -> UInt).self)(context)
            }

            """###
        ),
        (
            "Ending.swift",
            ###"""
            // SPDX-License-Identifier: Apache-2.0

            #if hasFeature(Embedded)
                /// What the compiler of probes makes the end of a run of; call ``fatalError(_:file:line:)``.
                @_silgen_name("__bpfkit_end") public func __bpfkit_end() -> Never

                /// Ends this run of the program with 0, with checks and without.
                ///
                /// Swift's own function of this name would be taken away with its condition where there are no checks. The words are for
                /// who reads the source.
                @_transparent
                public func fatalError(
                    _ message: @autoclosure () -> StaticString = StaticString(), file: StaticString = #file, line: UInt = #line
                ) -> Never {
                    __bpfkit_end()
                }
            #endif

            """###
        ),
        (
            "EventMaps.swift",
            ###"""
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

            """###
        ),
        (
            "Formats.swift",
            ###"""
            // SPDX-License-Identifier: Apache-2.0

            /// A member of an event that is written otherwise than its type says: `var uid: Formatted<UInt32, Format.uid>`.
            ///
            /// In the object it is a member of type `Value` with the tag `fmt:NAME`, as C has it by `btf_decl_tag`.
            @frozen
            public struct Formatted<Value: BitwiseCopyable, Name>: BitwiseCopyable {
                /// The value.
                public var value: Value
                /// A value.
                @_transparent public init(_ value: Value) { self.value = value }
            }

            /// A histogram in a map: bucket `i` counts what is from 2 to the power of `i` to below twice that, the first one 0 and 1.
            ///
            /// In the object it is an array of 64-bit counts with the tag `fmt:log2:UNIT`, which `--maps` draws.
            @frozen
            public struct Histogram<let buckets: Int, Unit>: BitwiseCopyable {
                /// How often each was counted.
                public var slots: InlineArray<buckets, UInt64>
                /// Nothing counted.
                @_transparent public init() { slots = InlineArray(repeating: 0) }

                /// Counts a number, without losing what other processors count at the same time.
                @_transparent public mutating func count(_ number: UInt64) {
                    let bucket = min(log2(number), UInt64(truncatingIfNeeded: buckets - 1))
                    withUnsafeMutablePointer(to: &self) {
                        let place = UnsafeMutableRawPointer($0) + Int(truncatingIfNeeded: bucket) * 8
                        add(1, to: place.assumingMemoryBound(to: UInt64.self))
                    }
                }
            }

            /// The number of the highest bit that is set, 0 for 0.
            ///
            /// It is in plain steps: BPF has no instruction for it, and older verifiers lose count of wider arithmetic.
            @_transparent
            public func log2(_ number: UInt64) -> UInt64 {
                var rest = number
                var bit: UInt64 = 0
                if rest >= 1 << 32 {
                    rest >>= 32
                    bit += 32
                }
                if rest >= 1 << 16 {
                    rest >>= 16
                    bit += 16
                }
                if rest >= 1 << 8 {
                    rest >>= 8
                    bit += 8
                }
                if rest >= 1 << 4 {
                    rest >>= 4
                    bit += 4
                }
                if rest >= 1 << 2 {
                    rest >>= 2
                    bit += 2
                }
                if rest >= 1 << 1 { bit += 1 }
                return bit
            }

            /// The names of formats, for ``Formatted``; what each writes is in docs/events.md.
            public enum Format {
                /// Integers: `hex`.
                public enum hex {}
                /// Integers: `oct`.
                public enum oct {}
                /// Integers: `bin`.
                public enum bin {}
                /// An address of IPv4, in the order of the network: `ip4`.
                public enum ip4 {}
                /// 16 bytes: `ip6`.
                public enum ip6 {}
                /// 6 bytes: `mac`.
                public enum mac {}
                /// A port, in the order of the network: `port`.
                public enum port {}
                /// Characters: `comm`.
                public enum comm {}
                /// Ns, an integer of up to 64 bits: `iso`.
                public enum iso {}
                /// Ns of the kernel's clock: `ktime`.
                public enum ktime {}
                /// A duration in ns: `ns`.
                public enum ns {}
                /// An address of the kernel: `ksym`.
                public enum ksym {}
                /// An error: `errno`.
                public enum errno {}
                /// What a function returned: `ret`.
                public enum ret {}
                /// A system call's number: `syscall`.
                public enum syscall {}
                /// Any bytes, also those of an integer: `bytes`.
                public enum bytes {}
                /// An integer whose bits have names: `flags`.
                public enum flags {}
                /// An integer of 16, 32 or 64 bits in network order (`__be32`): `be`.
                public enum be {}
                /// A signal: `signal`.
                public enum signal {}
                /// A set of signals: the kernel's `sigset_t`, or an integer: `sigset`.
                public enum sigset {}
                /// A user: `uid`.
                public enum uid {}
                /// A group: `gid`.
                public enum gid {}
                /// A file's mode: `mode`.
                public enum mode {}
                /// Flags of open(2): `openflags`.
                public enum openflags {}
                /// Protections of mmap(2): `prot`.
                public enum prot {}
                /// Flags of mmap(2): `mapflags`.
                public enum mapflags {}
                /// An address family: `family`.
                public enum family {}
                /// The kind of a socket: `socktype`.
                public enum socktype {}
                /// A protocol of IP: `protocol`.
                public enum `protocol` {}
                /// A state of a TCP connection: `tcpstate`.
                public enum tcpstate {}
                /// What a frame carries: 2 bytes in network order: `ethertype`.
                public enum ethertype {}
                /// The address of a socket: `endpoint`.
                public enum endpoint {}
                /// A device as the kernel numbers it (`dev_t`, 20 bits of minor): `dev`.
                public enum dev {}
                /// A device as user space does (`st_dev`, makedev(3)): `userdev`.
                public enum userdev {}
                /// The id of a control group (`bpf_get_current_cgroup_id`): `cgroup`.
                public enum cgroup {}
                /// A control group, by its id or path: `unit`.
                public enum unit {}
                /// A control group, by its id or path: `container`.
                public enum container {}
                /// A capability: `cap`.
                public enum cap {}
                /// A set of capabilities: `caps`.
                public enum caps {}
                /// Flags of clone(2), with the signal at the end: `clone`.
                public enum clone {}
                /// The addresses of a stack: an array of 64-bit integers: `stack`.
                public enum stack {}
                /// The number of a stack in the map of stacks that is read beside (`bpf_get_stackid`): `stackid`.
                public enum stackid {}
            }

            /// What the buckets of a ``Histogram`` count.
            public enum Unit {
                /// Nanoseconds.
                public enum ns {}
                /// Microseconds.
                public enum us {}
                /// Milliseconds.
                public enum ms {}
                /// Bytes.
                public enum bytes {}
            }

            """###
        ),
        (
            "Globals.swift",
            ###"""
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

            """###
        ),
        (
            "HashMaps.swift",
            ###"""
            // SPDX-License-Identifier: Apache-2.0

            import Builtin

            /// A hash table: `BPF_MAP_TYPE_HASH`, Linux 3.19.
            @frozen
            @_rawLayout(like: MapDefinition)
            public struct HashMap<Key: BitwiseCopyable, Value: BitwiseCopyable>: ~Copyable, KeyedMap, @unchecked Sendable {
                /// What stands for the map in calls of helpers.
                public var address: UnsafeMutablePointer<MapDefinition> {
                    @_transparent get { UnsafeMutablePointer(Builtin.addressOfRawLayout(self)) }
                }
                /// A map with room for `maxEntries` entries: a constant.
                @_transparent public init(maxEntries: UInt32, flags: MapFlags = .none, pinning: Pinning = .none) {
                    address.initialize(
                        to: MapDefinition(
                            kind: 1, keySize: UInt32(truncatingIfNeeded: MemoryLayout<Key>.stride),
                            valueSize: UInt32(truncatingIfNeeded: MemoryLayout<Value>.stride), maxEntries: maxEntries,
                            flags: flags.rawValue, pinning: pinning.rawValue))
                }
            }

            /// A hash table that drops what was not used for the longest time when it is full: `BPF_MAP_TYPE_LRU_HASH`, Linux 4.10.
            @frozen
            @_rawLayout(like: MapDefinition)
            public struct LRUHashMap<Key: BitwiseCopyable, Value: BitwiseCopyable>: ~Copyable, KeyedMap, @unchecked Sendable {
                /// What stands for the map in calls of helpers.
                public var address: UnsafeMutablePointer<MapDefinition> {
                    @_transparent get { UnsafeMutablePointer(Builtin.addressOfRawLayout(self)) }
                }
                /// A map with room for `maxEntries` entries: a constant.
                @_transparent public init(maxEntries: UInt32, flags: MapFlags = .none, pinning: Pinning = .none) {
                    address.initialize(
                        to: MapDefinition(
                            kind: 9, keySize: UInt32(truncatingIfNeeded: MemoryLayout<Key>.stride),
                            valueSize: UInt32(truncatingIfNeeded: MemoryLayout<Value>.stride), maxEntries: maxEntries,
                            flags: flags.rawValue, pinning: pinning.rawValue))
                }
            }

            /// A hash table with a value for each processor; a probe sees that of its own: `BPF_MAP_TYPE_PERCPU_HASH`, Linux 4.6.
            @frozen
            @_rawLayout(like: MapDefinition)
            public struct PerCPUHashMap<Key: BitwiseCopyable, Value: BitwiseCopyable>: ~Copyable, KeyedMap, @unchecked Sendable {
                /// What stands for the map in calls of helpers.
                public var address: UnsafeMutablePointer<MapDefinition> {
                    @_transparent get { UnsafeMutablePointer(Builtin.addressOfRawLayout(self)) }
                }
                /// A map with room for `maxEntries` entries: a constant.
                @_transparent public init(maxEntries: UInt32, flags: MapFlags = .none, pinning: Pinning = .none) {
                    address.initialize(
                        to: MapDefinition(
                            kind: 5, keySize: UInt32(truncatingIfNeeded: MemoryLayout<Key>.stride),
                            valueSize: UInt32(truncatingIfNeeded: MemoryLayout<Value>.stride), maxEntries: maxEntries,
                            flags: flags.rawValue, pinning: pinning.rawValue))
                }
            }

            /// A hash table of both kinds: `BPF_MAP_TYPE_LRU_PERCPU_HASH`, Linux 4.10.
            @frozen
            @_rawLayout(like: MapDefinition)
            public struct PerCPULRUHashMap<Key: BitwiseCopyable, Value: BitwiseCopyable>: ~Copyable, KeyedMap, @unchecked Sendable {
                /// What stands for the map in calls of helpers.
                public var address: UnsafeMutablePointer<MapDefinition> {
                    @_transparent get { UnsafeMutablePointer(Builtin.addressOfRawLayout(self)) }
                }
                /// A map with room for `maxEntries` entries: a constant.
                @_transparent public init(maxEntries: UInt32, flags: MapFlags = .none, pinning: Pinning = .none) {
                    address.initialize(
                        to: MapDefinition(
                            kind: 10, keySize: UInt32(truncatingIfNeeded: MemoryLayout<Key>.stride),
                            valueSize: UInt32(truncatingIfNeeded: MemoryLayout<Value>.stride), maxEntries: maxEntries,
                            flags: flags.rawValue, pinning: pinning.rawValue))
                }
            }

            /// Values by prefixes, of which a look-up finds the longest that fits: `BPF_MAP_TYPE_LPM_TRIE`, Linux 4.11.
            ///
            /// The key is a structure whose first member is the length of the prefix in bits, a `UInt32`; the bytes of the prefix
            /// follow, the most significant one first.
            @frozen
            @_rawLayout(like: MapDefinition)
            public struct LPMTrie<Key: BitwiseCopyable, Value: BitwiseCopyable>: ~Copyable, KeyedMap, @unchecked Sendable {
                /// What stands for the map in calls of helpers.
                public var address: UnsafeMutablePointer<MapDefinition> {
                    @_transparent get { UnsafeMutablePointer(Builtin.addressOfRawLayout(self)) }
                }
                /// A map with room for `maxEntries` entries: a constant.
                @_transparent public init(maxEntries: UInt32, flags: MapFlags = .noPreallocation, pinning: Pinning = .none) {
                    address.initialize(
                        to: MapDefinition(
                            kind: 11, keySize: UInt32(truncatingIfNeeded: MemoryLayout<Key>.stride),
                            valueSize: UInt32(truncatingIfNeeded: MemoryLayout<Value>.stride), maxEntries: maxEntries,
                            flags: flags.rawValue, pinning: pinning.rawValue))
                }
            }

            """###
        ),
        (
            "Helpers.swift",
            ###"""
            // SPDX-License-Identifier: Apache-2.0

            import Builtin

            /// An address in the memory of the kernel or of a process.
            ///
            /// It may be read by what ``Kernel``, ``Text`` and ``readKernel(_:at:)`` offer, and not by following it.
            public typealias Address = UnsafeRawPointer

            /// The number `number` taken for a function of type `Function`: BPF calls the kernel's helpers by number.
            ///
            /// Everything in this module that needs the kernel goes through here. In a probe it is inlined away; in a program of the
            /// host, where there is no such function, it stops the program.
            @_transparent
            public func kernelHelper<Function>(_ number: Int, as type: Function.Type) -> Function {
                #if hasFeature(Embedded)
                    unsafeBitCast(number, to: Function.self)
                #else
                    fatalError("BPFKit: helpers of the kernel can be called in a probe only")
                #endif
            }

            /// The number taken for an address, null too.
            ///
            /// Not by way of an optional that is unwrapped: that would make the compiler sure that it is not null.
            @_transparent
            public func rawAddress(_ number: Int) -> UnsafeRawPointer {
                UnsafeRawPointer(Builtin.inttoptr_Word(number._builtinWordValue))
            }

            /// Calls `body` with a copy of the value on the stack, whose padding is zero.
            ///
            /// Kernels before 6.3 let no byte go out of a program that was never written.
            @_transparent
            public func withBytes<Value: BitwiseCopyable, Result>(of value: Value, _ body: (UnsafeMutableRawPointer) -> Result)
                -> Result
            {
                withUnsafeTemporaryAllocation(byteCount: MemoryLayout<Value>.stride, alignment: 8) { room in
                    let place = room.baseAddress.unsafelyUnwrapped
                    place.initializeMemory(as: UInt8.self, repeating: 0, count: MemoryLayout<Value>.stride)
                    place.storeBytes(of: value, as: Value.self)
                    return body(place)
                }
            }

            /// What a program gets from the kernel: a pointer to a context whose form the kind of the program decides.
            public protocol ProbeContext {
                /// The context, as the kernel hands it over.
                var pointer: UnsafeRawPointer { get }
            }

            """###
        ),
        (
            "Intrinsics.swift",
            ###"""
            // SPDX-License-Identifier: Apache-2.0

            // What Swift has no words for. The compiler of probes has the bodies, in C; a program of the host has none.

            #if hasFeature(Embedded)
                /// `bpf_loop()`; call ``repeatLoop(_:_:)``.
                @_silgen_name("__bpfkit_loop")
                public func __bpfkit_loop(_ count: UInt32, _ body: (UInt32) -> Int) -> Int
                /// `bpf_for_each_map_elem()`; call ``KeyedMap/forEach(_:)``.
                @_silgen_name("__bpfkit_for_each")
                public func __bpfkit_for_each(
                    _ map: UnsafeMutablePointer<MapDefinition>,
                    _ body: (MapEntry) -> Int
                ) -> Int
                /// An atomic addition; call ``add(_:to:)``.
                @_extern(c) public func __bpfkit_add32(_ place: UnsafeMutableRawPointer, _ amount: UInt32)
                /// An atomic addition; call ``add(_:to:)``.
                @_extern(c) public func __bpfkit_add64(_ place: UnsafeMutableRawPointer, _ amount: UInt64)
            #else
                /// `bpf_loop()`; call ``repeatLoop(_:_:)``.
                public func __bpfkit_loop(_ count: UInt32, _ body: (UInt32) -> Int) -> Int {
                    var done = 0
                    for index in 0..<count {
                        done += 1
                        if body(index) != 0 { break }
                    }
                    return done
                }
                /// `bpf_for_each_map_elem()`; call ``KeyedMap/forEach(_:)``.
                public func __bpfkit_for_each(
                    _ map: UnsafeMutablePointer<MapDefinition>,
                    _ body: (MapEntry) -> Int
                ) -> Int {
                    fatalError("BPFKit: helpers of the kernel can be called in a probe only")
                }
                /// An atomic addition; call ``add(_:to:)``.
                public func __bpfkit_add32(_ place: UnsafeMutableRawPointer, _ amount: UInt32) {
                    place.assumingMemoryBound(to: UInt32.self).pointee &+= amount
                }
                /// An atomic addition; call ``add(_:to:)``.
                public func __bpfkit_add64(_ place: UnsafeMutableRawPointer, _ amount: UInt64) {
                    place.assumingMemoryBound(to: UInt64.self).pointee &+= amount
                }
            #endif

            /// Calls `body` with 0, 1, 2 and so on, `count` times, or until it returns 1 in place of 0: `bpf_loop()`
            /// (helper 181, Linux 5.17).
            ///
            /// The verifier takes no other result. It looks at the body once, so that the count may be up to 8 million and need not be a constant. The body
            /// may use and change what is around it.
            ///
            /// - Returns: how many times, or a negative number of an error.
            @discardableResult
            @_transparent
            public func repeatLoop(_ count: UInt32, _ body: (UInt32) -> Int) -> Int { __bpfkit_loop(count, body) }

            /// Adds to a number of 4 or 8 bytes in a map, without losing what other processors add at the same time.
            @_transparent
            public func add<Value: FixedWidthInteger>(_ amount: Value, to place: UnsafeMutablePointer<Value>) {
                if MemoryLayout<Value>.size == 8 {
                    __bpfkit_add64(place, UInt64(truncatingIfNeeded: amount))
                } else if MemoryLayout<Value>.size == 4 {
                    __bpfkit_add32(place, UInt32(truncatingIfNeeded: amount))
                } else {
                    __bpfkit_no_atomic_addition()
                }
            }

            """###
        ),
        (
            "Kernel.swift",
            ###"""
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

            """###
        ),
        (
            "KernelValue.swift",
            ###"""
            // SPDX-License-Identifier: Apache-2.0

            /// What can be read of the kernel's memory as it is: numbers, pointers, text, and arrays of these.
            ///
            /// Structures are not: their members are elsewhere on other kernels. ``Kernel`` goes into them.
            public protocol KernelValue: BitwiseCopyable {}

            extension Bool: KernelValue {}
            extension Int: KernelValue {}
            extension Int8: KernelValue {}
            extension Int16: KernelValue {}
            extension Int32: KernelValue {}
            extension Int64: KernelValue {}
            extension UInt: KernelValue {}
            extension UInt8: KernelValue {}
            extension UInt16: KernelValue {}
            extension UInt32: KernelValue {}
            extension UInt64: KernelValue {}
            extension UnsafeRawPointer: KernelValue {}
            extension UnsafeMutableRawPointer: KernelValue {}
            extension Kernel: KernelValue {}
            extension KernelEnum: KernelValue {}
            extension Text: KernelValue {}
            extension InlineArray: KernelValue where Element: KernelValue {}

            """###
        ),
        (
            "KeyedMap.swift",
            ###"""
            // SPDX-License-Identifier: Apache-2.0

            /// A map of values that are found by a key: hash tables, arrays, tries of prefixes.
            public protocol KeyedMap<Key, Value>: ProbeMap, ~Copyable {
                /// What entries are found by.
                associatedtype Key: BitwiseCopyable
                /// What the map holds.
                associatedtype Value: BitwiseCopyable
            }

            extension KeyedMap where Self: ~Copyable {
                /// The value in the map, to be read and changed in place: `bpf_map_lookup_elem()` (helper 1, Linux 3.19).
                @_transparent public func pointer(to key: Key) -> UnsafeMutablePointer<Value>? {
                    withBytes(of: key) { key in
                        kernelHelper(1, as: (@convention(c) (UnsafeRawPointer, UnsafeRawPointer) -> UnsafeMutableRawPointer?).self)(
                            address, key)?.assumingMemoryBound(to: Value.self)
                    }
                }

                /// The value of a key; to set it writes the entry, to set `nil` removes it.
                public subscript(key: Key) -> Value? {
                    @_transparent get { pointer(to: key)?.pointee }
                    @_transparent nonmutating set {
                        if let newValue { insert(newValue, for: key) } else { remove(key) }
                    }
                }

                /// The value of a key, or `standard` where there is none.
                ///
                /// `counts[key, default: 0] += 1` reads and writes again: between the two another processor may do the same. Where
                /// every one counts, use ``count(_:for:)``.
                public subscript(key: Key, default standard: Value) -> Value {
                    @_transparent get { pointer(to: key)?.pointee ?? standard }
                    @_transparent nonmutating set { insert(newValue, for: key) }
                }

                /// Writes an entry: `bpf_map_update_elem()` (helper 2, Linux 3.19).
                ///
                /// - Returns: 0, or a negative number of an error: -7 `E2BIG` where the map is full, -17 `EEXIST`, -2 `ENOENT`.
                @discardableResult
                @_transparent public func insert(_ value: Value, for key: Key, _ mode: InsertionMode = .always) -> Int {
                    withBytes(of: key) { key in
                        withBytes(of: value) { value in
                            kernelHelper(
                                2, as: (@convention(c) (UnsafeRawPointer, UnsafeRawPointer, UnsafeRawPointer, UInt64) -> Int).self)(
                                    address, key, value, mode.rawValue)
                        }
                    }
                }

                /// Removes an entry: `bpf_map_delete_elem()` (helper 3, Linux 3.19).
                ///
                /// - Returns: 0, or a negative number of an error: -2 `ENOENT` where there was none.
                @discardableResult
                @_transparent public func remove(_ key: Key) -> Int {
                    withBytes(of: key) { key in
                        kernelHelper(3, as: (@convention(c) (UnsafeRawPointer, UnsafeRawPointer) -> Int).self)(address, key)
                    }
                }

                /// Calls `body` for each entry until it returns 1 in place of 0: `bpf_for_each_map_elem()` (helper 164, Linux 5.13).
                ///
                /// Hash tables and arrays have it. The verifier takes no other result of the body, which may use and change what is
                /// around it.
                ///
                ///     counts.forEach { entry in
                ///         total += counts.value(of: entry).pointee
                ///         return 0
                ///     }
                ///
                /// - Returns: for how many entries, or a negative number of an error.
                @discardableResult
                @_transparent public func forEach(_ body: (MapEntry) -> Int) -> Int { __bpfkit_for_each(address, body) }

                /// The key of an entry that ``forEach(_:)`` hands over.
                @_transparent public func key(of entry: MapEntry) -> Key { entry.key.load(as: Key.self) }

                /// The value of an entry that ``forEach(_:)`` hands over, which may be changed.
                @_transparent public func value(of entry: MapEntry) -> UnsafeMutablePointer<Value> {
                    entry.value.assumingMemoryBound(to: Value.self)
                }
            }

            /// An entry of a map, while the map is gone through.
            @frozen
            public struct MapEntry {
                /// The map.
                public let map: UnsafeRawPointer
                /// The key.
                public let key: UnsafeRawPointer
                /// The value.
                public let value: UnsafeMutableRawPointer
            }

            extension KeyedMap where Self: ~Copyable, Value: FixedWidthInteger {
                /// Adds to the number of a key, without losing what other processors add at the same time; the first one makes the
                /// entry.
                ///
                /// The number has 4 or 8 bytes.
                @_transparent public func count(_ amount: Value = 1, for key: Key) {
                    if let number = pointer(to: key) {
                        add(amount, to: number)
                    } else if insert(amount, for: key, .ifAbsent) != 0, let number = pointer(to: key) {
                        add(amount, to: number)
                    }
                }
            }

            """###
        ),
        (
            "License.swift",
            ###"""
            // SPDX-License-Identifier: Apache-2.0

            /// The license of the probe, which the kernel asks for: many helpers are for programs under the GPL or compatible licenses.
            ///
            ///     @used let license = License("Dual BSD/GPL")
            ///
            /// A probe without one has "GPL".
            @frozen
            public struct License: Sendable {
                /// The license's name, one of those that `include/linux/license.h` of the kernel knows, or any other.
                public let name: StaticString
                /// A license by its name: a constant.
                @_transparent public init(_ name: StaticString) { self.name = name }
            }

            """###
        ),
        (
            "LocksAndTimers.swift",
            ###"""
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

            """###
        ),
        (
            "MapDefinition.swift",
            ###"""
            // SPDX-License-Identifier: Apache-2.0

            /// What a map is, in numbers: the constant that a map's global variable holds, and of which the compiler of probes makes
            /// the definition that the loader reads.
            @frozen
            public struct MapDefinition: Sendable {
                /// The kind of the map, one of `BPF_MAP_TYPE_…`.
                public let kind: UInt32
                /// Bytes of a key.
                public let keySize: UInt32
                /// Bytes of a value, or of an event.
                public let valueSize: UInt32
                /// How many entries there is room for; bytes of a ring buffer; 0: the loader decides.
                public let maxEntries: UInt32
                /// `BPF_F_…` of the map.
                public let flags: UInt32
                /// ``Pinning``.
                public let pinning: UInt32

                /// A definition, of constants.
                @_transparent public init(
                    kind: UInt32, keySize: UInt32, valueSize: UInt32, maxEntries: UInt32, flags: UInt32, pinning: UInt32
                ) {
                    self.kind = kind
                    self.keySize = keySize
                    self.valueSize = valueSize
                    self.maxEntries = maxEntries
                    self.flags = flags
                    self.pinning = pinning
                }
            }

            /// Where a map stays when the loader has gone.
            @frozen
            public struct Pinning: Sendable {
                /// The number that the kernel knows.
                public let rawValue: UInt32
                /// A value by the number that the kernel knows.
                @_transparent public init(rawValue: UInt32) { self.rawValue = rawValue }

                /// Nowhere.
                public static var none: Pinning { @_transparent get { Pinning(rawValue: 0) } }
                /// At `/sys/fs/bpf/NAME`: `LIBBPF_PIN_BY_NAME`.
                public static var byName: Pinning { @_transparent get { Pinning(rawValue: 1) } }
                /// At `/sys/fs/bpf/NAME`, in the form of tc and of the tools of 2018: a `struct bpf_elf_map` with `PIN_OBJECT_NS`.
                public static var legacyObject: Pinning { @_transparent get { Pinning(rawValue: 2) } }
                /// At `/sys/fs/bpf/tc/globals/NAME`, shared with tc: a `struct bpf_elf_map` with `PIN_GLOBAL_NS`.
                public static var legacyGlobal: Pinning { @_transparent get { Pinning(rawValue: 3) } }
            }

            /// What a map is asked to do otherwise than by default; put several together by `|`.
            @frozen
            public struct MapFlags: Sendable {
                /// The number that the kernel knows.
                public let rawValue: UInt32
                /// A value by the number that the kernel knows.
                @_transparent public init(rawValue: UInt32) { self.rawValue = rawValue }
                /// Both.
                @_transparent public static func | (a: MapFlags, b: MapFlags) -> MapFlags {
                    MapFlags(rawValue: a.rawValue | b.rawValue)
                }

                /// Nothing.
                public static var none: MapFlags { @_transparent get { MapFlags(rawValue: 0) } }
                /// Memory for entries is taken when they come: `BPF_F_NO_PREALLOC`.
                public static var noPreallocation: MapFlags { @_transparent get { MapFlags(rawValue: 1) } }
                /// Each processor drops its own least recently used entries: `BPF_F_NO_COMMON_LRU`.
                public static var noCommonLRU: MapFlags { @_transparent get { MapFlags(rawValue: 2) } }
                /// Processes may only read the map: `BPF_F_RDONLY`.
                public static var readOnlyForProcesses: MapFlags { @_transparent get { MapFlags(rawValue: 1 << 3) } }
                /// Processes may only write the map: `BPF_F_WRONLY`.
                public static var writeOnlyForProcesses: MapFlags { @_transparent get { MapFlags(rawValue: 1 << 4) } }
                /// Probes may only read the map: `BPF_F_RDONLY_PROG`, Linux 5.2.
                public static var readOnlyForProbes: MapFlags { @_transparent get { MapFlags(rawValue: 1 << 7) } }
                /// Probes may only write the map: `BPF_F_WRONLY_PROG`, Linux 5.2.
                public static var writeOnlyForProbes: MapFlags { @_transparent get { MapFlags(rawValue: 1 << 8) } }
                /// Processes may map an array into their memory: `BPF_F_MMAPABLE`, Linux 5.5.
                public static var mappable: MapFlags { @_transparent get { MapFlags(rawValue: 1 << 10) } }
                /// An inner map may have another number of entries: `BPF_F_INNER_MAP`, Linux 5.10.
                public static var innerMap: MapFlags { @_transparent get { MapFlags(rawValue: 1 << 12) } }
            }

            /// A map: memory that probes and processes share.
            ///
            /// It is a global constant of a probe: `let counts = HashMap<…>(…)`.
            public protocol ProbeMap: ~Copyable, Sendable {
                /// What stands for the map in calls of helpers.
                var address: UnsafeMutablePointer<MapDefinition> { get }
            }

            /// Which entries ``KeyedMap/insert(_:for:_:)`` may write.
            @frozen
            public struct InsertionMode: Sendable {
                /// The number that the kernel knows.
                public let rawValue: UInt64
                /// A value by the number that the kernel knows.
                @_transparent public init(rawValue: UInt64) { self.rawValue = rawValue }
                /// New ones and those that are there: `BPF_ANY`.
                public static var always: InsertionMode { @_transparent get { InsertionMode(rawValue: 0) } }
                /// New ones: `BPF_NOEXIST`.
                public static var ifAbsent: InsertionMode { @_transparent get { InsertionMode(rawValue: 1) } }
                /// Those that are there: `BPF_EXIST`.
                public static var ifPresent: InsertionMode { @_transparent get { InsertionMode(rawValue: 2) } }
            }

            """###
        ),
        (
            "MapsOfMaps.swift",
            ###"""
            // SPDX-License-Identifier: Apache-2.0

            import Builtin

            /// The constants of a map whose values are maps.
            @frozen
            public struct OuterMapDefinition: Sendable {
                /// The map itself.
                public let outer: MapDefinition
                /// What each of the maps in it is.
                public let inner: MapDefinition
                /// Both.
                @_transparent public init(outer: MapDefinition, inner: MapDefinition) {
                    self.outer = outer
                    self.inner = inner
                }
            }

            /// Maps with the numbers 0 to `maxEntries - 1`, which a process puts in: `BPF_MAP_TYPE_ARRAY_OF_MAPS`, Linux 4.12.
            ///
            ///     let tables = ArrayOfMaps<HashMap<UInt32, UInt64>>(maxEntries: 4, inner: HashMap(maxEntries: 64))
            @frozen
            @_rawLayout(like: OuterMapDefinition)
            public struct ArrayOfMaps<Inner: ProbeMap & ~Copyable>: ~Copyable, ProbeMap, @unchecked Sendable {
                /// What stands for the map in calls of helpers.
                public var address: UnsafeMutablePointer<MapDefinition> {
                    @_transparent get { UnsafeMutablePointer(Builtin.addressOfRawLayout(self)) }
                }
                /// A map with room for `maxEntries` maps like `inner`: a constant.
                @_transparent public init(maxEntries: UInt32, inner: consuming Inner, pinning: Pinning = .none) {
                    UnsafeMutableRawPointer(address).assumingMemoryBound(to: OuterMapDefinition.self).initialize(
                        to: OuterMapDefinition(
                            outer: MapDefinition(
                                kind: 12, keySize: 4, valueSize: 4, maxEntries: maxEntries, flags: 0, pinning: pinning.rawValue),
                            inner: inner.address.pointee))
                }
                /// Map `index`, `nil` where none was put in: `bpf_map_lookup_elem()` (helper 1, Linux 3.19).
                @_transparent public func map(_ index: UInt32) -> UnsafeMutablePointer<Inner>? {
                    withBytes(of: index) { key in
                        kernelHelper(1, as: (@convention(c) (UnsafeRawPointer, UnsafeRawPointer) -> UnsafeMutableRawPointer?).self)(
                            address, key)?.assumingMemoryBound(to: Inner.self)
                    }
                }
            }

            /// Maps by key, which a process puts in: `BPF_MAP_TYPE_HASH_OF_MAPS`, Linux 4.12.
            @frozen
            @_rawLayout(like: OuterMapDefinition)
            public struct HashOfMaps<Key: BitwiseCopyable, Inner: ProbeMap & ~Copyable>: ~Copyable, ProbeMap, @unchecked Sendable {
                /// What stands for the map in calls of helpers.
                public var address: UnsafeMutablePointer<MapDefinition> {
                    @_transparent get { UnsafeMutablePointer(Builtin.addressOfRawLayout(self)) }
                }
                /// A map with room for `maxEntries` maps like `inner`: a constant.
                @_transparent public init(maxEntries: UInt32, inner: consuming Inner, pinning: Pinning = .none) {
                    UnsafeMutableRawPointer(address).assumingMemoryBound(to: OuterMapDefinition.self).initialize(
                        to: OuterMapDefinition(
                            outer: MapDefinition(
                                kind: 13, keySize: UInt32(truncatingIfNeeded: MemoryLayout<Key>.stride), valueSize: 4,
                                maxEntries: maxEntries, flags: 0, pinning: pinning.rawValue),
                            inner: inner.address.pointee))
                }
                /// The map of a key, `nil` where none was put in: `bpf_map_lookup_elem()` (helper 1, Linux 3.19).
                @_transparent public func map(_ key: Key) -> UnsafeMutablePointer<Inner>? {
                    withBytes(of: key) { key in
                        kernelHelper(1, as: (@convention(c) (UnsafeRawPointer, UnsafeRawPointer) -> UnsafeMutableRawPointer?).self)(
                            address, key)?.assumingMemoryBound(to: Inner.self)
                    }
                }
            }

            """###
        ),
        (
            "OtherMaps.swift",
            ###"""
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

            """###
        ),
        (
            "PacketContexts.swift",
            ###"""
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

            """###
        ),
        (
            "Processes.swift",
            ###"""
            // SPDX-License-Identifier: Apache-2.0

            /// The process that runs, as `getpid(2)` has it: the upper half of `bpf_get_current_pid_tgid()` (helper 14, Linux 4.2).
            public var currentProcess: Int32 {
                @_transparent get { Int32(truncatingIfNeeded: currentID >> 32) }
            }

            /// The thread that runs, as `gettid(2)` has it: the lower half of `bpf_get_current_pid_tgid()` (helper 14, Linux 4.2).
            public var currentThread: Int32 {
                @_transparent get { Int32(truncatingIfNeeded: currentID) }
            }

            /// Process and thread in one number: `bpf_get_current_pid_tgid()` (helper 14, Linux 4.2).
            public var currentID: UInt64 {
                @_transparent get { kernelHelper(14, as: (@convention(c) () -> UInt64).self)() }
            }

            /// The user that the running thread works for: the lower half of `bpf_get_current_uid_gid()` (helper 15, Linux 4.2).
            public var currentUser: UInt32 {
                @_transparent get {
                    UInt32(truncatingIfNeeded: kernelHelper(15, as: (@convention(c) () -> UInt64).self)())
                }
            }

            /// The group that the running thread works for: the upper half of `bpf_get_current_uid_gid()` (helper 15, Linux 4.2).
            public var currentGroup: UInt32 {
                @_transparent get {
                    UInt32(truncatingIfNeeded: kernelHelper(15, as: (@convention(c) () -> UInt64).self)() >> 32)
                }
            }

            /// The cgroup of the running thread: `bpf_get_current_cgroup_id()` (helper 80, Linux 4.18).
            public var currentCgroup: UInt64 {
                @_transparent get { kernelHelper(80, as: (@convention(c) () -> UInt64).self)() }
            }

            /// The processor that the program runs on: `bpf_get_smp_processor_id()` (helper 8, Linux 4.1).
            public var currentCPU: UInt32 {
                @_transparent get { kernelHelper(8, as: (@convention(c) () -> UInt32).self)() }
            }

            /// The NUMA node that the program runs on: `bpf_get_numa_node_id()` (helper 42, Linux 4.10).
            public var currentNode: Int32 {
                @_transparent get { kernelHelper(42, as: (@convention(c) () -> Int32).self)() }
            }

            /// Nanoseconds since the machine started, without the time in which it slept: `bpf_ktime_get_ns()`
            /// (helper 5, Linux 4.1), `CLOCK_MONOTONIC`.
            @_transparent
            public func monotonicTime() -> UInt64 { kernelHelper(5, as: (@convention(c) () -> UInt64).self)() }

            /// Nanoseconds since the machine started, with the time in which it slept: `bpf_ktime_get_boot_ns()`
            /// (helper 125, Linux 5.8), `CLOCK_BOOTTIME`.
            @_transparent
            public func bootTime() -> UInt64 { kernelHelper(125, as: (@convention(c) () -> UInt64).self)() }

            /// The number of the running tick: `bpf_jiffies64()` (helper 118, Linux 5.6).
            @_transparent
            public func jiffies() -> UInt64 { kernelHelper(118, as: (@convention(c) () -> UInt64).self)() }

            /// A random number, not for secrets: `bpf_get_prandom_u32()` (helper 7, Linux 4.1).
            @_transparent
            public func randomNumber() -> UInt32 { kernelHelper(7, as: (@convention(c) () -> UInt32).self)() }

            /// Sends a signal to the running process: `bpf_send_signal()` (helper 109, Linux 5.3).
            ///
            /// - Returns: 0, or a negative number of an error.
            @discardableResult
            @_transparent
            public func sendSignal(_ number: UInt32) -> Int {
                kernelHelper(109, as: (@convention(c) (UInt32) -> Int).self)(number)
            }

            """###
        ),
        (
            "Registers.swift",
            ###"""
            // SPDX-License-Identifier: Apache-2.0

            /// The registers at a probe, `struct pt_regs` of the machine that the probe is for.
            ///
            /// The compiler of probes defines `PROBE_ARM64` for arm64; without it a probe is for x86-64. In a program of the host the
            /// host's own machine counts.
            @frozen
            public struct Registers {
                /// Where the registers are.
                public let pointer: UnsafeRawPointer

                /// Registers at an address.
                @_transparent public init(_ pointer: UnsafeRawPointer) { self.pointer = pointer }

                #if PROBE_ARM64 || (!hasFeature(Embedded) && arch(arm64))
                    /// Argument `number` of a function, from 0 to 5, a constant: `PT_REGS_PARM1` to `PT_REGS_PARM6`.
                    @_transparent public func argument(_ number: Int) -> Int {
                        guard number >= 0, number < 6 else { return __bpfkit_no_such_argument() }
                        return pointer.load(fromByteOffset: number * 8, as: Int.self)
                    }
                    /// What a function returned: `PT_REGS_RC`.
                    public var returned: Int { @_transparent get { pointer.load(fromByteOffset: 0, as: Int.self) } }
                    /// The next instruction: `PT_REGS_IP`.
                    public var instruction: UInt { @_transparent get { pointer.load(fromByteOffset: 256, as: UInt.self) } }
                    /// The stack: `PT_REGS_SP`.
                    public var stack: UInt { @_transparent get { pointer.load(fromByteOffset: 248, as: UInt.self) } }
                    /// Where argument `number` of a system call is: the first one is `orig_x0`.
                    @_transparent public static func offset(ofCallArgument number: Int) -> Int {
                        guard number >= 0, number < 6 else { return __bpfkit_no_such_argument() }
                        return number == 0 ? 272 : number * 8
                    }
                    /// How many bytes stand before the sample in `struct bpf_perf_event_data`.
                    public static var size: Int { @_transparent get { 272 } }
                #else
                    /// Argument `number` of a function, from 0 to 5, a constant: `PT_REGS_PARM1` to `PT_REGS_PARM6`.
                    @_transparent public func argument(_ number: Int) -> Int {
                        guard number >= 0, number < 6 else { return __bpfkit_no_such_argument() }
                        return pointer.load(
                            fromByteOffset: number == 0
                                ? 112 : number == 1 ? 104 : number == 2 ? 96 : number == 3 ? 88 : number == 4 ? 72 : 64,
                            as: Int.self)
                    }
                    /// What a function returned: `PT_REGS_RC`.
                    public var returned: Int { @_transparent get { pointer.load(fromByteOffset: 80, as: Int.self) } }
                    /// The next instruction: `PT_REGS_IP`.
                    public var instruction: UInt { @_transparent get { pointer.load(fromByteOffset: 128, as: UInt.self) } }
                    /// The stack: `PT_REGS_SP`.
                    public var stack: UInt { @_transparent get { pointer.load(fromByteOffset: 152, as: UInt.self) } }
                    /// Where argument `number` of a system call is: the fourth one is in r10.
                    @_transparent public static func offset(ofCallArgument number: Int) -> Int {
                        guard number >= 0, number < 6 else { return __bpfkit_no_such_argument() }
                        return number == 0 ? 112 : number == 1 ? 104 : number == 2 ? 96 : number == 3 ? 56 : number == 4 ? 72 : 64
                    }
                    /// How many bytes stand before the sample in `struct bpf_perf_event_data`.
                    public static var size: Int { @_transparent get { 168 } }
                #endif
            }

            #if hasFeature(Embedded)
                /// What is called for an argument that no register has; nothing has it, so that the compiler of probes refuses it.
                @_extern(c) public func __bpfkit_no_such_argument() -> Int
                /// What is called where a number of 1 or 2 bytes is added to; nothing has it.
                @_extern(c) public func __bpfkit_no_atomic_addition()
                /// What is called where an entry of an array is removed; nothing has it.
                @_extern(c) public func __bpfkit_no_removal()
            #else
                /// What is called where a number of 1 or 2 bytes is added to.
                public func __bpfkit_no_atomic_addition() { fatalError("BPFKit: numbers of 4 and 8 bytes are added to") }
                /// What is called where an entry of an array is removed.
                public func __bpfkit_no_removal() { fatalError("BPFKit: an array has all of its entries") }
                /// What is called for an argument that no register has.
                public func __bpfkit_no_such_argument() -> Int {
                    fatalError("BPFKit: a function has arguments 0 to 5 in registers")
                }
            #endif

            """###
        ),
        (
            "Text+Host.swift",
            ###"""
            // SPDX-License-Identifier: Apache-2.0

            #if !hasFeature(Embedded)
                extension Text: CustomStringConvertible {
                    /// The text up to its NUL, as the program of the host reads it; what is no UTF-8 is replaced by U+FFFD.
                    ///
                    /// It is whatever a process chose: ``description`` is the form for terminals.
                    public var string: String {
                        String(decoding: (0..<capacity).lazy.map { bytes[$0] }.prefix { $0 != 0 }, as: UTF8.self)
                    }

                    /// The text with what a terminal would obey written as `\u{1b}`.
                    public var description: String {
                        string.unicodeScalars.reduce(into: "") { text, scalar in
                            switch scalar.properties.generalCategory {
                            case .control, .format, .lineSeparator, .paragraphSeparator: text += scalar.escaped(asASCII: true)
                            default: text.unicodeScalars.append(scalar)
                            }
                        }
                    }
                }
            #endif

            """###
        ),
        (
            "Text.swift",
            ###"""
            // SPDX-License-Identifier: Apache-2.0

            /// Text of at most `capacity - 1` bytes and a NUL, in place: `char name[capacity]` in an event.
            @frozen
            public struct Text<let capacity: Int>: BitwiseCopyable {
                /// The bytes.
                public var bytes: InlineArray<capacity, UInt8>

                /// No text: all bytes are zero.
                @_transparent public init() { bytes = InlineArray(repeating: 0) }

                /// Reads text of the kernel's memory up to its NUL: `bpf_probe_read_kernel_str()` (helper 115, Linux 5.5).
                ///
                /// - Returns: how many bytes that were with the NUL, or a negative number of an error.
                @discardableResult
                @_transparent public mutating func read(_ address: Address) -> Int {
                    withUnsafeMutablePointer(to: &self) {
                        kernelHelper(115, as: (@convention(c) (UnsafeMutableRawPointer, UInt32, UnsafeRawPointer) -> Int).self)(
                            $0, UInt32(truncatingIfNeeded: capacity), address)
                    }
                }

                /// Reads text of the running process up to its NUL: `bpf_probe_read_user_str()` (helper 114, Linux 5.5).
                ///
                /// - Returns: how many bytes that were with the NUL, or a negative number of an error.
                @discardableResult
                @_transparent public mutating func readUser(_ address: Address) -> Int {
                    withUnsafeMutablePointer(to: &self) {
                        kernelHelper(114, as: (@convention(c) (UnsafeMutableRawPointer, UInt32, UnsafeRawPointer) -> Int).self)(
                            $0, UInt32(truncatingIfNeeded: capacity), address)
                    }
                }

                /// Reads the name of the running thread: `bpf_get_current_comm()` (helper 16, Linux 4.2).
                @_transparent public mutating func readCommand() {
                    withUnsafeMutablePointer(to: &self) {
                        _ = kernelHelper(16, as: (@convention(c) (UnsafeMutableRawPointer, UInt32) -> Int).self)(
                            $0, UInt32(truncatingIfNeeded: capacity))
                    }
                }

                /// Whether the text is the same as one that is written out: `name == "bash"`.
                @_transparent public static func == (text: Text, literal: StaticString) -> Bool {
                    text.starts(with: literal) && text.bytes[literal.utf8CodeUnitCount] == 0
                }

                /// Whether the text is another than one that is written out: `name != "bash"`.
                @_transparent public static func != (text: Text, literal: StaticString) -> Bool { !(text == literal) }

                /// Whether the text is that of a case: `switch name { case "bash": … }`.
                @_transparent public static func ~= (literal: StaticString, text: Text) -> Bool { text == literal }

                /// Whether the text begins with one that is written out.
                @_transparent public func starts(with literal: StaticString) -> Bool {
                    guard literal.utf8CodeUnitCount < capacity else { return false }
                    var index = 0
                    while index < literal.utf8CodeUnitCount {
                        if bytes[index] != literal.utf8Start[index] { return false }
                        index += 1
                    }
                    return true
                }

                /// Byte `index`, which has to be less than `capacity`.
                public subscript(index: Int) -> UInt8 {
                    @_transparent get { bytes[index] }
                    @_transparent set { bytes[index] = newValue }
                }
            }

            extension Text: Equatable {
                /// Whether both texts are the same up to their NUL; what an older text left behind it does not count.
                @_disfavoredOverload
                @_transparent public static func == (a: Text, b: Text) -> Bool {
                    var index = 0
                    while index < capacity {
                        if a.bytes[index] != b.bytes[index] { return false }
                        if a.bytes[index] == 0 { return true }
                        index += 1
                    }
                    return true
                }
                /// Whether the texts differ.
                @_disfavoredOverload
                @_transparent public static func != (a: Text, b: Text) -> Bool { !(a == b) }
            }

            extension Text: ExpressibleByStringLiteral {
                /// Text that is written out, of at most `capacity - 1` bytes: `Event(name: "none")`.
                @_transparent public init(stringLiteral literal: StaticString) {
                    self.init()
                    guard literal.utf8CodeUnitCount < capacity else {
                        __bpfkit_text_too_long()
                        return
                    }
                    withUnsafeMutableBytes(of: &bytes) {
                        $0.baseAddress.unsafelyUnwrapped.copyMemory(
                            from: literal.utf8Start, byteCount: literal.utf8CodeUnitCount)
                    }
                }
            }

            #if hasFeature(Embedded)
                /// What is called for a text that does not fit; nothing has it, so that the compiler of probes refuses it.
                @_extern(c) public func __bpfkit_text_too_long()
            #else
                /// What is called for a text that does not fit.
                public func __bpfkit_text_too_long() { fatalError("BPFKit: a text has a byte less than its capacity") }
            #endif

            /// Calls `body` with text that was read from the kernel's memory onto the stack, unless that fails.
            @_transparent
            public func withKernelText<let capacity: Int>(
                at address: Address, as type: Text<capacity>.Type, _ body: (UnsafeMutablePointer<Text<capacity>>) -> Void
            ) {
                withUnsafeTemporaryAllocation(of: Text<capacity>.self, capacity: 1) { room in
                    let text = room.baseAddress.unsafelyUnwrapped
                    let read = kernelHelper(
                        115, as: (@convention(c) (UnsafeMutableRawPointer, UInt32, UnsafeRawPointer) -> Int).self)(
                            text, UInt32(truncatingIfNeeded: capacity), address)
                    if read >= 0 { body(text) }
                }
            }

            """###
        ),
        (
            "Trace.swift",
            ###"""
            // SPDX-License-Identifier: Apache-2.0

            /// What ``trace(_:_:_:_:)`` can print: integers, pointers, and pointers to ``Text`` for `%s`.
            public protocol TraceArgument {
                /// The 64 bits that `bpf_trace_printk()` gets.
                var traced: UInt64 { get }
            }

            extension FixedWidthInteger {
                /// The 64 bits that `bpf_trace_printk()` gets.
                public var traced: UInt64 { @_transparent get { UInt64(truncatingIfNeeded: self) } }
            }
            extension Int: TraceArgument {}
            extension Int8: TraceArgument {}
            extension Int16: TraceArgument {}
            extension Int32: TraceArgument {}
            extension Int64: TraceArgument {}
            extension UInt: TraceArgument {}
            extension UInt8: TraceArgument {}
            extension UInt16: TraceArgument {}
            extension UInt32: TraceArgument {}
            extension UInt64: TraceArgument {}
            extension UnsafeRawPointer: TraceArgument {
                /// The 64 bits that `bpf_trace_printk()` gets.
                public var traced: UInt64 { @_transparent get { UInt64(UInt(bitPattern: self)) } }
            }
            extension UnsafeMutablePointer: TraceArgument {
                /// The 64 bits that `bpf_trace_printk()` gets.
                public var traced: UInt64 { @_transparent get { UInt64(UInt(bitPattern: self)) } }
            }

            /// Writes a line to the kernel's trace, which `load-kp-bpf --trace` prints: `bpf_trace_printk()` (helper 6, Linux 4.1).
            ///
            /// The format is that of C: `%d`, `%u`, `%x` for 32 bits, `%ld`, `%lu`, `%lx` for 64 bits, `%p`, and `%s` for a pointer to
            /// ``Text``. There are at most three arguments.
            @_transparent
            public func trace(_ format: StaticString) {
                _ = kernelHelper(6, as: (@convention(c) (UnsafeRawPointer, UInt32) -> Int).self)(
                    format.utf8Start, UInt32(truncatingIfNeeded: format.utf8CodeUnitCount + 1))
            }

            /// Writes a line with one value to the kernel's trace.
            @_transparent
            public func trace(_ format: StaticString, _ a: some TraceArgument) {
                _ = kernelHelper(6, as: (@convention(c) (UnsafeRawPointer, UInt32, UInt64) -> Int).self)(
                    format.utf8Start, UInt32(truncatingIfNeeded: format.utf8CodeUnitCount + 1), a.traced)
            }

            /// Writes a line with two values to the kernel's trace.
            @_transparent
            public func trace(_ format: StaticString, _ a: some TraceArgument, _ b: some TraceArgument) {
                _ = kernelHelper(6, as: (@convention(c) (UnsafeRawPointer, UInt32, UInt64, UInt64) -> Int).self)(
                    format.utf8Start, UInt32(truncatingIfNeeded: format.utf8CodeUnitCount + 1), a.traced, b.traced)
            }

            /// Writes a line with three values to the kernel's trace.
            @_transparent
            public func trace(
                _ format: StaticString, _ a: some TraceArgument, _ b: some TraceArgument, _ c: some TraceArgument
            ) {
                _ = kernelHelper(6, as: (@convention(c) (UnsafeRawPointer, UInt32, UInt64, UInt64, UInt64) -> Int).self)(
                    format.utf8Start, UInt32(truncatingIfNeeded: format.utf8CodeUnitCount + 1), a.traced, b.traced, c.traced)
            }

            """###
        ),
        (
            "TraceMessage.swift",
            ###"""
            // SPDX-License-Identifier: Apache-2.0

            /// A line for the kernel's trace with up to three values in it: `trace("process \(pid) removes \(name)")`.
            ///
            /// Its format is put together by the compiler, and stands on the stack: up to 95 bytes.
            @frozen
            public struct TraceMessage: ExpressibleByStringInterpolation {
                /// The format of C, in words: they are cheaper to clear than bytes.
                public var format: InlineArray<12, UInt64>
                /// How many bytes of the format are used, without the NUL.
                public var length: Int
                /// The values.
                public var values: InlineArray<3, UInt64>

                /// What a line is put together from.
                @frozen
                public struct StringInterpolation: StringInterpolationProtocol {
                    /// The format of C, in words: they are cheaper to clear than bytes.
                    public var format: InlineArray<12, UInt64>
                    /// How many bytes of the format are used.
                    public var length: Int
                    /// The values.
                    public var values: InlineArray<3, UInt64>
                    /// How many values there are.
                    public var count: Int

                    /// An empty line.
                    @_transparent public init(literalCapacity: Int, interpolationCount: Int) {
                        format = InlineArray(repeating: 0)
                        length = 0
                        values = InlineArray(repeating: 0)
                        count = 0
                    }
                    /// Text.
                    @_transparent public mutating func appendLiteral(_ literal: StaticString) {
                        let bytes = literal.utf8CodeUnitCount
                        guard length + bytes < 96 else { return __bpfkit_trace_too_long() }
                        // Kernels before 5.13 take no `%%`, and all take a sign alone for a format.
                        #if hasFeature(Embedded)
                            guard __bpfkit_memchr(literal.utf8Start, 37, UInt(bitPattern: bytes)) == nil else {
                                return __bpfkit_trace_percent()
                            }
                        #endif
                        withUnsafeMutableBytes(of: &format) {
                            ($0.baseAddress.unsafelyUnwrapped + length).copyMemory(from: literal.utf8Start, byteCount: bytes)
                        }
                        length += bytes
                    }
                    /// A value, and the letters of its format.
                    @_transparent public mutating func append(_ value: UInt64, _ first: UInt8, _ second: UInt8, _ third: UInt8) {
                        guard count < 3, length < 92 else { return __bpfkit_trace_too_long() }
                        values[count] = value
                        count += 1
                        withUnsafeMutableBytes(of: &format) {
                            let place = $0.baseAddress.unsafelyUnwrapped + length
                            place.storeBytes(of: 37, as: UInt8.self)
                            place.storeBytes(of: first, toByteOffset: 1, as: UInt8.self)
                            place.storeBytes(of: second, toByteOffset: 2, as: UInt8.self)
                            place.storeBytes(of: third, toByteOffset: 3, as: UInt8.self)
                        }
                        length += third == 0 ? (second == 0 ? 2 : 3) : 4
                    }
                    /// An integer of up to 64 bits, in decimal.
                    @_transparent public mutating func appendInterpolation<Number: FixedWidthInteger>(_ number: Number) {
                        guard MemoryLayout<Number>.size <= 8 else { return __bpfkit_trace_too_wide() }
                        append(UInt64(truncatingIfNeeded: number), 108, 108, Number.isSigned ? 100 : 117)
                    }
                    /// An integer of up to 64 bits, in hexadecimal.
                    @_transparent public mutating func appendInterpolation<Number: FixedWidthInteger>(hex number: Number) {
                        guard MemoryLayout<Number>.size <= 8 else { return __bpfkit_trace_too_wide() }
                        append(UInt64(truncatingIfNeeded: number), 108, 108, 120)
                    }
                    /// A truth value: 1 or 0.
                    @_transparent public mutating func appendInterpolation(_ value: Bool) { append(value ? 1 : 0, 100, 0, 0) }
                    /// Text that is written out in the source.
                    @_transparent public mutating func appendInterpolation(_ text: StaticString) {
                        append(UInt64(UInt(bitPattern: text.utf8Start)), 115, 0, 0)
                    }
                    /// Text that a pointer points to.
                    @_transparent public mutating func appendInterpolation<let capacity: Int>(
                        _ text: UnsafeMutablePointer<Text<capacity>>
                    ) {
                        append(UInt64(UInt(bitPattern: text)), 115, 0, 0)
                    }
                    /// Text that a pointer points to.
                    @_transparent public mutating func appendInterpolation<let capacity: Int>(_ text: UnsafePointer<Text<capacity>>)
                    {
                        append(UInt64(UInt(bitPattern: text)), 115, 0, 0)
                    }
                    /// Text itself may be gone when the line is written.
                    @available(*, unavailable, message: "give a pointer: withUnsafePointer(to: text) { trace(\"\\($0)\") }")
                    public mutating func appendInterpolation<let capacity: Int>(_ text: Text<capacity>) {}
                    /// An address.
                    @_disfavoredOverload
                    @_transparent public mutating func appendInterpolation(_ address: Address) {
                        append(UInt64(UInt(bitPattern: address)), 112, 0, 0)
                    }
                    /// What has no form in a line.
                    @available(
                        *, unavailable,
                        message:
                            "a line of trace() takes integers, Bool, StaticString, addresses and pointers to Text: give a number, such as a rawValue, .value or .address"
                    )
                    @_disfavoredOverload
                    public mutating func appendInterpolation<Value>(_ value: Value) {}
                }

                /// A line without values.
                @_transparent public init(stringLiteral literal: StaticString) {
                    var parts = StringInterpolation(literalCapacity: 0, interpolationCount: 0)
                    parts.appendLiteral(literal)
                    self.init(stringInterpolation: parts)
                }
                /// A line with values.
                @_transparent public init(stringInterpolation parts: StringInterpolation) {
                    format = parts.format
                    length = parts.length
                    values = parts.values
                }
            }

            #if hasFeature(Embedded)
                /// What is called for a line that does not fit; nothing has it, so that the compiler of probes refuses the line.
                @_extern(c) public func __bpfkit_trace_too_long()
                /// The C library's, which is known of constants when the probe is compiled.
                @_extern(c, "memchr") public func __bpfkit_memchr(
                    _ bytes: UnsafeRawPointer, _ byte: Int32, _ count: UInt
                ) -> UnsafeRawPointer?
                /// What is called for a percent sign in a line; nothing has it either.
                @_extern(c) public func __bpfkit_trace_percent()
                /// What is called for a number of more than 64 bits in a line; nothing has it either.
                @_extern(c) public func __bpfkit_trace_too_wide()
            #else
                /// What is called for a line that does not fit.
                public func __bpfkit_trace_too_long() {}
                /// What is called for a number of more than 64 bits in a line.
                public func __bpfkit_trace_too_wide() {}
            #endif

            /// Writes a line to the kernel's trace, which `load-kp-bpf --trace` prints: `bpf_trace_printk()` (helper 6, Linux 4.1).
            @_transparent
            @_disfavoredOverload
            public func trace(_ message: TraceMessage) {
                withUnsafePointer(to: message.format) {
                    _ = kernelHelper(6, as: (@convention(c) (UnsafeRawPointer, UInt32, UInt64, UInt64, UInt64) -> Int).self)(
                        $0, UInt32(truncatingIfNeeded: message.length + 1), message.values[0], message.values[1], message.values[2])
                }
            }

            """###
        ),
    ]
}
