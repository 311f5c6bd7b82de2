// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import ToolSupport

/// How the file of the events is kept.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Append to the file instead of overwriting it.")
    var append = false

    @Option(help: ArgumentHelp("Begin a new file at this size: 10M, 64KiB, 1G.", valueName: "size"))
    var rotateSize: SizeArgument?

    @Option(help: ArgumentHelp("Begin a new file after this time: 1h.", valueName: "time"))
    var rotateEvery: DurationArgument?

    @Option(help: ArgumentHelp("Number of old files (OUTPUT.1, OUTPUT.2) to keep.", valueName: "n"))
    var keep: Int?

    /// Checks what the parser cannot.
    func check(output: String) throws {
        let rotates = rotateSize != nil || rotateEvery != nil
        if rotates && output == "-" {
            throw ValidationError("--rotate-size and --rotate-every are for a file with a name, not for stdout.")
        }
        guard let keep else { return }
        if keep < 1 { throw ValidationError("--keep \(keep) is not a number of files from 1 on.") }
        if !rotates { throw ValidationError("--keep goes with --rotate-size or --rotate-every.") }
    }
}
