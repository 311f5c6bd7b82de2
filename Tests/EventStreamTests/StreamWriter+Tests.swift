// SPDX-License-Identifier: Apache-2.0

import EventStream

extension StreamWriter {
    /// The bytes that are still to be written.
    var pendingArray: [UInt8] { pending.withUnsafeBytes { Array($0) } }

    mutating func add(_ event: [UInt8]) -> Bool { append(event.span.bytes) }
}
