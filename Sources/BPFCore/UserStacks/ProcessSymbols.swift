// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import CBPF
package import Symbolication
internal import Synchronization

/// The functions of the processes of this machine by their addresses: of those that live, and of those that were asked for
/// while they did.
package final class ProcessSymbols: Sendable {
    /// A process as it was when it was looked at last.
    private struct Known {
        var image: String
        var code: CodeMappings
        /// Whether it had the files of this process, by the same paths.
        var sharesRoot: Bool
        /// When its memory was looked at, in nanoseconds.
        var looked: UInt64
        var used: UInt64
        /// What became of the addresses that were asked for, by twice the address, and one more where it is a caller's.
        var places = KeptPlaces<UInt64>()
        /// The files of its parts by their first addresses; nil is one that is not there.
        var files: [UInt64: FunctionFiles.Key?] = [:]
        var perfMap: PerfMap?
        var perfMapKey: FunctionFiles.Key?
        /// When that list was looked at, in nanoseconds.
        var perfMapLooked: UInt64?
        /// What the process takes, in addresses.
        var cost: Int { code.all.count + places.count }

        /// Takes in that it has other code.
        mutating func become(_ code: CodeMappings) {
            self.code = code
            places.removeAll()
            files = [:]
        }
    }

    private struct State {
        var processes: [UInt32: Known] = [:]
        /// Bytes of the places of all of these.
        var placeBytes = 0
        var files: FunctionFiles
        var turn: UInt64 = 0
        var vdso: FunctionIndex??
        var builds = LiveBuilds()
        /// Whether a list of functions came in since room was made.
        var hasNewMap = false
    }

    private let roots: KernelRoots
    /// What reading files of processes is taken off.
    let budget: FileBudget
    private let clock: @Sendable () -> UInt64
    private let demangle: @Sendable (String) -> String
    private let state: Mutex<State>
    /// Whether the numbers of processes in events are those of /proc; nil to look, once there is a stack.
    private let hasSameNumbers: Bool?

    /// Nanoseconds after which the memory of a process is looked at again: libraries come and go.
    static let interval: UInt64 = 1_000_000_000
    /// Nanoseconds after which it is looked at again for an address that nothing was at.
    static let intervalOfUnknown: UInt64 = 50_000_000
    /// Nanoseconds for which a process that has ended stands for its number: what comes later may be of another one.
    static let afterEnd: UInt64 = 10_000_000_000
    /// Bytes of the lists of functions of all processes that are remembered.
    private static let mostMapBytes = 256 << 20
    /// Processes that are remembered.
    private static let mostProcesses = 4_096
    /// Parts of memory and addresses of all processes that are remembered.
    private static let mostPlaces = 1 << 19
    /// Addresses of one process that are remembered.
    private static let mostOfOne = 1 << 16
    /// Bytes of what became of the addresses of all processes.
    static let mostPlaceBytes = 64 << 20

    /// - Parameters:
    ///   - roots: Where /proc is.
    ///   - hasSameNumbers: Whether the numbers of processes are those of /proc; nil to look.
    ///   - lines: Who knows the lines of source; nil where nobody wants them.
    ///   - clock: Nanoseconds of a clock that does not go back.
    package init(
        roots: KernelRoots = KernelRoots(), hasSameNumbers: Bool? = nil, lines: SourceLines? = nil,
        clock: @escaping @Sendable () -> UInt64 = { MonotonicClock.nanoseconds },
        demangle: @escaping @Sendable (String) -> String = { Demangler.readable($0) }
    ) {
        self.roots = roots
        self.clock = clock
        self.demangle = demangle
        self.hasSameNumbers = hasSameNumbers
        budget = FileBudget(clock: clock)
        state = Mutex(State(files: FunctionFiles(lines: lines, clock: clock)))
    }

    /// Bytes of what is kept of addresses.
    var placeBytes: Int { state.withLock { $0.placeBytes } }

    /// The functions of a stack of user space: of each address one, and in front of it those that were inlined there.
    ///
    /// - Parameters:
    ///   - addresses: The addresses, the innermost first.
    ///   - process: The process, as the initial namespace has it.
    package func places(of addresses: [UInt64], process: UInt32) -> [[CodePlace]] {
        guard hasSameNumbers ?? OwnProcess.hasNumbersOfMachine, let number = Int32(exactly: process), number > 0 else {
            return addresses.map { _ in [CodePlace()] }
        }
        return state.withLock { state in
            guard var known = look(number, &state) else { return addresses.map { _ in [CodePlace()] } }
            let files = ProcessFiles(process: number, roots: roots, budget: budget)
            let places = addresses.enumerated().map { index, address in
                let key = address &<< 1 | (index > 0 ? 1 : 0)
                if let found = known.places[key] { return found }
                let (found, lasts) = self.places(of: address, isCaller: index > 0, &known, files, &state)
                guard lasts else { return found }
                if known.places.count >= Self.mostOfOne { known.places.removeAll() }
                makeRoom(for: KeptPlaces<UInt64>.cost(of: found), beside: &known, &state)
                known.places.keep(found, for: key)
                return found
            }
            state.placeBytes += known.places.bytes
            state.processes[process] = known
            makeRoom(for: process, &state)
            return places
        }
    }

    /// The functions at a place of a file that only its build id tells; none if no process that lives has the file.
    package func places(ofBuildID id: [UInt8], offset: UInt64) -> [CodePlace] {
        state.withLock { state in
            guard let content = state.files.content(ofBuildID: id) ?? self.content(ofBuildID: id, &state) else {
                return []
            }
            return state.files.places(in: content, ofBuildID: id, offset: offset, demangle)
        }
    }

    private func content(ofBuildID id: [UInt8], _ state: inout State) -> FunctionFiles.Content? {
        guard hasSameNumbers ?? OwnProcess.hasNumbersOfMachine,
            let (process, mapping) = state.builds.mapping(of: id, roots: roots, budget, now: clock())
        else { return nil }
        let files = ProcessFiles(process: process, roots: roots, budget: budget)
        let found = files.open(mapping).flatMap { state.files.content(of: $0, files.finderOfDebugFiles) }
        // Another process may have the number and the addresses by now.
        guard let content = found, FunctionFiles.isSame(content.buildID, as: id) else {
            state.builds.forget(id)
            return nil
        }
        return content
    }

    // MARK: The process

    /// The process as it is now, or as it was; nil if it was never seen.
    private func look(_ process: Int32, _ state: inout State) -> Known? {
        state.turn += 1
        let number = UInt32(process)
        let files = ProcessFiles(process: process, roots: roots, budget: budget)
        let now = clock()
        // Taken out, so that what is added to it does not make a copy of all.
        var known = state.processes.removeValue(forKey: number)
        state.placeBytes -= known?.places.bytes ?? 0
        known?.used = state.turn
        guard let image = files.image else {
            return known.flatMap { now &- $0.looked < Self.afterEnd ? $0 : nil }
        }
        if let known, known.image == image, now &- known.looked < Self.interval { return known }
        let code = files.code
        // It is ending, or is closed to us: what was known holds for itself, and for no other one of its number.
        guard !code.all.isEmpty else {
            guard let known, known.image == image || (Self.start(known.image) == Self.start(image) && !files.isClosed)
            else { return nil }
            return known
        }
        if var known, known.image == image {
            known.looked = now
            known.sharesRoot = files.sharesRoot
            if known.code != code { known.become(code) }
            return known
        }
        return Known(image: image, code: code, sharesRoot: files.sharesRoot, looked: now, used: state.turn)
    }

    /// When the process started, as the first word of its image says.
    private static func start(_ image: String) -> Substring { image.prefix { $0 != " " } }

    /// Forgets what became of all addresses if more bytes of it would be too many.
    ///
    /// - Parameter known: The process that they are of, which is not among the others now.
    private func makeRoom(for bytes: Int, beside known: inout Known, _ state: inout State) {
        guard state.placeBytes + known.places.bytes + bytes > Self.mostPlaceBytes else { return }
        known.places.removeAll()
        for number in Array(state.processes.keys) { state.processes[number]?.places.removeAll() }
        state.placeBytes = 0
    }

    private func makeRoom(for process: UInt32, _ state: inout State) {
        if state.hasNewMap { makeRoomForMaps(process, &state) }
        guard state.processes.count > Self.mostProcesses || state.turn & 0xff == 0 else { return }
        var cost = state.processes.values.reduce(0) { $0 + $1.cost }
        while state.processes.count > Self.mostProcesses || cost > Self.mostPlaces {
            guard
                let oldest = state.processes.filter({ $0.key != process }).min(by: { $0.value.used < $1.value.used })
            else { return }
            cost -= oldest.value.cost
            state.placeBytes -= oldest.value.places.bytes
            state.processes[oldest.key] = nil
        }
    }

    /// Forgets lists of functions of other processes, those that were not asked for the longest time first.
    private func makeRoomForMaps(_ process: UInt32, _ state: inout State) {
        state.hasNewMap = false
        var bytes = state.processes.values.reduce(0) { $0 + ($1.perfMap?.byteCount ?? 0) }
        while bytes > Self.mostMapBytes {
            guard
                let oldest = state.processes.filter({ $0.key != process && $0.value.perfMap != nil })
                    .min(by: { $0.value.used < $1.value.used })
            else { return }
            bytes -= oldest.value.perfMap?.byteCount ?? 0
            state.processes[oldest.key]?.perfMap = nil
            state.processes[oldest.key]?.perfMapKey = nil
        }
    }

    // MARK: An address

    /// What is at an address.
    ///
    /// - Returns: Also whether that stays so as long as the process has the same code.
    private func places(
        of address: UInt64, isCaller: Bool, _ known: inout Known, _ files: ProcessFiles, _ state: inout State
    ) -> ([CodePlace], lasts: Bool) {
        // A caller goes on behind its call, which may be the last of its function.
        let before: UInt64 = isCaller && address > 0 ? 1 : 0
        let looked = address - before
        var mapping = known.code.mapping(at: looked)
        if mapping == nil, clock() &- known.looked >= Self.intervalOfUnknown, files.image == known.image {
            known.looked = clock()
            let code = files.code
            if code != known.code, !code.all.isEmpty { known.become(code) }
            mapping = known.code.mapping(at: looked)
        }
        guard let mapping, let offset = mapping.place(of: looked) else { return ([CodePlace()], true) }
        var place = CodePlace(module: mapping.module, offset: offset &+ before)
        let found: (name: String, offset: UInt64)?
        if mapping.path == "[vdso]" {
            found = vdso(mapping, &state).flatMap { functions in
                functions.address(ofFileOffset: looked - mapping.start).flatMap(functions.function)
            }
        } else if mapping.isMadeAtRunTime {
            // A file of memory has a name that says nothing to anybody.
            if mapping.path.isEmpty { place = CodePlace() }
            found = perfMapped(looked, &known, files, &state)
        } else {
            let (functions, lasts) = self.content(mapping, &known, files, &state)
            guard let content = functions, let own = content.functions.address(ofFileOffset: offset) else {
                return ([place], lasts)
            }
            return (state.files.places(in: content, at: own, place, before: before, demangle), lasts)
        }
        if let found { (place.function, place.offset) = (demangle(found.name), found.offset &+ before) }
        return ([place], !mapping.isMadeAtRunTime)
    }

    /// The functions of the file of a part of memory, and whether they stay as they are.
    private func content(
        _ mapping: CodeMapping, _ known: inout Known, _ files: ProcessFiles, _ state: inout State
    ) -> (FunctionFiles.Content?, lasts: Bool) {
        if let key = known.files[mapping.start] {
            guard let key else { return (nil, true) }
            if let content = state.files.kept(key) { return (content, state.files.lasts(key)) }
            // It had to make room for others, or there is more of it to read.
        }
        let file: UserFile?
        let content: FunctionFiles.Content?
        if files.image == known.image {
            file = files.open(mapping)
            content = file.flatMap { state.files.content(of: $0, files.finderOfDebugFiles) }
        } else {
            // It has ended, or became another program.
            file = files.openAfterEnd(mapping, sharedRoot: known.sharesRoot)
            let finder = UserFileFinder(roots: roots, process: nil, budget: budget)
            content = file.flatMap { state.files.content(of: $0, finder) }
        }
        // What cannot be opened any more is still known as far as it was read.
        if file == nil, let old = known.files[mapping.start] ?? nil, let content = state.files.known(old) {
            return (content, false)
        }
        let key = file.map { FunctionFiles.Key($0) }
        known.files[mapping.start] = .some(key)
        return (content, key.map { state.files.lasts($0) } ?? true)
    }

    private func perfMapped(
        _ address: UInt64, _ known: inout Known, _ files: ProcessFiles, _ state: inout State
    ) -> (name: String, offset: UInt64)? {
        let found = known.perfMap?.function(at: address)
        let now = clock()
        // The program writes when it likes: a list is read the less often the larger it is, some hundredths of the time.
        let wait = max(
            found == nil ? Self.intervalOfUnknown : Self.interval, UInt64(known.perfMap?.byteCount ?? 0) &* 100)
        if let last = known.perfMapLooked, now &- last < wait { return found }
        known.perfMapLooked = now
        guard files.image == known.image, let (key, map) = files.perfMap(unless: known.perfMapKey) else {
            return found
        }
        (known.perfMapKey, known.perfMap) = (key, map)
        state.hasNewMap = true
        return map.function(at: address)
    }

    /// The functions of the vDSO: all processes of 64 bits have the same one.
    private func vdso(_ mapping: CodeMapping, _ state: inout State) -> FunctionIndex? {
        guard mapping.start > UInt64(UInt32.max) else { return nil }
        if let known = state.vdso { return known }
        let functions = VDSO.elf.map { FunctionIndex($0) }
        state.vdso = .some(functions)
        return functions
    }
}
