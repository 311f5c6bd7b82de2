// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import CBPF
internal import Diagnostics

/// The functions of a program or library: of its own tables, and of the file that its symbols were moved to.
struct UserSymbols {
    /// A place that was found.
    struct Place: Equatable {
        /// Where in the file.
        let offset: UInt64
        /// The function that it is in.
        let name: String
    }

    private let file: UserFile
    private let name: String
    private let elf: UserELF
    private let finder: UserFileFinder

    /// Reads the headers of a file.
    ///
    /// - Parameter name: What the user calls it.
    init(_ file: UserFile, name: String, finder: UserFileFinder) throws(BPFError) {
        self.file = file
        self.name = name
        self.finder = finder
        do throws(UserELFError) {
            elf = try UserELF(file)
        } catch {
            throw UserFailure.unreadable(name, error)
        }
    }

    private var moved: MovedSymbols { MovedSymbols(elf, file, finder) }

    /// The places that are meant.
    ///
    /// - Throws: A ``BPFError`` of ``BPFError/Operation/resolveProbe`` with the names that are near.
    func places(_ pattern: UserSymbolPattern, offset: UInt64) throws(BPFError) -> [Place] {
        let (found, tables) = symbols(pattern)
        guard found.count <= Self.most else {
            throw BPFError(
                .resolveProbe, .functionsTooMany, "\(pattern) means more than \(Self.most) functions of \(name)",
                cause: "\(Self.most) are the most that a program is attached to")
        }
        let functions = found.filter { !$0.isChooser }
        guard let first = functions.first else {
            throw found.isEmpty ? missing(pattern, tables) : chosen(pattern, tables)
        }
        if functions.count > 1, !pattern.isGlob, functions.allSatisfy({ $0.name == first.name }) {
            throw UserFailure.several(pattern, name, functions, elf)
        }
        let places = functions.compactMap { symbol -> Place? in
            guard symbol.size == 0 || offset < symbol.size else { return nil }
            return elf.fileOffset(of: symbol.address &+ offset).map { Place(offset: $0, name: symbol.name) }
        }
        guard places.isEmpty else { return places }
        throw UserFailure.beyond(pattern, offset, first, name)
    }

    private static let most = 16_384

    /// The functions that are meant, and the tables that were read to find them.
    ///
    /// A name is one that other files may use, if there is such a one, and else one of the file's own, as libbpf takes it;
    /// a pattern means both.
    private func symbols(_ pattern: UserSymbolPattern) -> (found: [UserSymbol], tables: [UserSymbolTable]) {
        var tables: [UserSymbolTable] = []
        var found: [UserSymbol] = []
        for source in 0..<3 {
            let table: UserSymbolTable? =
                switch source {
                case 0: elf.dynamicSymbols
                case 1: elf.symbols
                // What is stripped has its symbols elsewhere, if anywhere.
                default: elf.hasSymbols ? nil : moved.table
                }
            guard let table else { continue }
            tables.append(table)
            guard !pattern.isGlob else { continue }
            let more = pattern.symbols(in: [table], limit: Self.most, demangle: Demangler.name)
            if !more.isEmpty { found = more }
            if more.contains(where: { !$0.isChooser }) { return (found, tables) }
        }
        return pattern.isGlob
            ? (pattern.symbols(in: tables, limit: Self.most, demangle: Demangler.name), tables) : (found, tables)
    }

    // MARK: - What is not there

    private func missing(_ pattern: UserSymbolPattern, _ tables: [UserSymbolTable]) -> BPFError {
        guard !tables.isEmpty, tables.contains(where: { $0.count > 1 }) else {
            return BPFError(
                .resolveProbe, .userFileStripped, "\(name) has no symbols",
                cause: moved.lack ?? "it was stripped, and no debug file of it is there",
                nextStep: "name a place by its offset in the file, or install its debug symbols")
        }
        var near = NearSymbols(pattern)
        for table in tables {
            table.forEachFunction(withLabels: true) {
                near.look(at: $1)
                return true
            }
        }
        let names = near.names
        return BPFError(
            .resolveProbe, .noSuchUserFunction, "there is no function \(pattern) in \(name)",
            cause: moved.lack
                ?? (!elf.hasSymbols
                    ? "the file has only the symbols that others use: the function may be one of its own"
                    : "no function has that name: misspelt, inlined everywhere, or in another file"),
            details: names.isEmpty ? [] : ["near: " + names.joined(separator: ", ")],
            nextStep: names.first.map { "did you mean \($0)?" })
    }

    private func chosen(_ pattern: UserSymbolPattern, _ tables: [UserSymbolTable]) -> BPFError {
        var near: Set<String> = []
        let wanted = Array(pattern.text.utf8)
        for table in tables {
            table.forEachFunction { _, name in
                guard name.count > wanted.count, name.contains(UInt8(ascii: "_")) else { return true }
                let text = String(decoding: name, as: UTF8.self)
                if text.hasPrefix("__" + pattern.text + "_") { near.insert(text) }
                return near.count < 64
            }
        }
        let names = near.sorted()
        return BPFError(
            .resolveProbe, .userFunctionChosen, "\(pattern) of \(name) is only the choice of a function",
            cause: "it runs once when a program starts, and chooses the one for the processor (STT_GNU_IFUNC)",
            details: names.isEmpty ? [] : ["such as " + names.prefix(8).joined(separator: ", ")],
            nextStep: names.isEmpty
                ? "name the function that it chooses" : "name those that it chooses: __\(pattern)_*")
    }
}

/// Names of a file that a missing one may have meant.
private struct NearSymbols {
    private let wanted: [UInt8]
    private var distance = EditDistance()
    private var best: [(rank: Int, name: String)] = []

    init(_ pattern: UserSymbolPattern) { wanted = Array(pattern.text.utf8.prefix(256)) }

    /// The best ones, readable.
    var names: [String] { best.map(\.name) }

    mutating func look(at name: ArraySlice<UInt8>) {
        let plain = name.prefix { $0 != UInt8(ascii: "@") }
        guard let rank = rank(plain), best.count < 5 || best.last.map({ rank < $0.rank }) == true else { return }
        let mangled = String(decoding: plain, as: UTF8.self)
        let text = Mangling.mayBe(plain) ? Demangler.name(mangled) ?? mangled : mangled
        guard !best.contains(where: { $0.name == text }) else { return }
        best.insert((rank, text), at: best.firstIndex { $0.rank > rank } ?? best.endIndex)
        if best.count > 5 { best.removeLast() }
    }

    private mutating func rank(_ name: ArraySlice<UInt8>) -> Int? {
        if let errors = distance.between(name, wanted[...], atMost: EditDistance.allowed(wanted.count)) {
            return errors * 4
        }
        guard wanted.count >= 4, name.count > wanted.count, name.count <= 256 else { return nil }
        // A mangled name has the plain one in it, with its length in front.
        if Mangling.mayBe(name) {
            return contains(name, Array("\(wanted.count)".utf8) + wanted) ? 2 : nil
        }
        let prefix = name.prefix { $0 == UInt8(ascii: "_") }.count
        return name.dropFirst(prefix).starts(with: wanted) ? 6 + (name.count - wanted.count) / 8 : nil
    }

    private func contains(_ name: ArraySlice<UInt8>, _ part: [UInt8]) -> Bool {
        guard name.count >= part.count else { return false }
        return (name.startIndex...(name.endIndex - part.count)).contains { name[$0...].starts(with: part) }
    }
}

/// Why a file of user space takes no probe.
enum UserFailure {
    /// Its headers cannot be read.
    static func unreadable(_ name: String, _ error: UserELFError) -> BPFError {
        BPFError(.resolveProbe, .userFileMalformed, "cannot find functions in \(name)", cause: error.cause)
    }

    /// Several functions have the name.
    static func several(
        _ pattern: UserSymbolPattern, _ name: String, _ functions: [UserSymbol], _ elf: UserELF
    ) -> BPFError {
        let offsets = functions.compactMap { elf.fileOffset(of: $0.address) }.map { "0x" + String($0, radix: 16) }
        let versions = functions.compactMap(\.version)
        if versions.count == functions.count, let version = versions.last, Set(versions).count > 1 {
            return BPFError(
                .resolveProbe, .userFunctionAmbiguous, "\(name) has \(functions.count) versions of \(pattern)",
                cause: "none of them is the one that programs get",
                details: ["versions " + versions.prefix(8).joined(separator: ", ")],
                nextStep: "name one: \(pattern.text)@\(version)")
        }
        return BPFError(
            .resolveProbe, .userFunctionAmbiguous, "\(name) has \(functions.count) functions of the name \(pattern)",
            cause: "functions of one file of source only may share a name",
            details: ["at " + offsets.prefix(8).joined(separator: ", ")],
            nextStep: offsets.first.map { "name one by its offset: \(name):\($0)" })
    }

    /// The offset is not in the function, or the function not in the file.
    static func beyond(
        _ pattern: UserSymbolPattern, _ offset: UInt64, _ symbol: UserSymbol, _ name: String
    ) -> BPFError {
        let isBeyond = symbol.size > 0 && offset >= symbol.size
        return BPFError(
            .resolveProbe, .userOffsetOutside, "there is no place \(pattern)+0x\(String(offset, radix: 16)) in \(name)",
            cause: isBeyond
                ? "the function has \(symbol.size) bytes" : "no part of the file that is executed has its address")
    }
}
