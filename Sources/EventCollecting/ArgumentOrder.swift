// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import Diagnostics
internal import ToolSupport

/// Notices that the output was written in front of the maps: both are paths, and either would be made.
enum ArgumentOrder {
    /// - Throws: A refusal, with the command line that was probably meant.
    static func check(maps: [String], output: String) throws(StreamFile.Refusal) {
        let folder = output.lastIndex(of: "/").map { String(output[...$0]) } ?? "."
        if output != "-", NearPins.isBPFFileSystem(output) || NearPins.isBPFFileSystem(folder) {
            throw refusal("\(output) is in a bpf file system, and events cannot be written there", maps, output)
        }
        for map in maps where FileFacts(map) != nil && !NearPins.isBPFFileSystem(map) {
            throw refusal("\(map) is a file, and no pin of a map", maps, output)
        }
    }

    private static func refusal(_ message: String, _ maps: [String], _ output: String) -> StreamFile.Refusal {
        let isPin = NearPins.isBPFFileSystem
        let all = maps + [output]
        let files = all.filter { !isPin($0) }
        let pins = all.filter(isPin)
        let isClear = files.count == 1 && !pins.isEmpty
        let meant = (isClear ? pins + files : ["MAP-PATH...", "OUTPUT"]).map(\.terminalSafe).joined(separator: " ")
        return .refused(
            Diagnostic(
                .outputNotLast, stage: .map, message.terminalSafe,
                nextStep: "the output comes last: bpf-eventd \(meant)"))
    }
}
