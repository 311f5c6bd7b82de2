// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import BPFCore
import BPFObject
import Diagnostics
import ToolSupport

/// What a command line of load-kp-bpf asks for, and its work.
struct LoadOptions: ToolRun, Equatable {
    var object: String
    var function: String?
    var section = Object.defaultSection
    var atReturn = false
    var maxactive: Int?
    var loadOnly = false
    var bpffs = PinPath.usualMountPoint
    var mapLayout = MapLayoutChoice.automatic
    var duration: DurationArgument?
    var pidFile: String?
    var stats = false
    var verbose = false
    var verifierLog: String?
    var json = false
    var quiet = false

    func makeReporter() -> Reporter {
        Reporter(
            tool: "load-kp-bpf", format: json ? .json : .text, quiet: quiet,
            statusStream: .standardOutput)
    }

    func execute(signals: borrowing SignalSource, reporter: Reporter) throws -> ExitStatus {
        try check()
        do {
            try Session(options: self, reporter: reporter).run(signals: signals)
            return .success
        } catch let error as BPFError {
            throw error.explained()
        } catch LoadError.kernel(let error) {
            throw error.explained()
        } catch LoadError.verifier(let error) {
            try keep(error.log, reporter)
            throw error
        }
    }

    /// Checks what ArgumentParser cannot; only after it has had its say, since it knows misspelt options.
    private func check() throws {
        if !loadOnly && function == nil {
            throw ValidationError("Name the kernel function to attach to, or use --load-only.")
        }
        if let maxactive, !(atReturn && (1...16384).contains(maxactive)) {
            throw ValidationError("--maxactive goes with --return and is a number from 1 to 16384.")
        }
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

extension LoadOptions {
    /// Reads a plain command line; nil leaves it to ArgumentParser.
    init?(plain arguments: [String]) {
        guard
            let plain = PlainArguments(
                arguments,
                flags: ["--return", "--load-only", "--stats", "--verbose", "-v", "--json", "--quiet", "-q"],
                options: ["--section", "--bpffs", "--duration", "--pid-file", "--verifier-log"]),
            (1...2).contains(plain.positionals.count)
        else { return nil }
        self.init(object: plain.positionals[0], function: plain.positionals.dropFirst().first)
        if let text = plain["--duration"] {
            guard let duration = DurationArgument(argument: text) else { return nil }
            self.duration = duration
        }
        section = plain["--section"] ?? section
        bpffs = plain["--bpffs"] ?? bpffs
        pidFile = plain["--pid-file"]
        verifierLog = plain["--verifier-log"]
        atReturn = plain.has("--return")
        loadOnly = plain.has("--load-only")
        stats = plain.has("--stats")
        verbose = plain.has("--verbose", "-v")
        json = plain.has("--json")
        quiet = plain.has("--quiet", "-q")
    }
}
