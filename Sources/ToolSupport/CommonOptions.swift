// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser

/// The options that all three tools share.
public struct CommonOptions: ParsableArguments {
    /// Reports as JSON lines.
    @Flag(help: "Write messages as JSON lines; the event data is unchanged.")
    public var json = false

    /// Errors only.
    @Flag(name: .shortAndLong, help: "Print errors only.")
    public var quiet = false

    /// Creates the defaults.
    public init() {}

    /// The reporter that these options ask for.
    public func reporter(tool: String) -> Reporter {
        Reporter(tool: tool, format: json ? .json : .text, quiet: quiet)
    }
}
