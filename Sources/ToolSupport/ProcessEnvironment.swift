// SPDX-License-Identifier: Apache-2.0

package import Diagnostics
internal import Glibc

/// The environment that the process was started with.
package enum ProcessEnvironment {
    /// The value of a variable; nil if there is none of that name.
    package static func value(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }
}

extension ColourMode {
    /// Whether what goes to an open file is coloured, by what the file and the environment are.
    package func isOn(for descriptor: Int32) -> Bool {
        isOn(isTerminal: isatty(descriptor) == 1) { ProcessEnvironment.value($0) }
    }
}
