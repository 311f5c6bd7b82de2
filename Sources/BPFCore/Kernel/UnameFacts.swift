// SPDX-License-Identifier: Apache-2.0

internal import CBPF

/// What uname(2) says, as text.
package struct UnameFacts: Equatable, Sendable {
    /// The kernel's release.
    package var release: String
    /// What else the kernel says of its version.
    package var version: String
    /// The machine's architecture.
    package var machine: String
    /// The host's name.
    package var host = ""

    /// Those of the running kernel.
    package static var current: UnameFacts {
        var names = utsname()
        guard unsafe uname(&names) == 0 else { return UnameFacts(release: "", version: "", machine: "") }
        return UnameFacts(
            release: text(of: names.release), version: text(of: names.version), machine: text(of: names.machine),
            host: text(of: names.nodename))
    }

    /// A C array of characters comes into Swift as a tuple.
    private static func text<Characters>(of characters: Characters) -> String {
        unsafe withUnsafeBytes(of: characters) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
