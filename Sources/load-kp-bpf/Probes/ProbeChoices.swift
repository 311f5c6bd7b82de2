// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import BPFCore
import Diagnostics
import ProbeCompiler
import ToolSupport

/// How probes in Swift are compiled, and what is done with the object.
struct ProbeCommandOptions: ParsableArguments {
    @Flag(help: "Compile files of Swift to an object and exit; -o names it.")
    var compile = false

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("With --compile, --emit-c and --kernel-types: write to this file.", valueName: "file"),
        completion: .file())
    var output: String?

    @Flag(name: .customLong("emit-c"), help: "Print the C that is compiled beside a probe in Swift, and exit.")
    var emitC = false

    @Flag(help: "End the run of a probe in Swift where a check fails: overflow, index, nil.")
    var checked = false

    @Option(
        help: ArgumentHelp("Compile probes with the Swift toolchain in this directory.", valueName: "dir"),
        completion: .directory)
    var toolchain: String?

    @Option(
        name: [.long, .customShort("I")],
        help: ArgumentHelp(
            "Look for the C modules that probes in Swift import in this directory. May be repeated.", valueName: "dir"),
        completion: .directory)
    var include: [String] = []

    @Flag(help: "Print types of the kernel in Swift, named as task_struct.tgid,comm, and exit.")
    var kernelTypes = false

    var choices: ProbeChoices {
        ProbeChoices(
            compiles: compile, output: output, showsShell: emitC, isChecked: checked, toolchain: toolchain,
            headers: include, showsTypes: kernelTypes)
    }
}

extension ProbeCommandOptions: PlainOptions {
    mutating func take(from line: inout PlainLine) {
        compile = line.flag("--compile")
        output = line.value("--output", "-o")
        emitC = line.flag("--emit-c")
        checked = line.flag("--checked")
        toolchain = line.value("--toolchain")
        include = line.values("--include", "-I")
        kernelTypes = line.flag("--kernel-types")
    }
}

/// What a command line asks for of probes in Swift.
struct ProbeChoices: Equatable {
    var compiles = false
    var output: String?
    /// Whether the C around the probe is shown.
    var showsShell = false
    var isChecked = false
    var toolchain: String?
    /// Where the C modules are that probes import.
    var headers: [String] = []
    /// Whether structures of the kernel are shown as Swift has them.
    var showsTypes = false

    /// The command among these, which ends the tool; nil for a run.
    var command: String? {
        compiles ? "--compile" : showsShell ? "--emit-c" : showsTypes ? "--kernel-types" : nil
    }

    func options() -> ProbeOptions {
        var options = ProbeOptions()
        options.isChecked = isChecked
        options.toolchain = toolchain
        options.headers = headers
        return options
    }
}

extension LoadOptions {
    /// The files of Swift on the command line: the first word, and those among the following ones.
    var probeFiles: [String] {
        guard ProbeCompiler.takes(object) else { return [] }
        return [object] + functions.filter(ProbeCompiler.takes)
    }

    /// Checks the options of probes in Swift.
    func checkProbeOptions() throws {
        let commands = [
            ("--compile", probes.compiles), ("--emit-c", probes.showsShell), ("--kernel-types", probes.showsTypes),
        ].filter(\.1).map(\.0)
        guard commands.count <= 1 else {
            throw CommandMistake.exclusive([commands[0], commands[1]], because: "they are two commands")
        }
        guard let command = commands.first else {
            if probes.output != nil {
                throw CommandMistake.needs("--output", ["--compile", "--emit-c", "--kernel-types"])
            }
            guard !probeFiles.isEmpty else {
                if probes.isChecked { throw CommandMistake.needs("--checked", ["a file of Swift"]) }
                if probes.toolchain != nil { throw CommandMistake.needs("--toolchain", ["a file of Swift"]) }
                if !probes.headers.isEmpty { throw CommandMistake.needs("--include", ["a file of Swift"]) }
                return
            }
            return
        }
        guard !object.isEmpty else {
            throw CommandMistake.missing(
                probes.showsTypes ? "STRUCTURE" : "FILE",
                because: probes.showsTypes
                    ? "name a structure and its members: task_struct.tgid,comm" : "name a file of Swift: Probe.swift",
                shortest: probes.showsTypes
                    ? "load-kp-bpf --kernel-types task_struct.tgid,comm"
                    : "load-kp-bpf \(command) Probe.swift -o probe.o")
        }
        var plain = LoadOptions(object: object, functions: functions, silenced: silenced, json: json, quiet: quiet)
        plain.probes = probes
        if probes.showsTypes { plain.btf = btf } else { plain.verbose = verbose }
        guard self == plain else {
            throw CommandMistake.exclusive([command], because: "goes with no option of a run", leave: "the others")
        }
        guard !probes.showsTypes else {
            if probes.isChecked {
                throw CommandMistake.exclusive([command, "--checked"], because: "\(command) compiles nothing")
            }
            if probes.toolchain != nil {
                throw CommandMistake.exclusive([command, "--toolchain"], because: "\(command) compiles nothing")
            }
            if !probes.headers.isEmpty {
                throw CommandMistake.exclusive([command, "--include"], because: "\(command) compiles nothing")
            }
            return
        }
        if let other = ([object] + functions).first(where: { !ProbeCompiler.takes($0) }) {
            throw CommandMistake.unexpected(
                other, because: "\(command) takes files of Swift", hint: "name files that end in .swift")
        }
        guard !probes.compiles || probes.output != nil else {
            throw CommandMistake.needs("--compile", ["-o FILE"], because: "it is the name of the object")
        }
    }
}
