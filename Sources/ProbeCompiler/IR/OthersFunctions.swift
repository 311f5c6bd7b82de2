// SPDX-License-Identifier: Apache-2.0

/// The functions of a module that come from BPFKit or the library, and are only called: they become part of their callers.
///
/// The Swift compiler makes such of the closures inside BPFKit. clang gives what it inlines the place of the call if the
/// function has no places of its own, so that all places are the user's. A function whose address is taken stays as it is:
/// the kernel wants to know each that is not inlined.
struct OthersFunctions {
    private let symbols: Set<Substring>

    /// Looks for them.
    init(_ lines: [Substring], _ places: inout UsersPlaces) {
        var symbols: Set<Substring> = []
        var fixed: Set<Substring> = []
        var groups: [Substring: Substring] = [:]
        for line in lines {
            if line.hasPrefix("define "), line.utf8.last == UInt8(ascii: "{"), let symbol = IRText.symbol(in: line),
                let function = IRText.place(in: line), places.isOfOthers(function: function)
            {
                symbols.insert(symbol)
                groups[symbol] = IRText.between(" #", " ", in: line)
            } else if let group = IRText.between("attributes #", " = {", in: line),
                IRText.has(" noinline", in: line) || IRText.has(" optnone", in: line)
            {
                fixed.insert(group)
            }
        }
        symbols = symbols.filter { symbol in groups[symbol].map { !fixed.contains($0) } ?? true }
        for line in lines where !symbols.isEmpty && line.utf8.first != UInt8(ascii: "!") && !line.hasPrefix("@llvm.") {
            Self.taken(in: line) { symbols.remove($0) }
        }
        self.symbols = symbols
    }

    /// The head of a definition without a place, for clang to inline always; nil if it is none of these.
    func inlined(_ line: Substring) -> String? {
        guard let symbol = IRText.symbol(in: line), symbols.contains(symbol) else { return nil }
        let head = Self.withoutPlace(line)
        // In front of the group of attributes; behind the parameters there may be `local_unnamed_addr`.
        guard var place = Self.endOfParameters(head[...]) else { return nil }
        for word in [" local_unnamed_addr", " unnamed_addr"] where head[place...].hasPrefix(word) {
            place = head.utf8.index(place, offsetBy: word.utf8.count)
        }
        return String(head[..<place]) + " alwaysinline" + head[place...]
    }

    /// A line without its place: `, !dbg !12` of an instruction, ` !dbg !12` of a function.
    static func withoutPlace(_ line: Substring) -> String {
        guard let start = IRText.place(of: "!dbg !", in: line) else { return String(line) }
        let rest = line[start...].utf8.dropFirst(6).drop { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        var head = line[..<start]
        while head.utf8.last == UInt8(ascii: " ") || head.utf8.last == UInt8(ascii: ",") { head = head.dropLast() }
        return String(head) + Substring(rest)
    }

    /// The names of functions in a line that are no callees.
    private static func taken(in line: Substring, _ body: (Substring) -> Void) {
        var rest = line
        while let sign = rest.utf8.firstIndex(of: UInt8(ascii: "@")) {
            rest = rest[sign...]
            guard let symbol = IRText.symbol(in: rest) else {
                rest = rest.dropFirst()
                continue
            }
            rest = rest[symbol.endIndex...]
            if rest.utf8.first == UInt8(ascii: "\"") { rest = rest.dropFirst() }
            if rest.utf8.first != UInt8(ascii: "(") { body(symbol) }
        }
    }

    /// Where the parameters of a definition end.
    private static func endOfParameters(_ line: Substring) -> Substring.Index? {
        guard let sign = line.utf8.firstIndex(of: UInt8(ascii: "@")) else { return nil }
        guard let symbol = IRText.symbol(in: line[sign...]) else { return nil }
        var depth = 0
        var place = symbol.endIndex
        while place < line.endIndex {
            switch line.utf8[place] {
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")"):
                depth -= 1
                if depth == 0 { return line.utf8.index(after: place) }
            default: break
            }
            place = line.utf8.index(after: place)
        }
        return nil
    }
}
