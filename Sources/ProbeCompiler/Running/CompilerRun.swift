// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import Diagnostics
internal import ToolSupport

/// One compilation: its directory, its steps, and what they say.
final class CompilerRun {
    private let sources: [SourceFile]
    private let options: ProbeOptions
    private let toolchain: Toolchain
    private let folder: WorkFolder
    private let commands: CompilerCommands
    private let kit: KitModule
    private(set) var warnings: [Diagnostic] = []
    private var outputs = 0
    private var lines: [String: SourceLines] = [:]

    init(
        _ sources: [SourceFile], _ options: ProbeOptions, _ toolchain: Toolchain, _ folder: CompilerFolder
    ) throws(ProbeError) {
        self.sources = sources
        self.options = options
        self.toolchain = toolchain
        let work = try WorkFolder(in: folder)
        let kit = try KitModule(options, toolchain, folder, work: work.path)
        commands = CompilerCommands(toolchain: toolchain, folder: work.path, kit: kit.path, options: options)
        self.kit = kit
        self.folder = work
    }

    private var names: [String] { sources.map(\.name) }
    private func file(_ name: String) -> String { folder.path + "/" + name }

    // MARK: - Steps

    /// Compiles the sources twice, side by side: for the code with its places, and for its types.
    ///
    /// - Returns: What the module declares.
    func compile(_ isEnding: () -> Bool) throws(ProbeError) -> ProbeModule {
        try makeKit(isEnding)
        var code = try start(commands.code(names, to: file("code.ll")))
        var types = try start(commands.types(names, to: file("types.ll")))
        let first = try end(of: &code, isEnding)
        let messages = CompilerMessages(first.output)
        warnings = shown(messages.diagnostics(.warning), "warnings")
        guard first.isSuccess else {
            var errors = messages.diagnostics(.error)
            if errors.isEmpty { errors = UnplacedErrors.diagnostics(first.output) }
            if errors.isEmpty { errors = UnplacedErrors.crash(first.output, sources: Set(names)).map { [$0] } ?? [] }
            throw errors.isEmpty ? try failure("compiling Swift", first, isEnding) : error(errors)
        }
        let second = try end(of: &types, isEnding)
        guard second.isSuccess else { throw try failure("compiling Swift for its types", second, isEnding) }
        do throws(ProbeError) {
            let texts = sources.map { ($0.name, $0.bytes) }
            let module: ProbeModule
            do throws(ProbeError) {
                module = try ProbeReader.read(read("types.ll"), sources: names, demangle: Demangler.name)
            } catch {
                if error.diagnostic.code == .probeNoProgram { try PrivateProgram.check(ProbeModule(), texts) }
                throw error
            }
            try LicenseInSource.check(module, texts)
            try PrivateProgram.check(module, texts)
            for variable in module.variables {
                guard let place = variable.lostAt, !LostValue.isZero(line(at: place) ?? "") else { continue }
                warnings.append(withText(LostValue.warning(variable.name, place)))
            }
            return module
        } catch {
            throw ProbeError(withText(error.diagnostic), after: error.others)
        }
    }

    /// Makes the object of what was compiled.
    func link(_ module: ProbeModule, _ isEnding: () -> Bool) throws(ProbeError) -> [UInt8] {
        let text = try read("code.ll")
        try goOn(isEnding)
        if let recursion = CallGraph(text, sources: Set(names)).recursion {
            throw try refusal([Self.recursive(recursion)], isEnding)
        }
        let functions = KernelFunction.all(in: text, sources: sources.map(\.bytes))
        let filter = IRFilter(
            sources: Set(names), isChecked: options.isChecked, isQuestion: KernelQuestion.isOne,
            callers: functions.map { ($0.name, $0.caller) })
        try goOn(isEnding)
        try write(filter.filtered(text), to: "filtered.ll")
        try goOn(isEnding)
        try write(ShellWriter.text(of: module, sources: names), to: "shell.c")
        try write(CoreWriter.text(of: module, calling: functions), to: "core.c")
        var code = try start(commands.bitcode(file("filtered.ll"), to: file("code.bc")))
        var core = try start(commands.core(file("core.c"), to: file("core.ll")))
        try check(end(of: &core, isEnding), "compiling the questions to the kernel's types", isEnding)
        try write(CoreFilter.filtered(read("core.ll")), to: "core-filtered.ll")
        var answers = try start(commands.coreBitcode(file("core-filtered.ll"), to: file("core.bc")))
        try check(end(of: &code, isEnding), "reading the code of Swift", isEnding)
        try check(end(of: &answers, isEnding), "reading the questions to the kernel's types", isEnding)
        var object = try start(
            commands.object(file("shell.c"), code: file("code.bc"), core: file("core.bc"), to: file("probe.o")))
        try check(end(of: &object, isEnding), "making the object", isEnding)
        let bytes: [UInt8]
        do throws(InputFile.Failure) {
            bytes = try InputFile.read(file("probe.o"))
        } catch {
            throw ProbeError(error.diagnostic)
        }
        let remnants = ObjectRemnants.diagnostics(bytes, name: names.first ?? "", functions: functions)
        guard remnants.isEmpty else { throw try refusal(remnants, isEnding) }
        return bytes
    }

    /// Compiles BPFKit, if that was not done before.
    private func makeKit(_ isEnding: () -> Bool) throws(ProbeError) {
        guard !kit.isThere else { return }
        kit.removeOthers()
        let files = try kit.writeSources()
        var run = try start(commands.kitModule(files, to: file(KitModule.file)))
        let end = try end(of: &run, isEnding)
        guard end.isSuccess else { throw try failure("compiling BPFKit", end, isEnding) }
        try kit.take(file(KitModule.file))
    }

    // MARK: - Failures

    private func check(
        _ end: ChildProcess.End, _ step: String, _ isEnding: () -> Bool
    ) throws(ProbeError) {
        guard !end.isSuccess else { return }
        let found = BackEndMessages.diagnostics(end.output, sources: Set(names))
        // It ended without a word: by a signal, or for want of memory.
        guard !found.isEmpty else { throw try failure(step, end, isEnding) }
        let better = try refusal(found, isEnding)
        guard better.all.contains(where: { $0.code != .probeOperation || $0.source != nil }) else {
            throw try failure(step, end, isEnding)
        }
        throw better
    }

    /// What the back end finds, or what the compiler itself says of allocations: it knows the places better.
    private func refusal(_ found: [Diagnostic], _ isEnding: () -> Bool) throws(ProbeError) -> ProbeError {
        guard found.contains(where: { !Self.isCertain.contains($0.code) }) || found.isEmpty else {
            return error(found)
        }
        var run = try start(commands.allocations(names, to: file("allocations.ll")))
        let messages = CompilerMessages(try end(of: &run, isEnding).output)
        let errors = messages.diagnostics(.error).filter { $0.code == .probeAllocation }
        guard errors.isEmpty else { return error(errors) }
        let explained = try explained()
        return error(explained.isEmpty ? found : explained)
    }

    /// The user's calls that end in functions that no kernel has.
    private func explained() throws(ProbeError) -> [Diagnostic] {
        let graph = CallGraph(try read("code.ll"))
        for name in BackEndWords.ends {
            let words = BackEndWords(runtimeFunction: name)
            let found = graph.places(ofCallsTo: name, in: Set(names)).map { place in
                var diagnostic = Diagnostic(
                    words.code, stage: .object, words.message, cause: words.cause, nextStep: words.nextStep)
                diagnostic.source = place.label
                return diagnostic
            }
            if !found.isEmpty { return found }
        }
        return []
    }

    private static func recursive(_ function: (name: String, place: SourcePlace?)) -> Diagnostic {
        var diagnostic = Diagnostic(
            .probeRecursion, stage: .object, "the function \(function.name) calls itself",
            cause: "BPF has no recursion",
            nextStep: "write a loop")
        diagnostic.source = function.place?.label
        return diagnostic
    }

    private func error(_ diagnostics: [Diagnostic]) -> ProbeError {
        let shown = shown(diagnostics, "errors")
        guard let last = shown.last else {
            return ProbeError(.probeToolchain, "the compilation failed", nextStep: ProbeError.tested)
        }
        return ProbeError(last, after: Array(shown.dropLast()))
    }

    /// The first diagnostics, with the text of their lines; the last of them says how many more there are.
    private func shown(_ diagnostics: [Diagnostic], _ kind: String) -> [Diagnostic] {
        Self.cut(diagnostics, kind).map(withText)
    }

    /// The first diagnostics, of which the last one says how many more there are.
    static func cut(_ diagnostics: [Diagnostic], _ kind: String) -> [Diagnostic] {
        var shown = Array(diagnostics.prefix(mostShown))
        if diagnostics.count > shown.count, !shown.isEmpty {
            shown[shown.count - 1].details.append("\(diagnostics.count - shown.count) more \(kind) are not shown")
        }
        return shown
    }

    /// What the back end says that no allocation is the reason of.
    private static let isCertain: Set<Diagnostic.Code> = [
        .probeFloatingPoint, .probeDivision, .probeStack, .probeRecursion, .probeFunctionPointer, .probeGlobal,
        .probeTrap,
    ]
    static let mostShown = 20
    private static let mostLines = 12

    /// A step that failed without a word on the user's source.
    private func failure(
        _ step: String, _ end: ChildProcess.End, _ isEnding: () -> Bool
    ) throws(ProbeError) -> ProbeError {
        var run = try start(commands.version)
        let version =
            IRText.lines(try self.end(of: &run, isEnding).output).first.map(String.init) ?? "an unknown version"
        let lines = IRText.lines(end.output).filter { !$0.isEmpty }.prefix(Self.mostLines).map(String.init)
        return ProbeError(
            .probeToolchain, "\(step) failed", cause: "the toolchain \(toolchain.folder) is \(version)", details: lines,
            nextStep: UnplacedErrors.isCrash(end.output) && version.contains(ProbeError.testedVersion)
                ? "it is the version that this is tested with: leave out parts of the probe until it is clear at which it fails"
                : ProbeError.tested)
    }

    /// A diagnostic with the text of its lines.
    private func withText(_ diagnostic: Diagnostic) -> Diagnostic {
        var diagnostic = diagnostic
        for index in diagnostic.labels.indices where diagnostic.labels[index].text.isEmpty {
            let label = diagnostic.labels[index]
            guard let source = sources.first(where: { $0.name == label.file }) else { continue }
            diagnostic.labels[index].text = text(label.line, of: source) ?? ""
        }
        return diagnostic
    }

    private func line(at place: SourcePlace) -> String? {
        sources.first { $0.name == place.file }.flatMap { text(place.line, of: $0) }
    }

    private func text(_ line: Int, of source: SourceFile) -> String? {
        let lines = lines[source.name] ?? SourceLines(source.bytes)
        self.lines[source.name] = lines
        return lines[line]
    }

    // MARK: - Files and programs

    private func read(_ name: String) throws(ProbeError) -> String {
        do throws(InputFile.Failure) {
            return String(decoding: try InputFile.read(file(name)), as: UTF8.self)
        } catch {
            throw ProbeError(error.diagnostic)
        }
    }

    private func write(_ text: String, to name: String) throws(ProbeError) {
        do throws(OutputFile.Failure) {
            try OutputFile.write(text.foreignBytes, to: file(name))
        } catch {
            throw ProbeError(error.diagnostic)
        }
    }

    private func start(_ command: [String]) throws(ProbeError) -> ChildProcess {
        outputs += 1
        // Nothing of the user's environment reaches the compilers.
        let environment = [
            "PATH=" + toolchain.folder + ":/usr/bin:/bin", "HOME=" + folder.path, "TMPDIR=" + folder.path, "LC_ALL=C",
        ]
        return try ChildProcess(command, environment: environment, output: file("output-\(outputs)"))
    }

    private func end(of child: inout ChildProcess, _ isEnding: () -> Bool) throws(ProbeError) -> ChildProcess.End {
        guard let end = try child.wait(isEnding: isEnding) else { throw Self.ended }
        return end
    }

    private func goOn(_ isEnding: () -> Bool) throws(ProbeError) {
        if isEnding() { throw Self.ended }
    }

    private static var ended: ProbeError { ProbeError(.endedEarly, "the compilation was ended by a signal") }
}
