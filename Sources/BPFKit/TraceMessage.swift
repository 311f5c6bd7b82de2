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
