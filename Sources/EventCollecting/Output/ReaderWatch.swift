// SPDX-License-Identifier: Apache-2.0

package import BPFCore
package import ToolSupport

/// Has a poll tell of an output's reader: that it has gone, and, while that is waited for, that it has made room.
package struct ReaderWatch {
    /// Whether room is waited for.
    package private(set) var isWaiting = false
    /// What the poll knows the output by; nil where it cannot be waited for, and need not.
    private var token: UInt64?

    /// Watches nothing yet.
    package init() {}

    /// Adds the output to the poll, unless it is a file on a disk, which has no reader.
    package mutating func begin(
        _ output: borrowing DataOutput, _ poll: borrowing EventPoll, token: UInt64
    ) throws(BPFError) {
        guard output.isPollable else { return }
        do throws(BPFError) {
            try poll.add(output.rawDescriptor, token: token, [])
            self.token = token
        } catch  where error.errno == .notPermitted {
            // Devices such as /dev/null cannot be waited for: they are always ready.
        }
    }

    /// Begins or ends to wait for room.
    package mutating func wait(
        _ wanted: Bool, for output: borrowing DataOutput, _ poll: borrowing EventPoll
    ) throws(Errno) {
        guard wanted != isWaiting, let token else { return }
        do throws(BPFError) {
            try poll.change(output.rawDescriptor, token: token, wanted ? .writable : [])
        } catch {
            throw error.errno ?? .ioError
        }
        isWaiting = wanted
    }
}
