// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// How far a long work is, in one line of the terminal that stderr is; the next message takes its place.
package enum ProgressLine {
    /// Whether anybody would see it: stderr is a terminal that can go back to the start of a line.
    package static var isPossible: Bool {
        let terminal = ProcessEnvironment.value("TERM") ?? ""
        return isatty(STDERR_FILENO) == 1 && !terminal.isEmpty && terminal != "dumb"
    }

    /// Shows a line in place of the one before.
    ///
    /// - Parameter text: Text of one's own making, no wider than the terminal.
    package static func show(_ text: String) { MessageStream.standardError.show(status: Array(text.utf8)) }

    /// Takes the line away.
    package static func remove() { MessageStream.standardError.show(status: nil) }
}
