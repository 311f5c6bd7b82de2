// SPDX-License-Identifier: Apache-2.0

// For URL; this runs where the package is built, not in what it makes.
import Foundation
import PackagePlugin

/// Compiles the probes of a target to an object for the kernel while the package is built.
///
/// All files of the target are compiled twice: by SwiftPM for the programs that read the events, and by the compiler of
/// probes. The object comes into the target as `ProbeObject.bytes`.
@main
struct BPFProbes: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        guard let module = target.sourceModule else { return [] }
        let sources = module.sourceFiles(withSuffix: ".swift").map(\.url)
        guard !sources.isEmpty else { return [] }
        let output = context.pluginWorkDirectoryURL.appending(component: "ProbeObject.swift")
        let cache = context.pluginWorkDirectoryURL.appending(component: "cache")
        return [
            .buildCommand(
                displayName: "Compiling the probes of \(target.name)",
                executable: try context.tool(named: "probe-object").url,
                // Behind --, as the name of a file may begin with a hyphen.
                arguments: ["--cache", cache.path, "--output", output.path, "--"] + sources.map(\.path),
                inputFiles: sources, outputFiles: [output])
        ]
    }
}
