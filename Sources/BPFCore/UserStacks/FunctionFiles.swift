// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Symbolication

/// The functions of files that stacks led to, kept as long as there is room: those that were not asked for the longest time
/// make room for others.
struct FunctionFiles {
    /// Which content of which file.
    struct Key: Hashable {
        let identity: UserFile.Identity
        let size: UInt64
        let modified: Int64

        init(_ file: UserFile) {
            identity = file.identity
            size = file.size
            modified = file.modified
        }
    }

    /// What is known of a file.
    final class Content: Sendable {
        let functions: FunctionIndex
        /// The build id; empty if it has none.
        let buildID: [UInt8]
        /// By what the lines of its source are asked for; nil if it has none, or nobody wants them.
        let lines: SourceLines.Number?

        init(_ functions: FunctionIndex, buildID: [UInt8], lines: SourceLines.Number? = nil) {
            self.functions = functions
            self.buildID = buildID
            self.lines = lines
        }
    }

    private struct Entry {
        /// Nil is a file that no functions are known of.
        let content: Content?
        var used: UInt64
        /// When it was read, in nanoseconds.
        let read: UInt64
        /// Whether nothing of it was left out for want of a budget, which grows again.
        let isWhole: Bool
    }

    /// Who knows the lines of source; nil where nobody wants them.
    let lines: SourceLines?
    private var entries: [Key: Entry] = [:]
    private var bytes = 0
    private var turn: UInt64 = 0
    private let clock: @Sendable () -> UInt64

    /// Nanoseconds after which a file is read again of which something is missing that may come.
    static let interval: UInt64 = 10_000_000_000
    /// Bytes of all that is kept.
    static let limit = 384 << 20
    /// Files that are kept.
    private static let most = 4_096

    /// - Parameters:
    ///   - lines: Who knows the lines of source; nil where nobody wants them.
    ///   - clock: Nanoseconds of a clock that does not go back.
    init(
        lines: SourceLines? = nil, clock: @escaping @Sendable () -> UInt64 = { MonotonicClock.nanoseconds }
    ) {
        self.lines = lines
        self.clock = clock
    }

    /// The functions of an open file.
    ///
    /// - Parameter finder: Looks for its debug file as those see it who have the file.
    mutating func content(of file: UserFile, _ finder: UserFileFinder) -> Content? {
        let key = Key(file)
        turn += 1
        let old = entries[key]
        if let old, !isDue(old) {
            entries[key]?.used = turn
            return old.content
        }
        let before = finder.budget?.refusals
        var content = old.flatMap { linesAgain($0, file, finder) } ?? read(file, finder)
        let isWhole = finder.budget?.refusals == before
        // What was known of it is more than nothing.
        if content == nil, !isWhole { content = old?.content }
        bytes += (content?.functions.byteCount ?? 0) - (old?.content?.functions.byteCount ?? 0)
        entries[key] = Entry(content: content, used: turn, read: clock(), isWhole: isWhole)
        makeRoom(for: key)
        return content
    }

    /// What is kept of a file, which is nil where no functions are known of it; nil if the file is to be opened: it is not
    /// known, not any more, or something of it is missing that may be there by now.
    ///
    /// Who remembers a file has its key only, so that the limit is one of all that is in memory.
    mutating func kept(_ key: Key) -> Content?? {
        guard let known = entries[key], !isDue(known) else { return nil }
        turn += 1
        entries[key]?.used = turn
        return .some(known.content)
    }

    /// Whether what is known of a file stays as it is, so that what was made of it can be kept.
    func lasts(_ key: Key) -> Bool {
        guard let entry = entries[key] else { return true }
        // Places that were asked for while there was no time for their lines have none.
        return !misses(entry) && !(entry.content?.lines != nil && lines?.isOutOfTime == true)
    }

    /// What is known of a file, whether it is to be read again or not; nil if no functions of it are.
    func known(_ key: Key) -> Content? { entries[key]?.content }

    /// Whether something of a file is missing that may come.
    private func misses(_ entry: Entry) -> Bool { !entry.isWhole || lostLines(entry) }

    private func isDue(_ entry: Entry) -> Bool { misses(entry) && clock() &- entry.read >= Self.interval }

    /// Whether a file had to make room for others among those whose lines can be had.
    private func lostLines(_ entry: Entry) -> Bool {
        guard let lines, let number = entry.content?.lines else { return false }
        return !lines.has(number)
    }

    /// Has the lines of a file asked for again, with its functions as they are; nil if those are to be read again, too.
    private func linesAgain(_ entry: Entry, _ file: UserFile, _ finder: UserFileFinder) -> Content? {
        guard entry.isWhole, let content = entry.content, let lines, let elf = try? UserELF(file) else { return nil }
        let number = lines.number(of: MovedSymbols(elf, file, finder).fileWithLines)
        return Content(content.functions, buildID: content.buildID, lines: number)
    }

    /// The functions of a file that was asked for before, by its build id.
    func content(ofBuildID id: [UInt8]) -> Content? {
        entries.values.lazy.compactMap(\.content).first { Self.isSame($0.buildID, as: id) }
    }

    /// Whether the build id of a file is the one that is wanted: the kernel gives 20 bytes of any, zeros behind a shorter one.
    static func isSame(_ id: [UInt8], as wanted: [UInt8]) -> Bool {
        if id == wanted { return !id.isEmpty }
        return !id.isEmpty && wanted.count == kernelLength && wanted.starts(with: id)
            && wanted.dropFirst(id.count).allSatisfy { $0 == 0 }
    }

    /// Bytes of a build id as the kernel gives it (`BUILD_ID_SIZE_MAX`).
    static let kernelLength = 20

    private func read(_ file: UserFile, _ finder: UserFileFinder) -> Content? {
        guard let elf = try? UserELF(file) else { return nil }
        let moved = MovedSymbols(elf, file, finder)
        let table = elf.hasSymbols ? nil : moved.table
        let functions = FunctionIndex(elf, others: table.map { [$0] } ?? [])
        guard functions.byteCount <= Self.limit else { return nil }
        return Content(
            functions, buildID: elf.buildID ?? [], lines: lines.flatMap { $0.number(of: moved.fileWithLines) })
    }

    /// What is at an address of a file.
    ///
    /// - Parameters:
    ///   - content: What is known of the file.
    ///   - address: The address, as the file counts addresses.
    ///   - place: What is known of it without the file; the last one of the result is made of it.
    ///   - before: Bytes by which the address was taken back, to be within the call.
    ///   - demangle: Makes names readable.
    /// - Returns: The functions that were inlined there, the innermost first, and behind them the one that has the address.
    func places(
        in content: Content, at address: UInt64, _ place: CodePlace, before: UInt64, _ demangle: (String) -> String
    ) -> [CodePlace] {
        var place = place
        if let found = content.functions.function(at: address) {
            (place.function, place.offset) = (demangle(found.name), found.offset &+ before)
        }
        guard let lines, let number = content.lines else { return [place] }
        var places: [CodePlace] = []
        for function in lines.functions(at: address, of: number) {
            guard function.isInlined else {
                place.line = function.line
                if place.function == nil, place.line != nil, !function.name.isEmpty {
                    place.function = demangle(function.name)
                }
                continue
            }
            guard !function.name.isEmpty else { continue }
            var inlined = CodePlace(function: demangle(function.name), module: place.module)
            (inlined.line, inlined.isInlined) = (function.line, true)
            places.append(inlined)
        }
        return places + [place]
    }

    /// The same at a place of a file that only its build id tells; none if no function is there.
    func places(
        in content: Content, ofBuildID id: [UInt8], offset: UInt64, _ demangle: (String) -> String
    ) -> [CodePlace] {
        guard let address = content.functions.address(ofFileOffset: offset) else { return [] }
        let places = places(in: content, at: address, CodePlace(offset: offset), before: 0, demangle)
        return places.last?.function == nil ? [] : places
    }

    private mutating func makeRoom(for key: Key) {
        while bytes > Self.limit || entries.count > Self.most {
            guard let oldest = entries.filter({ $0.key != key }).min(by: { $0.value.used < $1.value.used }) else {
                return
            }
            bytes -= oldest.value.content?.functions.byteCount ?? 0
            entries[oldest.key] = nil
        }
    }
}
