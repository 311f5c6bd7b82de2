// SPDX-License-Identifier: Apache-2.0

/// The places in the user's source of places inside BPFKit or inside what the compiler made; each is looked for once.
struct UsersPlaces {
    let sources: SourceNames
    private let metadata: IRMetadata
    /// Whether a scope is in a file of others.
    private var scopes: [Int: Bool] = [:]
    private var found: [Int: Int] = [:]
    /// Functions by their symbols.
    private var closures: [String: Int]?

    init(_ metadata: IRMetadata, _ sources: SourceNames) {
        self.metadata = metadata
        self.sources = sources
    }

    /// What stands behind the equals sign of the place that a place becomes.
    mutating func text(of number: Int) -> Substring? {
        let place = place(of: number)
        // What the compiler made for a function of the user stands where the function does.
        if let node = metadata[place], node.number("line") == 0, node.reference("inlinedAt") == nil,
            let (function, _, line) = function(around: node.reference("scope"))
        {
            return "!DILocation(line: \(line), scope: !\(function))"
        }
        return metadata.text(of: place)
    }

    /// The node of a file and the line for a function that the compiler made to call a closure: those of the closure.
    mutating func closure(of function: IRNode?) -> (file: Int, line: Int)? {
        guard let function, let name = function.text("linkageName"), name.hasSuffix("TA"), sources(function) == nil
        else { return nil }
        if closures == nil {
            var found: [String: Int] = [:]
            for number in metadata.all(having: "!DISubprogram(") {
                if let name = metadata[number]?.text("linkageName") { found[name] = number }
            }
            closures = found
        }
        guard let closure = metadata[closures?[String(name.dropLast(2))]] else { return nil }
        return sources(closure)
    }

    /// The node of a function's file and its line, if it is one of the user's.
    private func sources(_ function: IRNode) -> (file: Int, line: Int)? {
        guard let file = function.reference("file"), let line = function.number("line"), line > 0,
            metadata.file(of: function).flatMap(sources.own) != nil
        else { return nil }
        return (file, line)
    }

    private mutating func function(around scope: Int?) -> (number: Int, file: Int, line: Int)? {
        var scope = scope
        for _ in 0..<Self.deepest {
            guard let number = scope, let node = metadata[number] else { return nil }
            if node.kind == "DISubprogram" {
                return (sources(node) ?? closure(of: node)).map { (number, $0.file, $0.line) }
            }
            scope = node.reference("scope")
        }
        return nil
    }

    /// Whether a function is in a file of others, and was not made for a closure of the user.
    mutating func isOfOthers(function number: Int) -> Bool {
        guard let node = metadata[number], node.kind == "DISubprogram" else { return false }
        return isOfOthers(number) && closure(of: node) == nil
    }

    private mutating func place(of number: Int) -> Int {
        var place = number
        var path: [Int] = []
        // The chain of what was inlined where is as long as the nesting; a circle would be none of a compiler's.
        for _ in 0..<Self.deepest {
            if let known = found[place] {
                place = known
                break
            }
            path.append(place)
            let node = metadata[place]
            guard let outer = node?.reference("inlinedAt"),
                node?.number("line") == 0 || isOfOthers(node?.reference("scope"))
            else { break }
            place = outer
        }
        for number in path { found[number] = place }
        return place
    }

    private mutating func isOfOthers(_ scope: Int?) -> Bool {
        var scope = scope
        var path: [Int] = []
        var isOfOthers = false
        for _ in 0..<Self.deepest {
            guard let number = scope, let node = metadata[number] else { break }
            if let known = scopes[number] {
                isOfOthers = known
                break
            }
            path.append(number)
            if let file = metadata.file(of: node) {
                isOfOthers = sources.own(file) == nil
                break
            }
            scope = node.reference("scope")
        }
        for number in path { scopes[number] = isOfOthers }
        return isOfOthers
    }

    private static let deepest = 256
}
