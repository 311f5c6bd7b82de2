// SPDX-License-Identifier: Apache-2.0

/// Which function of a module calls which, by its IR.
///
/// BPF has calls and no recursion; the back end takes it all the same, and the verifier's refusal names no line.
struct CallGraph {
    private var calls: [Substring: [Substring]] = [:]
    private var order: [Substring] = []
    /// The node of the metadata that describes a function.
    private var nodes: [Substring: Int] = [:]
    private var sites: [(function: Substring, called: Substring, place: Int)] = []
    private let metadata: IRMetadata
    /// What the symbols of the user's functions begin with.
    static let users = "$e\(SourceNames.module.utf8.count)\(SourceNames.module)"

    private let sources: SourceNames?

    /// - Parameter sources: The user's files, as he named them; none leaves the names of files as the compiler has them.
    init(_ text: String, sources: Set<String> = []) {
        self.sources = sources.isEmpty ? nil : SourceNames(sources)
        let lines = IRText.lines(text)
        metadata = IRMetadata(lines)
        var inside: Substring?
        for line in lines {
            if line.hasPrefix("define "), let symbol = IRText.symbol(in: line) {
                inside = symbol
                order.append(symbol)
                nodes[symbol] = IRText.place(in: line)
            } else if line.utf8.first == UInt8(ascii: "}") {
                inside = nil
            } else if let function = inside, let start = IRText.place(of: "call ", in: line),
                let called = IRText.callee(of: line[start...]), !called.hasPrefix("llvm.")
            {
                calls[function, default: []].append(called)
                if let place = IRText.place(in: line) { sites.append((function, called, place)) }
            }
        }
    }

    /// The first of the user's functions that calls itself, also by way of others: its name and place.
    var recursion: (name: String, place: SourcePlace?)? {
        let circles = circles
        for function in order where circles.contains(function) && IRText.has(Self.users, in: function) {
            let node = metadata[nodes[function]]
            let place = node?.number("line").flatMap { line in
                metadata.file(of: node).map { SourcePlace(file: $0, line: line) }
            }
            return (node?.text("name") ?? String(function), place.map { sources?.own($0) ?? $0 })
        }
        return nil
    }

    /// The functions that lead back to themselves: those of strongly connected components (Tarjan), in one pass over all.
    private var circles: Set<Substring> {
        var found: Set<Substring> = []
        var numbers: [Substring: Int] = [:]
        var lowest: [Substring: Int] = [:]
        var open: [Substring] = []
        var isOpen: Set<Substring> = []
        for start in order where numbers[start] == nil {
            // The path that is gone, each with the next of its calls.
            var path: [(function: Substring, next: Int)] = [(start, 0)]
            while let (function, next) = path.last {
                if next == 0 {
                    numbers[function] = numbers.count
                    lowest[function] = numbers[function]
                    open.append(function)
                    isOpen.insert(function)
                }
                let called = calls[function] ?? []
                if next < called.count {
                    path[path.count - 1].next += 1
                    let target = called[next]
                    if target == function { found.insert(function) }
                    if numbers[target] == nil {
                        path.append((target, 0))
                    } else if isOpen.contains(target) {
                        lowest[function] = min(lowest[function] ?? 0, numbers[target] ?? 0)
                    }
                    continue
                }
                path.removeLast()
                if let caller = path.last?.function {
                    lowest[caller] = min(lowest[caller] ?? 0, lowest[function] ?? 0)
                }
                guard lowest[function] == numbers[function], let first = open.lastIndex(of: function) else { continue }
                let component = open[first...]
                if component.count > 1 { found.formUnion(component) }
                isOpen.subtract(component)
                open.removeSubrange(first...)
            }
        }
        return found
    }

    /// The functions from which calls lead to one, with it.
    private func leading(to wanted: Substring) -> Set<Substring> {
        var callers: [Substring: [Substring]] = [:]
        for (function, called) in calls { for target in called { callers[target, default: []].append(function) } }
        var found: Set<Substring> = []
        var waiting = [wanted]
        while let next = waiting.popLast() {
            guard found.insert(next).inserted else { continue }
            waiting += callers[next] ?? []
        }
        return found
    }

    /// The user's calls that end in a function.
    func places(ofCallsTo wanted: String, in sources: Set<String>) -> [SourcePlace] {
        let leading = leading(to: wanted[...])
        let sources = SourceNames(sources)
        var places: [SourcePlace] = []
        var known: Set<SourcePlace> = []
        for site in sites where leading.contains(site.called) {
            guard let place = usersPlace(site.place, sources), known.insert(place).inserted else { continue }
            places.append(place)
        }
        return places
    }

    /// The place of a call, if it stands in the user's source and was not inlined into it from elsewhere.
    private func usersPlace(_ number: Int, _ sources: SourceNames) -> SourcePlace? {
        var number: Int? = number
        for _ in 0..<Self.deepest {
            guard let node = metadata[number] else { return nil }
            if let line = node.number("line"), line > 0,
                let file = file(of: node.reference("scope")).flatMap(sources.own)
            {
                return SourcePlace(file: file, line: line, column: node.number("column") ?? 0)
            }
            number = node.reference("inlinedAt")
        }
        return nil
    }

    private func file(of scope: Int?) -> String? {
        var scope = scope
        for _ in 0..<Self.deepest {
            guard let node = metadata[scope] else { return nil }
            if let file = metadata.file(of: node) { return file }
            scope = node.reference("scope")
        }
        return nil
    }

    private static let deepest = 256
}
