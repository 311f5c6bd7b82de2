// SPDX-License-Identifier: Apache-2.0

import EventStream

extension StreamWriter {
    /// The bytes that are still to be written.
    var pendingArray: [UInt8] { pending.withUnsafeBytes { Array($0) } }
}
