// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics
internal import ProcessStart

/// The command line of the process, as the kernel gave it.
///
/// `CommandLine.arguments` reads `/proc/self/cmdline`, which need not be there, and repairs what is no UTF-8.
package enum ProcessArguments {
    /// The arguments behind the tool's name; bytes that are no UTF-8 are kept (``Swift/String/init(foreignBytes:)``).
    package static var all: [String] {
        var arguments: [String] = []
        for index in 1..<max(process_argument_count(), 1) {
            guard let start = unsafe process_argument(index) else { break }
            var bytes: [UInt8] = []
            var next = unsafe start
            while unsafe next.pointee != 0 {
                bytes.append(UInt8(bitPattern: unsafe next.pointee))
                unsafe next += 1
            }
            arguments.append(String(foreignBytes: bytes))
        }
        return arguments
    }
}
