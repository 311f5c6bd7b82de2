// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import Glibc

/// What the terminal and its user say of themselves.
enum Terminal {
    /// The columns of a terminal; nil if it does not say them.
    static func width(of descriptor: Int32) -> Int? {
        let columns = cbpf_terminal_columns(descriptor)
        return columns > 0 ? Int(columns) : nil
    }

    /// A variable of the environment.
    static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }
}
