// SPDX-License-Identifier: Apache-2.0

import EventDecoding

/// Decodes any bytes as an event and prints it; the line must be the one that String makes.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzDecode(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    let event = unsafe OriginalEvent(frame: bytes.span.bytes)
    precondition((event != nil) == OriginalEvent.frameSizes.contains(count))
    guard let event else { return 0 }
    var lines = LineBuffer(capacity: 1)
    event.writeLine(to: &lines)
    let line = unsafe lines.bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    precondition(line == "idx: \(event.idx), cmd: \(event.cmd), cpu: \(event.cpu), time: \(event.time)\n")
    return 0
}
