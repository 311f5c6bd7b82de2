// SPDX-License-Identifier: Apache-2.0

import BTF
import EventDecoding

private let renderer = EventRenderer(OriginalEvent.plan, style: .line, environment: FormatEnvironment())

/// Prints any bytes as an event of the documents; the line must be the one that String makes.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzDecode(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    guard count >= OriginalEvent.size else { return 0 }
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: OriginalEvent.size))
    var lines = LineBuffer(capacity: 1)
    unsafe renderer.append(bytes.span.bytes, EventContext(), isPadded: true, to: &lines)
    let line = unsafe lines.bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    func number<Number: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, _ type: Number.Type) -> Number {
        unsafe bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: type)
    }
    let (idx, cmd) = (number(0, Int16.self), number(2, Int16.self))
    precondition(line == "idx: \(idx), cmd: \(cmd), cpu: \(number(4, UInt32.self)), time: \(number(8, UInt64.self))\n")
    return 0
}
