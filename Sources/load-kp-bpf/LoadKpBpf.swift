// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
import BPFCore
public import BPFObject
import Diagnostics
import ToolSupport

/// `load-kp-bpf OBJECT [FUNCTION]...`: loads one BPF object and attaches its programs.
@main
struct LoadKpBpf: Tool {
    static let configuration = CommandConfiguration(
        commandName: "load-kp-bpf",
        abstract: "Run the programs of a BPF object until Ctrl-C.",
        usage: "load-kp-bpf [options] OBJECT [[MODULE:]FUNCTION[+0xOFFSET]]...",
        discussion: """
            Example: sudo load-kp-bpf prog.o sys_bpf; sudo load-kp-bpf minimal.bpf.o
            More options: --help-hidden. Exit codes: 0, 64 usage, 65 bad object, 66 no
            file, 69 kernel lacks, 70 verifier, 74 i/o, 77 no permission, 78 no target.
            """,
        version: toolVersion)

    // The usage line shows both; listed once more, the help would not fit a screen of 24 lines.
    @Argument(help: ArgumentHelp(valueName: "object", visibility: .hidden))
    var object: String?

    @Argument(help: ArgumentHelp(valueName: "function", visibility: .hidden))
    var functions: [String] = []

    @Option(help: ArgumentHelp("Load these programs only.", valueName: "name"))
    var program: [String] = []

    @Option(help: ArgumentHelp("Go on without it where it cannot load.", valueName: "name", visibility: .hidden))
    var optional: [String] = []

    @Option(help: ArgumentHelp("Give a global variable a value.", valueName: "var=value"))
    var set: [String] = []

    @Option(help: ArgumentHelp("Give a map so many entries.", valueName: "map=n", visibility: .hidden))
    var mapSize: [String] = []

    @Option(help: ArgumentHelp("Give a map's values a size.", valueName: "map=bytes", visibility: .hidden))
    var mapValueSize: [String] = []

    @Option(help: ArgumentHelp("Pin a map there.", valueName: "map=path"))
    var pin: [String] = []

    @Option(help: ArgumentHelp("Pin the programs there.", valueName: "dir", visibility: .hidden))
    var pinPrograms: String?

    @Flag(help: "Show what bpf_printk prints.")
    var trace = false

    @Flag(help: "At the end: the global variables.")
    var dumpGlobals = false

    @Option(help: ArgumentHelp("BTF of the kernel, or a folder of such.", valueName: "file"))
    var btf: String?

    @Option(help: ArgumentHelp("The section of the program. (default: prog)", valueName: "name", visibility: .hidden))
    var section: String?

    @Flag(name: .customLong("return"), help: "Run when the function returns (kretprobe).")
    var atReturn = false

    @Option(help: ArgumentHelp("With --return: calls that run at once.", valueName: "n", visibility: .hidden))
    var maxactive: Int?

    @Flag(help: "Load and verify only, attach nothing, end.")
    var loadOnly = false

    @Option(help: ArgumentHelp("The bpf file system.", valueName: "dir", visibility: .hidden))
    var bpffs = PinPath.usualMountPoint

    @Option(help: ArgumentHelp("Read `maps` as tc or as samples.", valueName: "layout", visibility: .hidden))
    var mapLayout: MapLayoutChoice?

    @Option(help: ArgumentHelp("End after a time: 10s, 500ms, 2m.", valueName: "time"))
    var duration: DurationArgument?

    @Option(help: ArgumentHelp("Write the process id there.", valueName: "file", visibility: .hidden))
    var pidFile: String?

    @Flag(help: "At the end: runs, run time and missed runs.")
    var stats = false

    @Flag(name: .shortAndLong, help: "Tell what is done, and the verifier's whole log.")
    var verbose = false

    @Option(help: ArgumentHelp("Keep the verifier's log there.", valueName: "file", visibility: .hidden))
    var verifierLog: String?

    @OptionGroup var common: CommonOptions

    static func quick(_ arguments: [String]) -> (any ToolRun)? { LoadOptions(plain: arguments) }

    func validate() throws {
        // ArgumentParser forgets to say so of an argument that its help does not show.
        guard object != nil else { throw ValidationError("Missing expected argument 'OBJECT'.") }
    }

    func makeReporter() -> Reporter { options.makeReporter() }

    func execute(signals: borrowing SignalSource, reporter: Reporter) throws -> ExitStatus {
        try options.execute(signals: signals, reporter: reporter)
    }

    /// The command line as the work takes it.
    var options: LoadOptions {
        LoadOptions(
            object: object ?? "", functions: functions, programs: program, optionalPrograms: optional, assignments: set,
            mapSizes: mapSize, mapValueSizes: mapValueSize, mapPins: pin, programPins: pinPrograms, trace: trace,
            dumpGlobals: dumpGlobals, btf: btf, section: section, atReturn: atReturn, maxactive: maxactive,
            loadOnly: loadOnly, bpffs: bpffs,
            mapLayout: mapLayout ?? .automatic, duration: duration, pidFile: pidFile, stats: stats, verbose: verbose,
            verifierLog: verifierLog, json: common.json, quiet: common.quiet)
    }
}

extension MapLayoutChoice: ExpressibleByArgument {
    /// None to list: the option's own help names them, and one line is enough.
    public static var allValueStrings: [String] { [] }
}
