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
