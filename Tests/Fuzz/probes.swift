// SPDX-License-Identifier: Apache-2.0

import BPFObject
import Diagnostics
import Glibc

@testable import ProbeCompiler

/// Reads any text as what compilers say of a probe (code and types as IR, messages); the number of the reader
/// comes first.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzProbes(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let all = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    guard let kind = all.first else { return 0 }
    let bytes = Array(all.dropFirst())
    let text = String(decoding: bytes, as: UTF8.self)
    switch kind % 4 {
    case 0:
        // Names are written out by the Swift runtime: here each is the text in it.
        guard
            let module = try? ProbeReader.read(
                text, sources: ["Probe.swift"], demangle: { $0.hasPrefix("$e") ? String($0.dropFirst(2)) : nil })
        else { return 0 }
        _ = ShellWriter.text(of: module, sources: ["Probe.swift"])
        _ = CoreWriter.text(of: module)
    case 1:
        for isChecked in [false, true] {
            _ = IRFilter(sources: ["Probe.swift"], isChecked: isChecked, isQuestion: KernelQuestion.isOne).filtered(
                text)
        }
    case 2:
        _ = CompilerMessages(text).messages
        _ = BackEndMessages.diagnostics(text, sources: ["Probe.swift"])
    default: _ = ObjectRemnants.diagnostics(bytes, name: "probe.o")
    }
    return 0
}
