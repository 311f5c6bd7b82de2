// SPDX-License-Identifier: Apache-2.0

import BPFCore
import Diagnostics
import ProbeCompiler
import ToolSupport

/// Probes in Swift: compiled in place of being read, or shown.
struct ProbeRun {
    let options: LoadOptions
    let reporter: Reporter

    /// The run with the object that the files of Swift are compiled to.
    func compiled(_ signals: borrowing SignalSource) throws -> LoadOptions {
        var options = options
        options.content = try object(signals)
        options.functions.removeAll(where: ProbeCompiler.takes)
        if options.check { try obeyAtOnce() }
        return options
    }

    /// What only compiles or prints, and exits.
    func command(_ signals: borrowing SignalSource) throws -> ExitStatus {
        if options.probes.showsTypes { return try write(types()) }
        guard options.probes.showsShell else {
            let object = try object(signals)
            try obeyAtOnce()
            return try write(object)
        }
        let shell = try compiler().shell(signals, reporter)
        try obeyAtOnce()
        return try write(shell)
    }

    private func object(_ signals: borrowing SignalSource) throws -> [UInt8] {
        try compiler().object(signals, reporter)
    }

    /// Reads the sources, while a signal ends the tool at once.
    private func compiler() throws(ProbeError) -> ProbeCompiler {
        try ProbeCompiler(options.probeFiles, options.probes.options())
    }

    /// Nothing is left that must be undone: signals have their default action again, and one that has come is obeyed.
    private func obeyAtOnce() throws {
        let signals = try SignalSource()
        if let signal = signals.take() { throw EndedBySignal(signal: signal) }
    }

    /// The structures that are asked for, as Swift has them.
    private func types() throws -> String {
        let index = try Kernel(btf: options.btf).kernelTypes()
        return try KernelTypesText(index, of: [options.object] + options.functions).text
    }

    // MARK: - Output

    private func write(_ text: String) throws -> ExitStatus {
        guard options.probes.output == nil else { return try write(Array(text.utf8)) }
        var text = text
        if text.hasSuffix("\n") { text.removeLast() }
        reporter.status(
            text, event: options.probes.showsTypes ? "kernel-types" : "shell", [("text", .string(text))])
        return .success
    }

    private func write(_ bytes: [UInt8]) throws -> ExitStatus {
        if let output = options.probes.output { try OutputFile.write(bytes, to: output) }
        return .success
    }
}
