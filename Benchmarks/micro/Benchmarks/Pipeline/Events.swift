// SPDX-License-Identifier: Apache-2.0

@testable import EventStream
@testable import Records

/// The data area of a perf ring, full of events as the kernel writes them: type, size, u32 raw size, bytes, padding to 8.
struct FullRing {
    private(set) var data: [UInt8] = []
    private(set) var events = 0
    /// The positions of the first and behind the last event.
    let tail: UInt64 = 0
    var head: UInt64 { UInt64(used) }
    private var used = 0

    /// - Parameters:
    ///   - size: The bytes of the ring, a power of two.
    ///   - event: The bytes of each event.
    ///   - context: Whether the kernel puts pid, tid and time before each.
    init(size: Int, event: Int, context: Bool = false) {
        let raw = (event + 4 + 7) / 8 * 8 - 4
        let body = (context ? [UInt8](repeating: 1, count: 16) : []) + Self.bytes(UInt32(raw))
        let record = Self.bytes(UInt32(9)) + [0, 0] + Self.bytes(UInt16(8 + body.count + raw)) + body
        while data.count + record.count + raw < size {
            data += record + (0..<raw).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            events += 1
        }
        used = data.count
        data += [UInt8](repeating: 0, count: size - used)
    }

    private static func bytes<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] {
        withUnsafeBytes(of: value) { Array($0) }
    }

    /// Reads all of it into a writer, which is empty again then.
    func drain(into writer: inout StreamWriter, layout: PerfRecords.Layout) -> Int {
        let pass = writer.take(contentsOf: PerfRecords(data.span.bytes, from: tail, to: head, layout: layout, cpu: 0))
        writer.discard()
        return pass.samples
    }
}

/// Frames of the original's event, as bpf-eventd writes them.
func frames(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    for number in 0..<count {
        withUnsafeBytes(of: UInt32(20)) { bytes += $0 }
        withUnsafeBytes(of: UInt64(number)) { bytes += $0 }
        withUnsafeBytes(of: UInt64(number) &* 1_000_003) { bytes += $0 }
        bytes += [0, 0, 0, 0]
    }
    return bytes
}
