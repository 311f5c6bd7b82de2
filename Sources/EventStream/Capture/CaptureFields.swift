// SPDX-License-Identifier: Apache-2.0

/// Writes the fields of a block's payload: `{u16 tag, u16 zero, u32 length, bytes}`, each padded to 8 bytes.
struct CaptureFieldWriter {
    private(set) var payload: [UInt8] = []

    mutating func put<Value: FixedWidthInteger & BitwiseCopyable>(_ tag: UInt16, _ value: Value?) {
        guard let value else { return }
        var bytes: [UInt8] = []
        bytes.append(integer: value)
        put(tag, bytes: bytes)
    }

    /// Text without bytes is left out.
    mutating func put(_ tag: UInt16, _ text: String) {
        guard !text.isEmpty else { return }
        put(tag, bytes: Array(text.utf8))
    }

    mutating func put(_ tag: UInt16, _ values: [UInt32]) {
        guard !values.isEmpty else { return }
        var bytes: [UInt8] = []
        for value in values { bytes.append(integer: value) }
        put(tag, bytes: bytes)
    }

    mutating func put(_ tag: UInt16, bytes: [UInt8]) {
        payload.append(integer: tag)
        payload.append(integer: UInt16(0))
        payload.append(integer: UInt32(bytes.count))
        payload += bytes
        payload.append(contentsOf: repeatElement(0, count: -bytes.count & 7))
    }
}

/// A payload that is not what its kind says, though its checksum holds.
struct CaptureMalformed: Error {
    /// What is wrong, as a clause.
    let reason: String
}

/// Bytes of a block, read in the byte order of its writer.
struct CaptureBytes: ~Escapable {
    let bytes: RawSpan
    let isSwapped: Bool

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan, isSwapped: Bool) {
        self.bytes = bytes
        self.isSwapped = isSwapped
    }

    var count: Int { bytes.byteCount }

    /// An integer at a position; the caller has checked that it is there.
    @inline(__always)
    func load<Value: FixedWidthInteger & BitwiseCopyable>(_ type: Value.Type, at offset: Int) -> Value {
        let value = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: type)
        return isSwapped ? value.byteSwapped : value
    }

    @_lifetime(copy self)
    func extracting(_ range: Range<Int>) -> CaptureBytes {
        CaptureBytes(bytes.extracting(range), isSwapped: isSwapped)
    }

    /// An integer field; a longer one may come from a later version, which keeps its meaning in front.
    func integer<Value: FixedWidthInteger & BitwiseCopyable>(_ type: Value.Type) throws(CaptureMalformed) -> Value {
        guard count >= MemoryLayout<Value>.size else {
            throw CaptureMalformed(reason: "a field of \(count) bytes should have \(MemoryLayout<Value>.size)")
        }
        return load(type, at: 0)
    }

    /// All integers of a field.
    func integers() -> [UInt32] {
        (0..<(count / 4)).map { load(UInt32.self, at: $0 * 4) }
    }

    var text: String {
        unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }

    var array: [UInt8] {
        unsafe bytes.withUnsafeBytes { unsafe Array($0) }
    }

    /// Calls for each field of a payload.
    func forEachField(
        _ body: (_ tag: UInt16, _ value: CaptureBytes) throws(CaptureMalformed) -> Void
    ) throws(CaptureMalformed) {
        var at = 0
        while at < count {
            guard count - at >= 8 else { throw CaptureMalformed(reason: "a field has no room for its length") }
            let length = Int(load(UInt32.self, at: at + 4))
            let start = at + 8
            guard length <= count - start else {
                throw CaptureMalformed(reason: "a field claims \(length) bytes, \(count - start) are there")
            }
            try body(load(UInt16.self, at: at), extracting(start..<(start + length)))
            // Payloads are a multiple of 8 long, so the padding is there.
            at = start + (length + 7) & ~7
        }
    }
}
