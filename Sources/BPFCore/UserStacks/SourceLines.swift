// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import CBPF
internal import CSourceLines
internal import Synchronization

/// The lines of source of files, with the functions that compilers inlined, by elfutils' libdw where the machine has it.
///
/// A process without privilege reads them (CSourceLines.h), since whoever is traced chooses the files. What it answers is no
/// more to be trusted than a file is: it can name functions wrongly, and nothing else. A file that it crashes on, or that
/// takes too long, has no lines from then on, and all together take a part of the time only.
package final class SourceLines: Sendable {
    /// By what a file is asked for.
    struct Number: Sendable, Hashable {
        fileprivate let value: Int
    }

    /// A function at an address.
    struct Function: Equatable {
        /// As the linker knows it, or as the source has it; empty if it is not known.
        var name: String
        /// `file.c:12`; nil if it is not known.
        var line: String?
        /// Whether it was inlined into the one behind it.
        var isInlined: Bool
    }

    /// Why there are no lines.
    package enum Lack: Sendable, Equatable {
        /// The machine has no libdw.so.1.
        case noLibrary
        /// Its reader could not be started, or could not give up its privileges.
        case notConfined
        /// It ended too often.
        case failed
        /// So many files have none, since the reader crashed on them, or they took too long.
        case files(Int)
        /// All files together took too long.
        case tooSlow
        /// More files have lines than are open at a time.
        case tooMany
    }

    private struct File {
        let file: UserFile
        let slot: UInt64
        var used: UInt64
        /// Whether the process has it.
        var isSent = false
        /// Nanoseconds that were waited for it.
        var waited: UInt64 = 0
    }

    private struct State {
        var process: LineProcess?
        var lack: Lack?
        /// The files that are open; those that were not asked for the longest time make room for others.
        var files: [Int: File] = [:]
        var next = 0
        var turn: UInt64 = 0
        /// Times that the process ended, and when that was counted down last, in nanoseconds.
        var ends = 0
        var endsForgotten: UInt64
        var badFiles = 0
        /// Those of them that are remembered beyond their turn.
        var bad: Set<FunctionFiles.Key> = []
        /// Nanoseconds that may still be waited for answers, and when that was reckoned up last.
        var left = SourceLines.longestWait
        var looked: UInt64
        /// Whether a question was not asked since the time was used up, or since its file had made room for another.
        var isTired = false
        var hasLeftOut = false

        init(now: UInt64) { (endsForgotten, looked) = (now, now) }

        /// What may be waited for answers at a time.
        func left(at now: UInt64) -> UInt64 {
            min(left + (now &- looked) / SourceLines.partOfTime, SourceLines.longestWait)
        }
    }

    private let state: Mutex<State>
    private let clock: @Sendable () -> UInt64

    /// Times that a process is started anew, and nanoseconds after which one of them is forgotten.
    private static let mostEnds = 8
    private static let timeOfEnd: UInt64 = 600_000_000_000
    /// Nanoseconds of one answer, and of all of a file.
    private static let longestAnswer: UInt64 = 5_000_000_000
    private static let longestOfFile: UInt64 = 60_000_000_000
    /// Nanoseconds of all answers of all files, to which one in so many is added as they pass: whoever is traced has as many
    /// files as he likes, and others wait.
    private static let longestWait: UInt64 = 20_000_000_000
    private static let partOfTime: UInt64 = 20
    /// Bad files that are remembered.
    private static let mostBad = 4_096

    /// Nothing is started before the first question.
    ///
    /// - Parameter clock: Nanoseconds of a clock that does not go back.
    package init(clock: @escaping @Sendable () -> UInt64 = { MonotonicClock.nanoseconds }) {
        self.clock = clock
        state = Mutex(State(now: clock()))
    }

    /// What keeps lines from being shown; nil if nothing did.
    package var lack: Lack? {
        state.withLock { state in
            if let lack = state.lack { return lack }
            if state.badFiles > 0 { return .files(state.badFiles) }
            return state.isTired ? .tooSlow : state.hasLeftOut ? .tooMany : nil
        }
    }

    /// Whether a question was not asked since all of them together took too long.
    var isTired: Bool { state.withLock { $0.isTired } }

    /// Whether a question that is asked now would not be, since all of them together took too long.
    var isOutOfTime: Bool {
        state.withLock { state in
            state.lack == nil && state.left(at: clock()) < Self.longestAnswer
        }
    }

    /// Whether a file that was taken in can still be asked of, or could not if it were taken in again.
    func has(_ number: Number) -> Bool {
        state.withLock { state in state.lack != nil || state.files[number.value] != nil }
    }

    /// Takes a file in, to be asked of.
    ///
    /// - Parameter file: One that has DWARF.
    /// - Returns: Nil without a file, or where lines cannot be had.
    func number(of file: UserFile?) -> Number? {
        guard let file else { return nil }
        return state.withLock { state in
            guard state.lack == nil, !state.bad.contains(FunctionFiles.Key(file)) else { return nil }
            state.turn += 1
            var slot = UInt64(state.files.count)
            if slot >= UInt64(CSOURCELINES_SLOTS) {
                guard let oldest = state.files.min(by: { $0.value.used < $1.value.used }) else { return nil }
                slot = oldest.value.slot
                state.files[oldest.key] = nil
            }
            state.files[state.next] = File(file: file, slot: slot, used: state.turn)
            defer { state.next += 1 }
            return Number(value: state.next)
        }
    }

    /// The functions at an address, the innermost first; none where nothing is known.
    ///
    /// - Parameter address: As the file counts addresses.
    func functions(at address: UInt64, of number: Number) -> [Function] {
        state.withLock { state in
            state.turn += 1
            guard state.lack == nil else { return [] }
            guard let file = state.files[number.value] else {
                state.hasLeftOut = true
                return []
            }
            guard file.waited < Self.longestOfFile, hasTime(&state), start(&state) else { return [] }
            if let answer = ask(address, number, &state) { return Self.functions(in: answer) }
            // What another file left in the process may be what it ended of: this one is asked once more, alone.
            let isAlone = state.files.allSatisfy { $0.key == number.value || !$0.value.isSent }
            end(&state)
            guard !isAlone else {
                blame(number, &state)
                return []
            }
            guard hasTime(&state), start(&state) else { return [] }
            if let answer = ask(address, number, &state) { return Self.functions(in: answer) }
            letGo(&state)
            blame(number, &state)
            return []
        }
    }

    /// Asks the process about a file; nil if it ended, or did not answer in time.
    private func ask(_ address: UInt64, _ number: Number, _ state: inout State) -> [UInt8]? {
        guard var file = state.files[number.value], let process = state.process else { return nil }
        let begin = clock()
        let answer = process.ask(
            address, slot: file.slot, file: file.isSent ? -1 : file.file.descriptor,
            milliseconds: Int32(Self.longestAnswer / 1_000_000))
        let waited = clock() &- begin
        state.left -= min(waited, state.left)
        file.used = state.turn
        file.isSent = true
        file.waited += min(waited, Self.longestOfFile)
        state.files[number.value] = file
        if answer != nil, file.waited >= Self.longestOfFile { blame(number, &state) }
        return answer
    }

    /// Asks nothing more about a file.
    private func blame(_ number: Number, _ state: inout State) {
        guard let file = state.files[number.value]?.file else { return }
        state.files[number.value]?.waited = Self.longestOfFile
        state.badFiles += 1
        if state.bad.count >= Self.mostBad { state.bad = [] }
        state.bad.insert(FunctionFiles.Key(file))
    }

    /// Whether there is time for an answer.
    private func hasTime(_ state: inout State) -> Bool {
        let now = clock()
        (state.left, state.looked) = (state.left(at: now), now)
        guard state.left < Self.longestAnswer else { return true }
        state.isTired = true
        return false
    }

    /// Starts the process if there is none.
    private func start(_ state: inout State) -> Bool {
        guard state.lack == nil else { return false }
        guard state.process == nil else { return true }
        switch LineProcess.start() {
        case .success(let process): state.process = process
        case .failure(let lack): state.lack = lack
        }
        return state.process != nil
    }

    /// Lets go a process that ended, or does not answer.
    private func letGo(_ state: inout State) {
        state.process = nil
        for number in Array(state.files.keys) { state.files[number]?.isSent = false }
    }

    /// The same, and counts it: a process that ends again and again is not started any more.
    private func end(_ state: inout State) {
        letGo(&state)
        let passed = (clock() &- state.endsForgotten) / Self.timeOfEnd
        state.endsForgotten &+= passed &* Self.timeOfEnd
        state.ends = max(0, state.ends - Int(clamping: passed)) + 1
        if state.ends >= Self.mostEnds { (state.lack, state.files) = (.failed, [:]) }
    }

    // MARK: Answers

    /// Functions of an answer.
    private static let most = 64
    private static let headSize = 16

    /// Reads an answer; what is not whole is none.
    static func functions(in bytes: [UInt8]) -> [Function] {
        let reader = ByteReader(bytes: bytes, byteOrder: .native)
        guard let count = reader.int(0), count <= most else { return [] }
        var functions: [Function] = []
        var at = 4
        for _ in 0..<count {
            guard let line = reader.u32(at), let isInlined = reader.u32(at + 4), let nameSize = reader.int(at + 8),
                let fileSize = reader.int(at + 12), let name = reader.part(at: at + headSize, count: nameSize),
                let file = reader.part(at: at + headSize + nameSize, count: fileSize)
            else { return [] }
            at += headSize + nameSize + fileSize
            functions.append(
                Function(
                    name: String(decoding: name.bytes, as: UTF8.self),
                    line: fileSize > 0 && line > 0 ? "\(String(decoding: file.bytes, as: UTF8.self)):\(line)" : nil,
                    isInlined: isInlined != 0))
        }
        return functions
    }
}

/// The process that reads lines, and its socket.
private final class LineProcess: Sendable {
    private let process: pid_t
    private let socket: Int32

    /// Milliseconds until it has given up what it has, and says so.
    private static let longestStart: Int32 = 10_000

    private init(process: pid_t, socket: Int32) {
        self.process = process
        self.socket = socket
    }

    deinit { csourcelines_stop(process, socket) }

    /// Starts one.
    static func start() -> Result<LineProcess, SourceLines.Lack> {
        var number: pid_t = 0
        let socket = unsafe csourcelines_start(&number)
        guard socket >= 0 else { return .failure(.notConfined) }
        let process = LineProcess(process: number, socket: socket)
        switch process.receive(milliseconds: longestStart)?.first {
        case .some(UInt8(CSOURCELINES_READY)): return .success(process)
        case .some(UInt8(CSOURCELINES_NO_LIBRARY)): return .failure(.noLibrary)
        default: return .failure(.notConfined)
        }
    }

    /// Asks for an address.
    ///
    /// - Parameter file: The file's descriptor; -1 if the process has it.
    /// - Returns: Nil if it ended, or did not answer in time.
    func ask(_ address: UInt64, slot: UInt64, file: Int32, milliseconds: Int32) -> [UInt8]? {
        var question = csourcelines_question(address: address, slot: slot)
        guard unsafe csourcelines_ask(socket, &question, file) == 0 else { return nil }
        return receive(milliseconds: milliseconds)
    }

    private func receive(milliseconds: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: Int(CSOURCELINES_ANSWER))
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe csourcelines_receive(socket, $0.baseAddress, $0.count, milliseconds)
        }
        return count > 0 ? Array(bytes.prefix(count)) : nil
    }
}

extension SourceLines.Lack: Error {}
