// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import BPFCore
import BPFObject
import Diagnostics
import ProbeCompiler
import ToolSupport

/// What a command line of load-kp-bpf asks for, and its work.
struct LoadOptions: ToolRun, Equatable {
    var object: String
    /// The object's bytes, if they were read already.
    var content: [UInt8]?
    /// What of the object's answers is shown.
    var answers = AnswerOptions()
    var functions: [String] = []
    var programs: [String] = []
    var optionalPrograms: [String] = []
    /// Whether programs that are alternatives are all taken.
    var takesAll = false
    /// Whether programs on system calls are attached as they are, whatever they read there.
    var keepsRawArguments = false
    /// `PROGRAM=TARGET`.
    var attachments: [String] = []
    /// `PROGRAM=TYPE`.
    var types: [String] = []
    /// The only process that is traced.
    var process: Int32?
    var assignments: [String] = []
    var mapSizes: [String] = []
    var mapValueSizes: [String] = []
    var mapPins: [String] = []
    var programPins: String?
    var trace = false
    var dumpGlobals = false
    var btf: String?
    var section: String?
    var atReturn = false
    var maxactive: Int?
    var loadOnly = false
    /// Whether it is told whether the object would load, and nothing loaded.
    var check = false
    /// The release of another kernel than the running one that it is told of.
    var kernel: String?
    /// The symbols of that kernel.
    var kallsyms: String?
    /// The codes of warnings and notes that are not reported.
    var silenced: [String] = []
    /// A directory for pins of links, which outlive the run.
    var linkPins: String?
    /// A directory of such pins that are to end.
    var stop: String?
    /// Whether something is listed, and nothing loaded.
    var list = false
    /// A code that is explained, and nothing loaded.
    var why: String?
    /// Whether the machine or a target is examined, and nothing loaded.
    var doctor = false
    var bpffs = PinPath.usualMountPoint
    var mapLayout = MapLayoutChoice.automatic
    var duration: DurationArgument?
    var pidFile: String?
    var stats = false
    var verbose = false
    var verifierLog: String?
    var json = false
    var quiet = false
    /// What is asked for of probes in Swift.
    var probes = ProbeChoices()

    /// Whether the command line says which programs are meant, so that none is chosen or left out.
    var namesPrograms: Bool { section != nil || !programs.isEmpty || !functions.isEmpty }

    func makeReporter() -> Reporter {
        Reporter(
            tool: "load-kp-bpf", format: json ? .json : .text, quiet: quiet,
            statusStream: trace || answers.isAsked ? .standardError : .standardOutput,
            silenced: Set(silenced.map { $0.replacing(".", with: "-") }))
    }

    func execute(signals: borrowing SignalSource, reporter: Reporter) throws -> ExitStatus {
        try checkWords()
        for code in silenced { _ = try CodePage.named(code) }
        if probes.command != nil { return try ProbeRun(options: self, reporter: reporter).command(signals) }
        if let stop { return try Inventory(options: self, reporter: reporter).stop(stop) }
        if list { return try showList(reporter) }
        if let why { return try CodePage.named(why).show(reporter) }
        if doctor {
            // A probe that is tried through tracefs is a line there until it is taken off.
            if !object.isEmpty { signals.deferEnding() }
            let doctor = DoctorCommand(reporter: reporter)
            return try object.isEmpty ? doctor.examineMachine() : doctor.examine(object)
        }
        if !probeFiles.isEmpty, content == nil {
            return try ProbeRun(options: self, reporter: reporter).compiled(signals)
                .execute(signals: signals, reporter: reporter)
        }
        if check { return try CheckRun(options: self, reporter: reporter).run() }
        do {
            return try Session(
                options: self, reporter: reporter, printing: try answers.printingRun(reporter: reporter)
            ).run(signals: signals)
        } catch let error as BPFError {
            if let log = error.verifierLog { try keep(log, reporter) }
            throw error
        }
    }

    /// Checks what ArgumentParser cannot; only after it has had its say, since it knows misspelt options.
    private func checkWords() throws {
        try checkProbeOptions()
        guard !object.isEmpty || list || doctor || stop != nil || why != nil else {
            throw CommandMistake.missing(
                "OBJECT",
                because:
                    "it is the file that clang made of the programs (-O2 -g -target bpf), or the name of a ready tool: "
                    + "load-kp-bpf --list tools",
                shortest: LoadKpBpf.shortest)
        }
        if section != nil && !programs.isEmpty {
            throw CommandMistake.exclusive(["--section", "--program"], because: "both say which program")
        }
        try checkLinkOptions()
        try checkOptionsOfChecks()
        try answers.check(trace: trace)
        if loadOnly && answers.isAsked {
            throw Self.runsNothing(answers.asked)
        }
        if let process, process <= 0 { throw CommandMistake.value("--pid", "\(process)", "is not the id of a process") }
        if loadOnly && process != nil {
            throw Self.runsNothing("--pid")
        }
        if loadOnly && trace { throw Self.runsNothing("--trace") }
        if loadOnly, let function = functions.first {
            throw CommandMistake.unexpected(function, because: "with --load-only nothing is attached")
        }
        // What names a trace event has a slash; whether it is one, its section tells.
        for function in functions where !function.contains("/") {
            for name in Self.candidates(function) {
                guard !Self.isPattern(name) else {
                    _ = try AttachTarget.kprobes(name)
                    continue
                }
                _ = try ProbeTarget(parsing: name)
            }
        }
        if let maxactive, !(atReturn && (1...ProbeTarget.highestMaxActive).contains(maxactive)) {
            guard atReturn else { throw CommandMistake.needs("--maxactive", ["--return"]) }
            throw CommandMistake.value(
                "--maxactive", "\(maxactive)", "is not a number from 1 to \(ProbeTarget.highestMaxActive)")
        }
    }

    /// What is only told of runs nothing, and another kernel is only told of.
    private func checkOptionsOfChecks() throws {
        guard check else {
            if kernel != nil { throw CommandMistake.needs("--kernel", ["--check"]) }
            return
        }
        guard kallsyms == nil || kernel != nil || btf != nil else {
            throw CommandMistake.needs(
                "--kallsyms", ["--kernel", "--btf"], because: "one of them says what release the symbols are of")
        }
        let runs = [
            ("--trace", trace), ("--duration", duration != nil), ("--stats", stats), ("--pid-file", pidFile != nil),
            ("--dump-globals", dumpGlobals), (answers.asked, answers.isAsked), ("--pin-links", linkPins != nil),
            ("--pin-programs", programPins != nil), ("--verifier-log", verifierLog != nil),
        ]
        if let option = runs.first(where: \.1)?.0 {
            throw CommandMistake.exclusive(["--check", option], because: "--check loads nothing", leave: option)
        }
    }

    private static func runsNothing(_ option: String) -> CommandMistake {
        .exclusive(
            ["--load-only", option], because: "\(option) is for programs that run, and with --load-only none does")
    }

    /// What is loaded and attached, the tracepoints of a file, or what can be attached to.
    private func showList(_ reporter: Reporter) throws -> ExitStatus {
        guard !object.isEmpty else { return try Inventory(options: self, reporter: reporter).show() }
        guard object.hasPrefix(TracepointList.prefix) else { return try PlaceList(reporter: reporter).show(object) }
        let file = String(object.dropFirst(TracepointList.prefix.count))
        try TracepointList.show(file, process: process, reporter: reporter)
        return .success
    }

    /// Whether the first word is what is listed or examined, and not an object.
    private var takesPlace: Bool {
        guard list || doctor else { return false }
        let isKind = object.contains(":")
        let isObject = object.hasSuffix(".o") || ProbeCompiler.takes(object)
        return isKind || !isObject && (doctor || !object.contains("/"))
    }

    /// Words that would be ignored are none.
    private func checkLinkOptions() throws {
        let commands = [("--list", list), ("--stop", stop != nil), ("--why", why != nil), ("--doctor", doctor)].filter(
            \.1
        ).map(\.0)
        if let name = commands.first {
            guard commands.count == 1 else {
                throw CommandMistake.exclusive([name, commands[1]], because: "they are two commands")
            }
            guard object.isEmpty || takesPlace else {
                throw CommandMistake.unexpected(
                    object,
                    because: list || doctor ? "\(name) takes no object" : "\(name) takes no other word",
                    hint: list
                        ? "write a pattern: --list 'tcp_*', or \(PlaceList.kinds.map { $0 + ":" }.joined(separator: ", "))"
                        : doctor ? "write a function: --doctor vfs_read" : "leave it out")
            }
            if let function = functions.first {
                throw CommandMistake.unexpected(function, because: "\(name) takes one word at most")
            }
            guard process == nil || list && object.hasPrefix(TracepointList.prefix) else {
                throw CommandMistake.needs("--pid", ["an object", "--list usdt:FILE"])
            }
            // Everything else is as it is by default.
            let plain = LoadOptions(
                object: object, process: process, silenced: silenced, stop: stop, list: list, why: why, doctor: doctor,
                bpffs: bpffs, json: json, quiet: quiet)
            guard self == plain else {
                throw CommandMistake.exclusive([name], because: "goes with no option of a run", leave: "the others")
            }
        }
        guard linkPins != nil else { return }
        if loadOnly { throw Self.runsNothing("--pin-links") }
        let waits = [
            ("--trace", trace), ("--duration", duration != nil), ("--stats", stats), ("--pid-file", pidFile != nil),
            ("--dump-globals", dumpGlobals), (answers.asked, answers.isAsked),
        ]
        if let option = waits.first(where: \.1)?.0 {
            throw CommandMistake.exclusive(
                ["--pin-links", option], because: "--pin-links ends at once, and \(option) is for a run that waits")
        }
    }

    /// Changes what the object says of its programs.
    func name(_ object: inout Object) throws {
        for text in types {
            let (program, type) = try Self.pair(text, "--type", "PROGRAM=TYPE")
            try object.setType(of: program, to: type)
        }
        for text in attachments {
            let (program, target) = try Self.pair(text, "--attach", "PROGRAM=TARGET")
            try object.attach(program, to: target)
        }
    }

    private static func pair(_ text: String, _ option: String, _ form: String) throws -> (String, String) {
        let parts = text.split(separator: "=", maxSplits: 1)
        guard parts.count == 2 else { throw CommandMistake.value(option, text, "is not \(form)") }
        return (String(parts[0]), String(parts[1]))
    }

    /// Whether functions are given by a pattern, or several with commas between them.
    static func isPattern(_ text: String) -> Bool { text.contains { $0 == "*" || $0 == "?" || $0 == "," } }

    /// The functions of which the first is taken that the kernel has: `do_sys_openat2|do_sys_open`.
    static func candidates(_ text: String) -> [String] {
        text.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
    }

    /// What is wanted of maps, other than the object says.
    func mapOptions() throws(ObjectError) -> MapOptions {
        var maps = MapOptions()
        for text in mapSizes { try maps.addSize(text) }
        for text in mapValueSizes { try maps.addValueSize(text) }
        for text in mapPins { try maps.addPin(text) }
        return maps
    }

    /// Shows or stores the verifier's log, whole.
    private func keep(_ log: VerifierLog, _ reporter: Reporter) throws {
        if let verifierLog {
            try OutputFile.write(Array(log.text.utf8), to: verifierLog)
        }
        if verbose {
            reporter.show(log.text, event: "verifier-log")
        }
    }
}
