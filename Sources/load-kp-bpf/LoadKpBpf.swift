// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import BPFObject
import Diagnostics
import EventCollecting
import EventPrinting
import ToolSupport

/// `load-kp-bpf OBJECT [FUNCTION]...`: loads one BPF object and attaches its programs.
@main
struct LoadKpBpf: Tool {
    static let configuration = CommandConfiguration(
        commandName: "load-kp-bpf",
        abstract: "Load a BPF object and run its programs until Ctrl-C.",
        usage: "load-kp-bpf [options] OBJECT [[MODULE:]FUNCTION[@COPY][+OFFSET]]...",
        discussion: """
            Each program is attached where its section says: kprobe/FUNCTION,
            tracepoint/CATEGORY/NAME, fentry/FUNCTION and so on. The program of a section
            'prog' is attached to the functions that follow the object.

            --events, --maps, --globals and --show print what the programs find out; the
            options of print-event say which of it and how: --help-hidden.

            Ready tools are loaded by name: opensnoop, execsnoop and others (--list tools).
            NAME --help prints what one does, and its settings.

            Files of Swift are compiled first, with the Swift toolchain (docs/swift-probes.md).

            Examples:
              sudo load-kp-bpf opensnoop
              sudo load-kp-bpf bootstrap.bpf.o --events
              sudo load-kp-bpf prog.bpf.o --show --duration 10s
              sudo load-kp-bpf minimal.bpf.o --trace
              sudo load-kp-bpf bootstrap.bpf.o --set min_duration_ns=1000000
              sudo load-kp-bpf bootstrap.bpf.o --pin rb=/sys/fs/bpf/rb
              sudo load-kp-bpf prog.o sys_bpf vfs_read
              sudo load-kp-bpf prog.o 'tcp_*'
              sudo load-kp-bpf prog.o --load-only --verbose
              load-kp-bpf prog.bpf.o --check
              load-kp-bpf prog.bpf.o --check --kernel 5.10 --btf DIR
              sudo load-kp-bpf prog.bpf.o --pin-links /sys/fs/bpf/trace
              sudo load-kp-bpf --list
              load-kp-bpf --list 'tcp_*'
              sudo load-kp-bpf Unlink.swift --events
              load-kp-bpf --compile Unlink.swift -o unlink.o
              load-kp-bpf --kernel-types task_struct.tgid,comm
              load-kp-bpf --doctor
              sudo load-kp-bpf --stop /sys/fs/bpf/trace
              load-kp-bpf --why verifier-null-pointer

            Exit codes:
              0 success               69 not supported by this kernel
              3 events were lost      70 rejected by the verifier
              4 not known (--check)   74 input or output failed
              64 usage                75 another process drains the map
              65 bad object           77 no permission
              66 cannot read a file   78 no such target
            docs/options.md has them all in one table, with what each means.
            """,
        version: toolVersion)

    @Argument(
        help: ArgumentHelp(
            "Object file that clang made (-O2 -g -target bpf), or a probe in Swift.", valueName: "object"),
        completion: .file())
    var object: String?

    @Argument(
        help: ArgumentHelp("Kernel functions to attach the program to.", valueName: "function"),
        completion: .kernelFunction)
    var functions: [String] = []

    @OptionGroup(title: "Programs") var programOptions: ProgramOptions
    @OptionGroup(title: "Variables and maps") var mapOptions: MapCommandOptions
    @OptionGroup(title: "Running") var runOptions: RunOptions
    @OptionGroup(title: "Answers") var answerOptions: AnswerCommandOptions
    @OptionGroup(title: "Form of answers", visibility: .hidden) var formOptions: FormOptions
    @OptionGroup(title: "Selection and order of answers", visibility: .hidden) var selectionOptions: SelectionOptions
    @OptionGroup(title: "Selection and order of answers", visibility: .hidden) var typeOptions: TypeOptions
    @OptionGroup(title: "Summaries of events", visibility: .hidden) var summaryOptions: SummaryOptions
    @OptionGroup(title: "Maps", visibility: .hidden) var tableOptions: EventPrinting.MapOptions
    @OptionGroup(title: "Pictures", visibility: .hidden) var pictureOptions: PictureOptions
    @OptionGroup(title: "File of a capture", visibility: .hidden) var outputOptions: OutputOptions
    @OptionGroup(title: "File of a capture", visibility: .hidden) var hostOptions: HostOptions
    @OptionGroup(title: "Probes in Swift") var probeOptions: ProbeCommandOptions
    @OptionGroup(title: "Ready tools") var toolOptions: ReadyToolOptions
    @OptionGroup(title: "Reports") var reportOptions: ReportOptions
    @OptionGroup var common: CommonOptions

    static func quick(_ arguments: [String]) -> (any ToolRun)? {
        toolHelp(arguments) ?? PlainLine.read(arguments, as: Self.self)
    }

    static let shortest = "sudo load-kp-bpf prog.bpf.o"
    static let optionalValues = FormOptions.optionalValues

    func makeReporter() -> Reporter { options.makeReporter() }

    func execute(signals: borrowing SignalSource, reporter: Reporter) throws -> ExitStatus {
        try runReadyTool(signals: signals, reporter: reporter)
            ?? options.execute(signals: signals, reporter: reporter)
    }

    /// The command line as the work takes it.
    var options: LoadOptions {
        LoadOptions(
            object: object ?? "", answers: answers, functions: functions, programs: programOptions.program,
            optionalPrograms: programOptions.optional, takesAll: programOptions.all,
            keepsRawArguments: programOptions.rawArgs,
            attachments: programOptions.attach,
            types: programOptions.type, process: programOptions.pid, assignments: mapOptions.set,
            mapSizes: mapOptions.mapSize,
            mapValueSizes: mapOptions.mapValueSize, mapPins: mapOptions.pin, programPins: programOptions.pinPrograms,
            trace: runOptions.trace, dumpGlobals: mapOptions.dumpGlobals, btf: mapOptions.btf,
            section: programOptions.section, atReturn: programOptions.atReturn, maxactive: programOptions.maxactive,
            loadOnly: runOptions.loadOnly, check: runOptions.check, kernel: runOptions.kernel,
            kallsyms: checkedSymbols, silenced: reportOptions.noWarn,
            linkPins: runOptions.pinLinks, stop: runOptions.stop, list: runOptions.list,
            why: runOptions.why, doctor: runOptions.doctor,
            bpffs: mapOptions.bpffs, mapLayout: mapOptions.mapLayout ?? .automatic,
            duration: runOptions.duration, pidFile: runOptions.pidFile, stats: reportOptions.stats,
            verbose: reportOptions.verbose, verifierLog: reportOptions.verifierLog, json: common.json,
            quiet: common.quiet, probes: probeOptions.choices)
    }

    /// The symbols of the kernel that is asked about.
    private var checkedSymbols: String? {
        var form = formOptions
        return runOptions.check ? form.takeKernelSymbols() : nil
    }

    /// What of the object's answers is shown.
    private var answers: AnswerOptions {
        var form = formOptions
        // There it is the symbols of the kernel that is asked about.
        if runOptions.check { _ = form.takeKernelSymbols() }
        var printing = PrintingOptions(
            types: typeOptions, form: form, selection: selectionOptions, summary: summaryOptions,
            maps: tableOptions, json: common.json)
        printing.pictures = pictureOptions
        return AnswerOptions(
            events: answerOptions.events, maps: answerOptions.maps, globals: answerOptions.globals,
            all: answerOptions.show, capture: answerOptions.capture, every: answerOptions.every, printing: printing,
            file: outputOptions, host: hostOptions)
    }
}

extension LoadKpBpf: PlainOptions {
    mutating func take(from line: inout PlainLine) {
        programOptions = line.options()
        mapOptions = line.options()
        runOptions = line.options()
        answerOptions = line.options()
        formOptions = line.options()
        selectionOptions = line.options()
        typeOptions = line.options()
        summaryOptions = line.options()
        tableOptions = line.options()
        pictureOptions = line.options()
        outputOptions = line.options()
        hostOptions = line.options()
        probeOptions = line.options()
        toolOptions = line.options()
        reportOptions = line.options()
        common = line.options()
        object = line.word()
        functions = line.rest()
    }
}
