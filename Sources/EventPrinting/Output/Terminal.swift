// SPDX-License-Identifier: Apache-2.0

internal import CBPF

/// What the terminal and its user say of themselves.
enum Terminal {
    /// The columns of a terminal; nil if it does not say them.
    static func width(of descriptor: Int32) -> Int? {
        let columns = cbpf_terminal_columns(descriptor)
        return columns > 0 ? Int(columns) : nil
    }

    /// The lines of a terminal; nil if it does not say them.
    static func height(of descriptor: Int32) -> Int? {
        let rows = cbpf_terminal_rows(descriptor)
        return rows > 0 ? Int(rows) : nil
    }
}
