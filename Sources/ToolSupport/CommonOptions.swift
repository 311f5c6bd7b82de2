// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

/// The option that prints ``JSONSchema``: it is taken before a command line is read, whatever else that lacks.
package struct SchemaOption: ParsableArguments {
    @Flag(help: "Print the JSON Schema of all JSON that the tools write, and exit.")
    var jsonSchema = false

    /// Creates the defaults.
    package init() {}
}

extension SchemaOption: PlainOptions {
    package mutating func take(from line: inout PlainLine) {
        jsonSchema = line.flag("--json-schema")
    }
}

/// The options that most of the tools share.
package struct CommonOptions: ParsableArguments {
    /// Reports as JSON lines.
    @Flag(help: "Write messages as JSON lines; the event data is unchanged.")
    package var json = false

    /// Errors only.
    @Flag(name: .shortAndLong, help: "Print errors only.")
    package var quiet = false

    @OptionGroup var schema: SchemaOption

    /// Creates the defaults.
    package init() {}

    /// The reporter that these options ask for.
    package func reporter(tool: String) -> Reporter {
        Reporter(tool: tool, format: json ? .json : .text, quiet: quiet)
    }
}

extension CommonOptions: PlainOptions {
    package mutating func take(from line: inout PlainLine) {
        json = line.flag("--json")
        quiet = line.flag("--quiet", "-q")
        schema = line.options()
    }
}
