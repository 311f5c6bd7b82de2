// SPDX-License-Identifier: Apache-2.0

/// When output is coloured: the values of `--color`.
package enum ColourMode: String, Sendable, CaseIterable {
    /// On a terminal that can, unless `NO_COLOR` says otherwise.
    case auto
    /// Also into files and pipes, whatever the environment says.
    case always
    /// Never.
    case never

    /// Whether output is coloured.
    ///
    /// - Parameters:
    ///   - isTerminal: Whether the output is a terminal.
    ///   - environment: The value of a variable of the environment. `NO_COLOR` that is not empty means no colour
    ///     (no-color.org), so does a `TERM` that is `dumb`, empty or missing.
    package func isOn(isTerminal: Bool, environment: (String) -> String?) -> Bool {
        switch self {
        case .always: return true
        case .never: return false
        case .auto:
            guard isTerminal, environment("NO_COLOR")?.isEmpty ?? true, let terminal = environment("TERM") else {
                return false
            }
            return terminal != "" && terminal != "dumb"
        }
    }
}
