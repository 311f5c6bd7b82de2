// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
import BPFCore
public import BPFObject
import ToolSupport

/// Which programs are loaded, and how they are attached.
struct ProgramOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Load only this program; may be repeated.", valueName: "name"), completion: .program())
    var program: [String] = []

    @Option(
        help: ArgumentHelp("Do not fail if this program cannot be loaded or attached.", valueName: "name"),
        completion: .program())
    var optional: [String] = []

    @Option(
        help: ArgumentHelp(
            "Attach a program to this target, such as kprobe:vfs_read, in place of its section's. May be repeated.",
            valueName: "program=target"),
        completion: .program("="))
    var attach: [String] = []

    @Option(
        help: ArgumentHelp(
            "Load a program as of this section or type, such as tc or sched_cls.", valueName: "program=type"),
        completion: .program("="))
    var type: [String] = []

    @Option(
        help: ArgumentHelp(
            "Trace only this process, with programs on user functions (uprobe, usdt) and samples.", valueName: "pid"))
    var pid: Int32?

    @Flag(help: "Take all programs, those too that do the same for one event, such as fentry and kprobe.")
    var all = false

    @Flag(help: "Attach programs on system calls as they are, whatever the registers hold there.")
    var rawArgs = false

    @Option(
        help: ArgumentHelp("Use the program of this section. (default: prog)", valueName: "name"),
        completion: .ofObject { $0.programs.map(\.section) })
    var section: String?

    @Flag(name: .customLong("return"), help: "Run when the function returns (kretprobe).")
    var atReturn = false

    @Option(
        help: ArgumentHelp("With --return: number of calls that may run at once, 1 to 4096.", valueName: "n"))
    var maxactive: Int?

    @Option(help: ArgumentHelp("Pin all programs in this directory.", valueName: "dir"), completion: .directory)
    var pinPrograms: String?
}

extension ProgramOptions: PlainOptions {
    mutating func take(from line: inout PlainLine) {
        program = line.values("--program")
        optional = line.values("--optional")
        attach = line.values("--attach")
        type = line.values("--type")
        pid = line.value("--pid")
        all = line.flag("--all")
        rawArgs = line.flag("--raw-args")
        section = line.value("--section")
        atReturn = line.flag("--return")
        maxactive = line.value("--maxactive")
        pinPrograms = line.value("--pin-programs")
    }
}

/// What variables and maps begin with, and where the types of the kernel come from.
struct MapCommandOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Set a global variable; checked against its type. May be repeated.", valueName: "var=value"),
        completion: .ofObject("=") { $0.variables.map(\.name) })
    var set: [String] = []

    @Flag(help: "Print the global variables at the end.")
    var dumpGlobals = false

    @Option(help: ArgumentHelp("Pin a map at this path.", valueName: "map=path"), completion: .map)
    var pin: [String] = []

    @Option(help: ArgumentHelp("Set a map's max_entries.", valueName: "map=n"), completion: .map)
    var mapSize: [String] = []

    @Option(help: ArgumentHelp("Set the size of a map's values.", valueName: "map=bytes"), completion: .map)
    var mapValueSize: [String] = []

    @Option(
        help: ArgumentHelp("Layout of legacy map definitions.", valueName: "layout"),
        completion: .list(["automatic", "tc", "samples"]))
    var mapLayout: MapLayoutChoice?

    @Option(
        help: ArgumentHelp("Kernel BTF: a file, or a directory with one for each release.", valueName: "file"),
        completion: .file())
    var btf: String?

    @Option(help: ArgumentHelp("Mount point of the bpf file system.", valueName: "dir"), completion: .directory)
    var bpffs = PinPath.usualMountPoint
}

extension MapCommandOptions: PlainOptions {
    mutating func take(from line: inout PlainLine) {
        set = line.values("--set")
        dumpGlobals = line.flag("--dump-globals")
        pin = line.values("--pin")
        mapSize = line.values("--map-size")
        mapValueSize = line.values("--map-value-size")
        mapLayout = line.value("--map-layout")
        btf = line.value("--btf")
        bpffs = line.value("--bpffs") ?? PinPath.usualMountPoint
    }
}

/// What happens once the programs are loaded.
struct RunOptions: ParsableArguments {
    @Flag(help: "Print what programs print: bpf_printk, bpf_stream_printk.")
    var trace = false

    @Flag(help: "Load and verify, attach nothing, and exit.")
    var loadOnly = false

    @Flag(help: "Tell whether it would load, with all that is known of it, and exit; needs no privilege.")
    var check = false

    @Option(
        help: ArgumentHelp("With --check: on a kernel of this release, such as 5.10.", valueName: "release"))
    var kernel: String?

    @Option(
        help: ArgumentHelp("Pin the links in this new directory and exit; programs stay attached.", valueName: "dir"),
        completion: .directory)
    var pinLinks: String?

    @Option(
        help: ArgumentHelp("End what was attached with --pin-links, and exit.", valueName: "dir"),
        completion: .directory)
    var stop: String?

    @Flag(
        help:
            "List what is loaded, attached and pinned; with a pattern (tcp_*, tracepoint:, lsm:, iter:, struct_ops:, usdt:FILE), what can be attached to."
    )
    var list = false

    @Flag(help: "Print what this machine allows and what is missing; with a function, whether it can be probed.")
    var doctor = false

    @Option(
        help: ArgumentHelp("Explain the code of a message, with an example, and exit.", valueName: "code"),
        completion: .words { $0.offered(CodePage.all.map(\.code)) })
    var why: String?

    @Option(help: ArgumentHelp("Exit after this time: 10s, 500ms, 2m.", valueName: "time"))
    var duration: DurationArgument?

    @Option(help: ArgumentHelp("Write the PID to this file.", valueName: "file"), completion: .file())
    var pidFile: String?
}

extension RunOptions: PlainOptions {
    mutating func take(from line: inout PlainLine) {
        trace = line.flag("--trace")
        loadOnly = line.flag("--load-only")
        check = line.flag("--check")
        kernel = line.value("--kernel")
        pinLinks = line.value("--pin-links")
        stop = line.value("--stop")
        list = line.flag("--list")
        doctor = line.flag("--doctor")
        why = line.value("--why")
        duration = line.value("--duration")
        pidFile = line.value("--pid-file")
    }
}

/// What is reported of a load and a run.
struct ReportOptions: ParsableArguments {
    @Flag(help: "Print runs, run time and missed runs at the end.")
    var stats = false

    @Flag(name: .shortAndLong, help: "Print each step, and the verifier's whole log.")
    var verbose = false

    @Option(help: ArgumentHelp("Write the verifier's log to this file.", valueName: "file"), completion: .file())
    var verifierLog: String?

    @Option(
        help: ArgumentHelp(
            "Do not report warnings and notes of this code, such as map-never-used. May be repeated.", valueName: "code"
        ))
    var noWarn: [String] = []
}

extension ReportOptions: PlainOptions {
    mutating func take(from line: inout PlainLine) {
        stats = line.flag("--stats")
        verbose = line.flag("--verbose", "-v")
        verifierLog = line.value("--verifier-log")
        noWarn = line.values("--no-warn")
    }
}

extension MapLayoutChoice: ExpressibleByArgument {}
