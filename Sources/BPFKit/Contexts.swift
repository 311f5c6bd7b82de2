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
