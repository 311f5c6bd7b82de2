// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics
package import ToolSupport

extension ProbeCompiler {
    /// Compiles while signals are held back, so that what is made on the way is removed, and reports warnings.
    package func object(_ signals: borrowing SignalSource, _ reporter: Reporter) throws -> [UInt8] {
        let result = try run(signals, reporter) { compiler throws(ProbeError) in
            try compiler.compile { SignalSource.isAsked }
        }
        result.warnings.forEach(reporter.report)
        return result.object
    }

    /// The C around the probes, made as ``object(_:_:)`` is.
    package func shell(_ signals: borrowing SignalSource, _ reporter: Reporter) throws -> String {
        try run(signals, reporter) { compiler throws(ProbeError) in try compiler.shell { SignalSource.isAsked } }
    }

    /// Reports all that is wrong but the last, which ends the tool; a signal that ended the work is obeyed.
    private func run<Result>(
        _ signals: borrowing SignalSource, _ reporter: Reporter,
        _ body: (ProbeCompiler) throws(ProbeError) -> Result
    ) throws -> Result {
        signals.deferEnding()
        do throws(ProbeError) {
            return try body(self)
        } catch {
            if error.diagnostic.code == .endedEarly, let signal = signals.take() { throw EndedBySignal(signal: signal) }
            error.others.forEach(reporter.report)
            throw error
        }
    }
}
