// SPDX-License-Identifier: Apache-2.0

/// The metadata of a module in LLVM's text form: what the compiler knows of types, functions and places.
struct IRMetadata {
    private let texts: [Int: Substring]

    init(_ lines: [Substring]) {
        var texts: [Int: Substring] = [:]
        for line in lines where line.utf8.first == UInt8(ascii: "!") {
            guard let (number, text) = Self.definition(line) else { continue }
            texts[number] = text
        }
        self.texts = texts
    }

    /// The number of a node and what stands behind the equals sign.
    static func definition(_ line: Substring) -> (number: Int, text: Substring)? {
        guard line.utf8.first == UInt8(ascii: "!"), let equals = IRText.place(of: " = ", in: line),
            let number = Int(line[..<equals].dropFirst())
        else { return nil }
        return (number, Substring(line[equals...].utf8.dropFirst(3)))
    }

    /// What stands behind the equals sign of a node.
    func text(of number: Int) -> Substring? { texts[number] }

    subscript(number: Int?) -> IRNode? { number.flatMap { texts[$0] }.flatMap { IRNode($0) } }

    /// The nodes that a list has.
    func items(_ number: Int?) -> [Int] { self[number]?.items ?? [] }

    /// The file of a node, as the compiler names it, and its directory.
    func file(of node: IRNode?) -> String? { self[node?.reference("file")]?.text("filename") }

    /// The nodes whose text has these words, by their numbers.
    func all(having text: String) -> [Int] {
        texts.filter { IRText.has(text, in: $0.value) }.map(\.key).sorted()
    }
}
