// SPDX-License-Identifier: Apache-2.0

import BPFCore
public import Diagnostics
import ToolSupport

/// Compiles probes that are written in Swift to an object for the kernel, with nothing but a Swift toolchain.
///
/// The compiler of Swift knows no BPF. It makes code for another machine of the same data layout, with the calling
/// convention that clang's types for BPF have; rules over the text of that code (`IRFilter`) and a shell in C around it
/// (`ShellWriter`) make it what clang compiles from C, and clang's own back end makes the object.
public struct ProbeCompiler {
    /// What a compilation makes.
    public struct Result: Sendable {
        /// The object file.
        public let object: [UInt8]
        /// What the compiler warns of.
        public let warnings: [Diagnostic]
    }

    let options: ProbeOptions
    private let sources: [SourceFile]

    /// Reads the sources.
    ///
    /// - Parameters:
    ///   - files: The files, all of one module; at least one.
    ///   - options: How they are compiled.
    public init(_ files: [String], _ options: ProbeOptions = ProbeOptions()) throws(ProbeError) {
        self.options = options
        try Self.checkNames(files)
        var sources: [SourceFile] = []
        for file in files { sources.append(try SourceFile(file)) }
        self.sources = sources
    }

    /// Refuses names that the compiler does not take, in words that say what to do.
    static func checkNames(_ names: [String]) throws(ProbeError) {
        var files: [Substring: String] = [:]
        for file in names {
            guard file.foreignBytes == Array(file.utf8) else {
                throw ProbeError(
                    .probeSource, "cannot compile \(file)", cause: "the Swift compiler takes names in UTF-8 only",
                    nextStep: "name the file otherwise")
            }
            let name = file.split(separator: "/").last ?? ""
            if let other = files.updateValue(file, forKey: name) {
                guard other != file else {
                    throw ProbeError(.probeSource, "\(file) is named twice", nextStep: "name it once")
                }
                throw ProbeError(
                    .probeSource, "two files are named \(name): \(other) and \(file)",
                    cause: "the Swift compiler tells the files of a module by their names without directories",
                    nextStep: "name one of them otherwise")
            }
        }
    }

    /// Whether a file is compiled, and not loaded as an object, by its name.
    public static func takes(_ file: String) -> Bool { file.hasSuffix(".swift") && file.utf8.count > 6 }

    /// Makes the object, or takes the one that was made of the same.
    ///
    /// - Parameter isEnding: Whether the process is asked to end. Then the compilers are ended, what they made is removed,
    ///   and an error thrown.
    public func compile(isEnding: () -> Bool = { false }) throws(ProbeError) -> Result {
        let toolchain = try Toolchain.find(options.toolchain, path: ProcessEnvironment.value("PATH"))
        let folder = CompilerFolder(options.cache)
        let cache = ResultCache(folder: folder)
        let key = key(toolchain)
        if options.headers.isEmpty, let object = cache.object(of: key) { return Result(object: object, warnings: []) }
        let run = try CompilerRun(sources, options, toolchain, folder)
        let module = try run.compile(isEnding)
        let object = try run.link(module, isEnding)
        let warnings = run.warnings
        // What the compiler warns of is told each time, and sources that changed meanwhile are others.
        if options.headers.isEmpty, warnings.isEmpty, sources.allSatisfy(\.isUnchanged) { cache.keep(object, of: key) }
        return Result(object: object, warnings: warnings)
    }

    /// What is compiled beside the sources: the shell of maps and programs, and the answers to questions to the kernel's
    /// types, in C.
    public func shell(isEnding: () -> Bool = { false }) throws(ProbeError) -> String {
        let toolchain = try Toolchain.find(options.toolchain, path: ProcessEnvironment.value("PATH"))
        let run = try CompilerRun(sources, options, toolchain, CompilerFolder(options.cache))
        let module = try run.compile(isEnding)
        let core = CoreWriter.text(of: module)
        let shell = ShellWriter.text(of: module, sources: sources.map(\.name))
        return core.isEmpty ? shell : shell + "\n/* Members of the kernel's structures, found by name. */\n" + core
    }

    /// All that an object depends on; the directory is no part of it, since the names in an object are the user's.
    func key(_ toolchain: Toolchain) -> ResultCache.Key {
        var key = ResultCache.Key()
        key.add(toolVersion)
        key.add(Self.rules)
        key.add(KitSources.fingerprint)
        key.add(toolchain.fingerprint)
        key.add(CompilerCommands.fingerprint(toolchain, options))
        key.add("\(options.isChecked) \(options.architecture)")
        for source in sources {
            key.add(source.name)
            key.add(source.bytes)
        }
        return key
    }

    /// What tells the rules of this build from those of another of the same version: the file of this program.
    static var rules: String {
        FileFacts("/proc/self/exe").map { "\($0.size) \($0.written)" } ?? ""
    }
}

/// A file of the user.
struct SourceFile: Sendable {
    /// As the command line has it.
    let name: String
    let bytes: [UInt8]

    /// A probe is a page or two.
    private static let mostBytes = 4 << 20

    init(_ name: String) throws(ProbeError) {
        self.name = CompilerCommands.named(name)
        // It is read more than once, by the compilers too: nothing else than a file gives the same each time.
        if FileFacts(name) == nil, KernelFile.exists(name) {
            throw ProbeError(
                .inputUnreadable, "cannot read \(name)", cause: "it is no plain file",
                nextStep: "name a file of Swift on a disk")
        }
        do throws(InputFile.Failure) {
            bytes = try InputFile.read(name, limit: Self.mostBytes)
        } catch {
            throw ProbeError(error.diagnostic)
        }
    }

    /// Whether the file has the same bytes still.
    var isUnchanged: Bool { (try? InputFile.read(name, limit: Self.mostBytes)) == bytes }
}
