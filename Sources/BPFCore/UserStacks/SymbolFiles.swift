// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import CBPF
package import Symbolication
internal import Synchronization

/// The files that stacks of another time or machine are named by: found by their build ids and paths, here or in a directory.
package final class SymbolFiles: Sendable {
    private struct State {
        var files: FunctionFiles
        /// The file that was found for a path and a build id.
        var found: [Wanted: Found] = [:]
        var places = KeptPlaces<Place>()
        var mismatched: [String] = []
        var vdso: FunctionFiles.Content??
    }

    private struct Found {
        /// Nil is none.
        let key: FunctionFiles.Key?
        /// When it is looked for again, in nanoseconds: files were not read for want of a budget, which grows; nil for never.
        let again: UInt64?
    }

    private struct Wanted: Hashable {
        let path: String
        let buildID: [UInt8]
    }

    private struct Place: Hashable {
        let file: Wanted
        let address: UInt64
        let isOfFile: Bool
    }

    private let roots: KernelRoots
    /// Paths of a capture may lead to files of any user here.
    let budget: FileBudget
    private let clock: @Sendable () -> UInt64
    private let folder: String?
    private let demangle: @Sendable (String) -> String
    private let state: Mutex<State>

    private static let mostFiles = 16_384
    private static let mostPlaces = 1 << 17
    private static let mostPlaceBytes = 64 << 20
    private static let mostMismatched = 8

    /// - Parameters:
    ///   - folder: Where files are looked for first, laid out as `/` or as `/usr/lib/debug`.
    ///   - roots: Where this machine has its own.
    ///   - lines: Who knows the lines of source; nil where nobody wants them.
    ///   - clock: Nanoseconds of a clock that does not go back.
    package init(
        folder: String?, roots: KernelRoots = KernelRoots(), lines: SourceLines? = nil,
        clock: @escaping @Sendable () -> UInt64 = { MonotonicClock.nanoseconds },
        demangle: @escaping @Sendable (String) -> String = { Demangler.readable($0) }
    ) {
        self.folder = folder
        self.roots = roots
        self.demangle = demangle
        self.clock = clock
        budget = FileBudget(clock: clock)
        state = Mutex(State(files: FunctionFiles(lines: lines, clock: clock)))
    }

    /// Files that were not used since they are of another build than the process had.
    package var mismatched: [String] { state.withLock { $0.mismatched } }

    /// The functions of a stack of user space: of each address one, and in front of it those that were inlined there.
    ///
    /// - Parameters:
    ///   - addresses: The addresses, the innermost first.
    ///   - code: What the process had in its memory.
    ///   - made: The functions that were made while it ran.
    package func places(of addresses: [UInt64], in code: CodeMappings, made: PerfMap? = nil) -> [[CodePlace]] {
        state.withLock { state in
            addresses.enumerated().map { index, address in
                // A caller goes on behind its call, which may be the last of its function.
                let before: UInt64 = index > 0 && address > 0 ? 1 : 0
                guard let mapping = code.mapping(at: address - before),
                    let offset = mapping.place(of: address - before)
                else { return [CodePlace()] }
                if mapping.isMadeAtRunTime, let found = made?.function(at: address - before) {
                    // A file of memory has a name that says nothing to anybody.
                    var place = CodePlace(module: mapping.path.isEmpty ? nil : mapping.module, offset: offset)
                    (place.function, place.offset) = (demangle(found.name), found.offset &+ before)
                    return [place]
                }
                var places = places(mapping, offset, inMapping: address - before - mapping.start, &state)
                if let last = places.last, last.module != nil {
                    places[places.count - 1].offset = last.offset &+ before
                }
                return places
            }
        }
    }

    /// The functions at a place of a file that only its build id tells; none if the file is not here.
    package func places(ofBuildID id: [UInt8], offset: UInt64) -> [CodePlace] {
        state.withLock { state in
            guard let content = content(Wanted(path: "", buildID: id), &state).content else { return [] }
            return state.files.places(in: content, ofBuildID: id, offset: offset, demangle)
        }
    }

    private func places(
        _ mapping: CodeMapping, _ offset: UInt64, inMapping distance: UInt64, _ state: inout State
    ) -> [CodePlace] {
        // A file of memory has a name that says nothing to anybody.
        if mapping.path.isEmpty { return [CodePlace()] }
        let wanted = Wanted(path: mapping.path, buildID: mapping.buildID)
        // Debug files have the addresses of a file, and not its places.
        let own = mapping.address.map { $0 &+ distance }
        let key = Place(file: wanted, address: own ?? offset, isOfFile: own == nil)
        if let known = state.places[key] { return known }
        var places = [CodePlace(module: mapping.module, offset: offset)]
        let (content, lasts) =
            mapping.path == "[vdso]"
            ? (content: vdso(mapping, &state), lasts: true) : self.content(wanted, &state)
        if let content, let address = own ?? content.functions.address(ofFileOffset: offset) {
            places = state.files.places(in: content, at: address, places[0], before: 0, demangle)
        }
        guard lasts else { return places }
        let bytes = state.places.bytes + KeptPlaces<Place>.cost(of: places)
        if state.places.count >= Self.mostPlaces || bytes > Self.mostPlaceBytes { state.places.removeAll() }
        state.places.keep(places, for: key)
        return places
    }

    // MARK: Files

    /// The vDSO of this machine, if it is the one that the process had.
    private func vdso(_ mapping: CodeMapping, _ state: inout State) -> FunctionFiles.Content? {
        if state.vdso == nil {
            state.vdso = .some(
                VDSO.elf.map {
                    FunctionFiles.Content(FunctionIndex($0), buildID: $0.buildID ?? [])
                })
        }
        guard let content = state.vdso ?? nil, !content.buildID.isEmpty, content.buildID == mapping.buildID else {
            return nil
        }
        return content
    }

    /// The functions of the file that is wanted, and whether they stay as they are.
    private func content(
        _ wanted: Wanted, _ state: inout State
    ) -> (content: FunctionFiles.Content?, lasts: Bool) {
        let now = clock()
        if let known = state.found[wanted], known.again.map({ now < $0 }) ?? true {
            guard let key = known.key else { return (nil, known.again == nil) }
            if let content = state.files.kept(key) {
                return (content, known.again == nil && state.files.lasts(key))
            }
            // It had to make room for others, or there is more of it to read.
        }
        let before = budget.refusals
        let best = find(wanted, &state)
        let isWhole = budget.refusals == before
        // What cannot be opened any more is still known as far as it was read.
        if best == nil, let old = state.found[wanted]?.key, let content = state.files.known(old) {
            state.found[wanted] = Found(key: old, again: now &+ FunctionFiles.interval)
            return (content, false)
        }
        if state.found.count >= Self.mostFiles { state.found = [:] }
        state.found[wanted] = Found(key: best?.key, again: isWhole ? nil : now &+ FunctionFiles.interval)
        return (best?.content, isWhole && best.map { state.files.lasts($0.key) } ?? true)
    }

    /// The best file of a build: one that has its own symbols, or else any.
    private func find(
        _ wanted: Wanted, _ state: inout State
    ) -> (key: FunctionFiles.Key, content: FunctionFiles.Content)? {
        var best: (key: FunctionFiles.Key, content: FunctionFiles.Content)?
        var other: String?
        for (path, finder, isChosen) in candidates(wanted) {
            guard let file = try? finder.open(path), let elf = try? UserELF(file) else { continue }
            let id = elf.buildID ?? []
            // Without build ids nothing but the user's word tells that a file is the one that the process had.
            guard wanted.buildID.isEmpty ? isChosen : FunctionFiles.isSame(id, as: wanted.buildID) else {
                if !wanted.buildID.isEmpty, path == wanted.path { other = other ?? file.path }
                continue
            }
            // Places of a file are not those of its debug file, which has no code: a path or a process tells addresses.
            if wanted.path.isEmpty, !elf.segments.contains(where: { $0.isExecutable && $0.fileSize > 0 }) { continue }
            guard let content = state.files.content(of: file, finder) else { continue }
            let found = (key: FunctionFiles.Key(file), content: content)
            if best == nil || best?.content.functions.isEmpty == true { best = found }
            if elf.hasSymbols { return found }
        }
        if best == nil, let other, state.mismatched.count < Self.mostMismatched { state.mismatched.append(other) }
        return best
    }

    /// Where directories of debug files may have those of a build id: those of 8 bytes (lld's `--build-id=fast`) and 16
    /// (`uuid` and `md5`) come from the kernel with zeros behind them.
    private static func paths(ofBuildID id: [UInt8]) -> [String] {
        guard id.count > 1 else { return [] }
        let shorter =
            id.count == FunctionFiles.kernelLength ? [16, 8].filter { id.dropFirst($0).allSatisfy { $0 == 0 } } : []
        return ([id.count] + shorter).map { MovedSymbols.path(ofBuildID: Array(id.prefix($0))) }
    }

    private func candidates(_ wanted: Wanted) -> [(path: String, finder: UserFileFinder, isChosen: Bool)] {
        var found: [(String, UserFileFinder, Bool)] = []
        let byID = Self.paths(ofBuildID: wanted.buildID)
        let debug = "/usr/lib/debug"
        func add(_ roots: KernelRoots, isChosen: Bool) {
            let finder = UserFileFinder(roots: roots, process: nil, budget: isChosen ? nil : budget)
            if isSafe(wanted.path) { found.append((wanted.path, finder, isChosen)) }
            if isChosen, isSafe(wanted.path) { found.append(("/" + LibraryName.last(of: wanted.path), finder, true)) }
            for path in byID {
                if isChosen { found += [(path + ".debug", finder, true), (path, finder, true)] }
                found.append((debug + path + ".debug", finder, isChosen))
            }
        }
        if let folder {
            var roots = roots
            roots.files = folder == "/" ? "" : folder
            add(roots, isChosen: true)
        }
        add(roots, isChosen: false)
        return found
    }

    /// Whether a path of a capture stays below a directory, and is none of the kernel's.
    private func isSafe(_ path: String) -> Bool {
        let parts = path.split(separator: "/").map(String.init)
        guard path.hasPrefix("/"), let first = parts.first else { return false }
        return !["proc", "dev", "sys"].contains(first) && !parts.contains("..") && !parts.contains(".")
    }
}
