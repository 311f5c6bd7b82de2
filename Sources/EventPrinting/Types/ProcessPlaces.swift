// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import Diagnostics
internal import EventStream
internal import Symbolication
internal import Synchronization
internal import ToolSupport

/// What is known of the processes that events are of: of those that live here, themselves; of others what a capture tells.
final class ProcessPlaces: Sendable {
    /// The code of one process, as it was from one block of the capture to the next.
    private struct Process {
        /// How many of the oldest there is no room for.
        var forgotten = 0
        /// Those that are kept, the last one behind.
        var codes: [Code] = []
        /// Bytes of these.
        var bytes = 0
    }

    private struct Code {
        let mappings: CodeMappings
        /// The functions that were made while the process ran: as the capture has them, and in order.
        let list: [UInt8]
        let functions: PerfMap?
    }

    private struct Known {
        var processes: [UInt32: Process] = [:]
        /// Bytes of the code of all of them.
        var bytes = 0
        /// The code of files by their build ids, whatever process has them.
        var builds: [[UInt8]: CodeMapping] = [:]
        /// What putting lists of functions in order may still cost.
        var workLeft = ProcessPlaces.mostWork
    }

    private let live: ProcessSymbols?
    private let files: SymbolFiles
    /// Who knows the lines of source; nil where nobody wants them.
    private let lines: SourceLines?
    /// The only process that is of interest; nil if there are several.
    private let only: UInt32?
    private let known = Mutex(Known())

    /// Bytes of what is kept of all processes of a capture.
    private static let mostBytes = 64 << 20
    /// What putting the lists of functions of all processes in order may cost, as ``PerfMap/cost(of:)`` counts it.
    private static let mostWork = 64 << 20
    /// What a part of a process takes beside its path and build id.
    private static let mappingCost = 64
    /// Files of a capture that are known by their build ids.
    private static let mostBuilds = 1 << 14
    /// Processes of a capture.
    private static let mostProcesses = 1 << 15

    /// - Parameters:
    ///   - live: The processes of this machine; nil where events are of another time or machine.
    ///   - files: The functions of programs and libraries.
    ///   - lines: Who knows the lines of source; nil where nobody wants them.
    ///   - only: The processes that the command line names.
    init(live: ProcessSymbols?, files: SymbolFiles, lines: SourceLines? = nil, only: Set<UInt32>?) {
        self.live = live
        self.lines = lines
        self.files = files
        self.only = only?.count == 1 ? only?.first : nil
    }

    /// Takes in the code of a process that a capture tells; of more than are kept the later ones are not known.
    func note(_ process: CaptureProcess) {
        let code = CodeMappings(
            process.mappings.map {
                var mapping = CodeMapping(
                    start: $0.start, end: $0.end, offset: $0.offset, path: $0.path, buildID: $0.buildID)
                mapping.address = $0.address
                return mapping
            })
        let bytes = code.all.reduce(Self.mappingCost) {
            $0 + Self.mappingCost + $1.path.utf8.count + $1.buildID.count
        }
        known.withLock { known in
            let old = known.processes[process.pid]
            guard old != nil || known.processes.count < Self.mostProcesses else { return }
            var new = old ?? Process()
            // Each preamble has all of them again.
            guard new.codes.last?.mappings != code || new.codes.last?.list != process.functions else { return }
            let work = PerfMap.cost(of: process.functions)
            let hasFunctions = !process.functions.isEmpty && work <= known.workLeft
            if hasFunctions { known.workLeft -= work }
            let bytes = bytes + (hasFunctions ? work + process.functions.count : 0)
            if known.bytes + bytes > Self.mostBytes {
                known.bytes -= new.bytes
                new = Process(forgotten: new.forgotten + new.codes.count)
            }
            if known.bytes + bytes <= Self.mostBytes {
                for mapping in code.all where !mapping.buildID.isEmpty && known.builds.count < Self.mostBuilds {
                    known.builds[mapping.buildID] = mapping
                }
                new.codes.append(
                    Code(
                        mappings: code, list: process.functions,
                        functions: hasFunctions ? PerfMap(parsing: process.functions) : nil))
                new.bytes += bytes
                known.bytes += bytes
            } else {
                // What was known of an earlier process of the number must not stand for this one.
                new.forgotten += 1
            }
            known.processes[process.pid] = new
        }
    }

    /// Which code of a process is the last one that the capture told; 0 for none.
    ///
    /// Stacks that wait for their addresses have their functions by it: the process may become another program meanwhile.
    func generation(of process: UInt32?) -> Int {
        guard let process = process ?? only else { return 0 }
        return known.withLock { known in known.processes[process].map { $0.forgotten + $0.codes.count } ?? 0 }
    }

    /// Whether functions are looked up in processes that live here, which may load or become others.
    var isLive: Bool { live != nil }

    /// Forgets what a capture told: another one begins.
    func forget() { known.withLock { $0 = Known() } }

    /// The functions of a stack of user space: of each address one or, with those that were inlined there, more.
    ///
    /// - Parameter generation: Which of the codes of the process they are of; nil for the last one. Where the capture had told
    ///   none yet (0), the first one counts.
    func places(of addresses: [UInt64], process: UInt32?, generation: Int? = nil) -> [[CodePlace]] {
        guard let process = process ?? only else { return addresses.map { _ in [CodePlace()] } }
        if let told = known.withLock({ $0.processes[process] }) {
            let index = generation.map { max($0, 1) - 1 - told.forgotten } ?? told.codes.count - 1
            guard told.codes.indices.contains(index) else { return addresses.map { _ in [CodePlace()] } }
            return files.places(of: addresses, in: told.codes[index].mappings, made: told.codes[index].functions)
        }
        guard let live else { return addresses.map { _ in [CodePlace()] } }
        return live.places(of: addresses, process: process)
    }

    /// The functions at a place of a file that only its build id tells; none if the file is not here.
    func places(ofBuildID id: [UInt8], offset: UInt64) -> [CodePlace] {
        let found = live?.places(ofBuildID: id, offset: offset) ?? []
        guard found.isEmpty else { return found }
        // Where a process of the capture has it says its path, and what its addresses are.
        let told: CodeMapping? = known.withLock { known in
            if let build = known.builds[id] { return build }
            for shorter in Self.shorter(id) {
                if let build = known.builds[shorter] { return build }
            }
            return nil
        }
        guard let told, let address = told.memoryAddress(ofFileOffset: offset) else {
            return files.places(ofBuildID: id, offset: offset)
        }
        let places = files.places(of: [address], in: CodeMappings([told])).first ?? []
        return places.last?.function == nil ? files.places(ofBuildID: id, offset: offset) : places
    }

    /// The kernel gives 20 bytes of any build id, zeros behind a shorter one.
    private static func shorter(_ id: [UInt8]) -> [[UInt8]] {
        [16, 8].filter { id.count > $0 && id.dropFirst($0).allSatisfy { $0 == 0 } }.map { Array(id.prefix($0)) }
    }

    /// What the user should know at the end.
    var notes: [Diagnostic] { [noteOfFiles, lines?.lack?.note].compactMap { $0 } }

    private var noteOfFiles: Diagnostic? {
        let files = files.mismatched
        guard let first = files.first else { return nil }
        return Diagnostic(
            .symbolsMismatched, .warning, stage: .stream,
            "\(first.terminalSafe) is of another build than the processes had: it names none of their functions",
            cause: "its build id is another one", details: files.dropFirst().map { "so is \($0.terminalSafe)" },
            nextStep: "give the files of that build: --symbols DIR")
    }
}

extension SourceLines.Lack {
    /// What keeps lines from being shown, in words.
    fileprivate var note: Diagnostic {
        switch self {
        case .noLibrary:
            note("this machine has no libdw.so.1", "install elfutils' libdw (Debian: libdw1, Fedora: elfutils-libs)")
        case .notConfined:
            note("the process that reads them cannot give up its privileges here, or cannot be started")
        case .failed: note("the process that reads them ended again and again")
        case .files(let count):
            note("those of \(count) file\(count == 1 ? "" : "s") took too long, or are damaged", isAll: false)
        case .tooSlow: note("those of all files together took too long", isAll: false)
        case .tooMany: note("more files have them than are open at a time", isAll: false)
        }
    }

    private func note(_ cause: String, _ nextStep: Diagnostic.Hint? = nil, isAll: Bool = true) -> Diagnostic {
        Diagnostic(
            .linesUnknown, .warning, stage: .stream,
            isAll ? "lines of source are not shown" : "some lines of source are not shown", cause: cause,
            nextStep: nextStep)
    }
}
