// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Diagnostics
package import ToolSupport

/// How the file of the events is kept.
package struct OutputOptions: ParsableArguments {
    @Flag(help: "Append to the file instead of overwriting it.")
    var append = false

    @Option(help: ArgumentHelp("Begin a new file at this size: 10M, 64KiB, 1G.", valueName: "size"))
    var rotateSize: SizeArgument?

    @Option(help: ArgumentHelp("Begin a new file after this time: 1h.", valueName: "time"))
    var rotateEvery: DurationArgument?

    @Option(help: ArgumentHelp("Number of old files (OUTPUT.1, OUTPUT.2) to keep.", valueName: "n"))
    var keep: Int?

    /// The options that the command line has.
    package var named: [String] {
        let flags = [
            ("--append", append), ("--rotate-size", rotateSize != nil), ("--rotate-every", rotateEvery != nil),
            ("--keep", keep != nil),
        ]
        return flags.filter(\.1).map(\.0)
    }

    /// How a file is kept, as the command line says it.
    package init() {}

    /// How a file is kept; by itself it is overwritten, and never rotated.
    package struct File: Sendable {
        /// Whether it is added to.
        var append = false
        /// Bytes after which a new file begins.
        var rotateSize: Int64?
        /// Milliseconds after which a new file begins.
        var rotateEvery: Int64?
        /// How many old files stay.
        var keep: Int?

        /// A file that is overwritten.
        package init() {}
    }

    /// The same as a value: options of ArgumentParser can be read only after it has parsed them.
    package var file: File {
        var file = File()
        (file.append, file.rotateSize, file.rotateEvery) = (append, rotateSize?.bytes, rotateEvery?.milliseconds)
        file.keep = keep
        return file
    }

    /// Checks what the parser cannot.
    ///
    /// - Parameter isDumped: Whether it is written by `--last`, of which older files are kept as well.
    package func check(output: String, isDumped: Bool = false) throws {
        let rotates = rotateSize != nil || rotateEvery != nil
        if rotates && output == "-" {
            throw CommandMistake.exclusive(
                [rotateSize != nil ? "--rotate-size" : "--rotate-every"],
                because: "is for a file with a name, not for stdout")
        }
        guard let keep else { return }
        if keep < 1 { throw CommandMistake.value("--keep", "\(keep)", "is not a number of files from 1 on") }
        if !rotates && !isDumped {
            throw CommandMistake.needs("--keep", ["--rotate-size", "--rotate-every", "--last"])
        }
    }
}

extension OutputOptions: PlainOptions {
    package mutating func take(from line: inout PlainLine) {
        append = line.flag("--append")
        rotateSize = line.value("--rotate-size")
        rotateEvery = line.value("--rotate-every")
        keep = line.value("--keep")
    }
}
