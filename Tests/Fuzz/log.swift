// SPDX-License-Identifier: Apache-2.0

import BTF
import BPFObject

/// Reads any bytes as a log of the verifier: the reason is a few lines of it, and a report is not larger than the log.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzLog(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let log = VerifierLog(bytes: unsafe UnsafeBufferPointer(start: start, count: count))
    let reason = log.reason
    precondition(reason.count <= 3 && reason.allSatisfy { !$0.isEmpty })
    precondition((log.instruction ?? 0) >= 0)
    if let statement = log.statement {
        precondition(statement.reason.utf8.count <= log.text.utf8.count + 1)
        precondition(statement.suggestion.utf8.count <= log.text.utf8.count + 1)
        precondition(statement.path.count <= 24)
    }
    let report = log.report
    precondition(report.reason == reason && (report.register ?? 0) < 11)
    precondition(report.steps.count <= 8192 && report.path.count <= 128 && report.registers.count <= 11)
    for register in report.registers { _ = register.words }
    return 0
}
