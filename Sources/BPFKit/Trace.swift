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
