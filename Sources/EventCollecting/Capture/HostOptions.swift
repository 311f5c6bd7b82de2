// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Diagnostics
package import ToolSupport

/// What a capture says of this host.
package struct HostOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("What a capture calls this host, instead of its host name.", valueName: "name"))
    var host: String?

    @Flag(help: ArgumentHelp("Write no names of users, groups and control groups into a capture."))
    var noNames = false

    /// A capture that says all.
    package init() {}

    /// The options that the command line has.
    package var named: [String] {
        [("--host", host != nil), ("--no-names", noNames)].filter(\.1).map(\.0)
    }

    /// Bytes of the longest name: that of a name in the DNS.
    private static let longestHost = 253

    /// Checks what a host is to be called: it stands in each record that is printed with its identity.
    package func check() throws {
        guard let host else { return }
        guard (1...Self.longestHost).contains(host.utf8.count),
            host.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f })
        else {
            throw CommandMistake.value(
                "--host", host, "is no name of a host",
                hint: "write 1 to \(Self.longestHost) bytes without spaces, such as web1.example.org")
        }
    }

    /// What a capture says.
    package struct Host: Sendable {
        /// What it is called; nil for its host name.
        var name: String?
        /// Whether names of users and the like are told, which the events may need.
        var hasNames = true

        /// All, by its host name.
        package init() {}
    }

    /// The same as a value: options of ArgumentParser can be read only after it has parsed them.
    package var facts: Host {
        var facts = Host()
        (facts.name, facts.hasNames) = (host, !noNames)
        return facts
    }
}

extension HostOptions: PlainOptions {
    package mutating func take(from line: inout PlainLine) {
        host = line.value("--host")
        noNames = line.flag("--no-names")
    }
}
