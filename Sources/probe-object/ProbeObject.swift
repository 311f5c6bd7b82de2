// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Diagnostics
internal import ProbeCompiler
internal import ToolSupport

/// `probe-object --output FILE.swift FILE...`: what the plug-in of packages runs.
@main
struct ProbeObject: Tool {
    static let configuration = CommandConfiguration(
        commandName: "probe-object",
        abstract: "Compile probes in Swift to an object, and write it as a file of Swift.",
        discussion: "The plug-in BPFProbes runs it when a package is built; load-kp-bpf --compile writes objects.",
        version: toolVersion)
    static let shortest = "probe-object --output ProbeObject.swift Probe.swift"

    @Argument(help: "The files of Swift, all of one module.", completion: .file(extensions: ["swift"]))
    var files: [String]

    @Option(name: [.customShort("o"), .long], help: "Write to this file.", completion: .file())
    var output: String

    @Option(help: "Keep objects of earlier compilations in this directory.", completion: .directory)
    var cache: String?

    func makeReporter() -> Reporter { Reporter(tool: Self._commandName, format: .text) }

    func execute(signals: borrowing SignalSource, reporter: Reporter) throws -> ExitStatus {
        var options = ProbeOptions()
        options.cache = cache
        let object = try ProbeCompiler(files, options).object(signals, reporter)
        let names = files.map { String($0.split(separator: "/").last ?? "") }
        try OutputFile.write(Array(ObjectSource(object, of: names).text.utf8), to: output)
        return .success
    }
}
