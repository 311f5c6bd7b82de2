// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import BPFCore
import BPFObject
import Diagnostics
import ToolSupport

/// Where ready tools are looked for.
struct ReadyToolOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Look for ready tools in this directory.", valueName: "dir"))
    var tools: String?
}

extension ReadyToolOptions: PlainOptions {
    mutating func take(from line: inout PlainLine) {
        tools = line.value("--tools")
    }
}

/// The directory of the ready tools: `../lib/swift-bpf/tools` beside the executable, or the one of `--tools`.
///
/// Neither the environment nor the working directory leads to a tool by its name. The directory and its files belong to
/// root or to the user who runs this, nobody else may write to them, and symbolic links are not followed (``RunFolder``).
struct ToolShelf {
    /// Why a tool is not taken.
    struct Failure: DiagnosticError {
        let diagnostic: Diagnostic
    }

    let path: String

    /// - Parameter chosen: The directory of the command line.
    init?(chosen: String?) {
        guard let path = chosen ?? KernelFile.link("/proc/self/exe").flatMap(Self.beside) else { return nil }
        self.path = path
    }

    /// The directory of an installation that an executable is of; nil if its path is not absolute.
    static func beside(executable: String) -> String? {
        let parts = executable.split(separator: "/")
        guard executable.hasPrefix("/"), parts.count >= 2 else { return nil }
        return (["" as Substring] + parts.dropLast(2)).joined(separator: "/") + "/lib/swift-bpf/tools"
    }

    /// A tool as it is kept.
    struct Content {
        let path: String
        let bytes: [UInt8]

        /// What it says of itself.
        func about(_ name: ToolName) throws -> ToolAbout {
            try ToolAbout(name.description, try Object(parsing: bytes, name: path))
        }
    }

    /// Reads a tool; nil if there is none of the name.
    func content(of name: ToolName) throws(Failure) -> Content? {
        do throws(RunFolder.Failure) {
            let folder: RunFolder
            do throws(RunFolder.Failure) {
                folder = try RunFolder(path, isMade: false)
            } catch .unavailable(_, .noSuchFileOrDirectory) {
                return nil
            }
            for file in name.files {
                guard let bytes = try folder.read(file, limit: Self.mostBytes) else { continue }
                return Content(path: path + "/" + file, bytes: bytes)
            }
            return nil
        } catch {
            let (place, cause) = error.words
            throw Failure(
                diagnostic: Diagnostic(
                    .inputUnreadable, stage: .object, "the ready tool \(name) is not taken",
                    cause: "\(place): \(cause)",
                    nextStep: "name the file itself to load it all the same: load-kp-bpf \(path)/\(name.files[0])"))
        }
    }

    /// The names of the tools, in order; none if there is no such directory.
    var names: [ToolName] {
        Set(KernelFile.names(in: path).prefix(Self.mostFiles).compactMap { ToolName(file: $0) }).sorted()
    }

    private static let mostBytes = 16 << 20
    private static let mostFiles = 4096
}
