// SPDX-License-Identifier: Apache-2.0

/// Brings what the Swift compiler made into the form that the BPF back end takes, by rules over lines of IR.
///
/// 1. `@llvm.used` and the sections of functions go: `shell.c` has the programs, and keeps what they need.
/// 2. The bodies of questions to the kernel's types go: `core.c` has them. So do those of the Swift runtime: BPF has none.
/// 3. A place inside BPFKit or the library, or none, becomes the place in the user's source that it was inlined into.
/// 4. BTF needs a prototype of each function, a name that every kernel takes, and functions that are static.
/// 5. The user's files are named as he named them.
/// 6. `fatalError` and, with checks, a trap end the run of the program with 0.
/// 7. Checked products of 64 bits need no product of 128 bits (``CheckedProducts``).
/// 8. What BPFKit has as functions becomes part of the user's (``OthersFunctions``).
/// 9. A function of the kernel is called by way of `core.c`, which has it in the section that the loader looks in.
struct IRFilter {
    /// The user's files, as he named them.
    var sources: Set<String>
    /// Whether a failed check ends the run.
    var isChecked: Bool
    /// Whether a function is a question to the kernel's types, whose body `core.c` has.
    var isQuestion: (Substring) -> Bool
    /// The functions of the kernel that are called, and those that call them.
    var callers: [(function: String, caller: String)] = []

    /// The module in that form.
    func filtered(_ text: String) -> String {
        let lines = IRText.lines(text)
        var places = UsersPlaces(IRMetadata(lines), SourceNames(sources))
        var result = ""
        result.reserveCapacity(text.utf8.count)
        let others = OthersFunctions(lines, &places)
        var isSkipped = false
        var isOfOthers = false
        var hasProducts = false
        for line in lines {
            if line.utf8.first == UInt8(ascii: "}") { isOfOthers = false }
            if isSkipped {
                isSkipped = line.utf8.first != UInt8(ascii: "}")
                continue
            }
            var line = isOfOthers ? OthersFunctions.withoutPlace(line)[...] : line
            if !callers.isEmpty { line = byCaller(line)[...] }
            if line.hasPrefix("@llvm.used = ") || line.hasPrefix("@llvm.compiler.used = ") { continue }
            if line.hasPrefix("define ") {
                isSkipped = isWithoutBody(line)
                if isSkipped {
                    result += Self.declaration(of: line)
                } else if let head = others.inlined(line) {
                    isOfOthers = true
                    result += Self.withoutSection(head[...])
                } else {
                    result += Self.withoutSection(line)
                }
            } else if line.utf8.first == UInt8(ascii: "!") {
                result += Self.node(line, &places)
            } else if !line.hasPrefix("  ") {
                // Texts of the user's constants may look like instructions.
                result += line
            } else if let products = CheckedProducts.replaced(in: line) {
                result += products
                hasProducts = true
            } else {
                result += ending(line)
            }
            result += "\n"
        }
        return hasProducts ? result + CheckedProducts.functions : result
    }

    /// A line with the callers of the kernel's functions in their place.
    private func byCaller(_ line: Substring) -> String {
        var text = String(line)
        guard line.hasPrefix("declare ") || line.hasPrefix("  ") else { return text }
        for (function, caller) in callers { text = text.replacing("@\(function)(", with: "@\(caller)(") }
        return text
    }

    private func isWithoutBody(_ line: Substring) -> Bool {
        guard line.utf8.last == UInt8(ascii: "{"), let symbol = IRText.symbol(in: line) else { return false }
        return isQuestion(symbol)
            || line.hasPrefix("define weak_odr ") && (symbol.hasPrefix("swift_") || symbol.hasPrefix("_swift_"))
    }

    // MARK: - Functions

    private static let linkages: Set<Substring> = [
        "weak_odr", "linkonce_odr", "protected", "hidden", "internal", "private", "dso_local",
    ]

    /// A definition's head as a declaration.
    static func declaration(of line: Substring) -> String {
        guard let sign = line.utf8.firstIndex(of: UInt8(ascii: "@")),
            let open = line[sign...].utf8.firstIndex(of: UInt8(ascii: "("))
        else { return String(line) }
        let head = line[..<open].dropFirst("define ".count).split(separator: " ").filter { !linkages.contains($0) }
        return "declare " + head.joined(separator: " ") + "(" + parameters(line[open...]).joined(separator: ", ") + ")"
    }

    /// The types of parameters, from the parenthesis on, without their names.
    static func parameters(_ text: Substring) -> [String] {
        var parts: [String] = []
        var part: [UInt8] = []
        var depth = 0
        loop: for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "("):
                depth += 1
                if depth == 1 { continue }
            case UInt8(ascii: ")"):
                depth -= 1
                if depth == 0 { break loop }
            case UInt8(ascii: ",") where depth == 1:
                parts.append(String(decoding: part, as: UTF8.self))
                part = []
                continue
            default: break
            }
            part.append(byte)
        }
        if !part.isEmpty { parts.append(String(decoding: part, as: UTF8.self)) }
        return parts.map { part in
            var words = part.split(separator: " ")
            if words.count > 1, let last = words.last, last.hasPrefix("%") { words.removeLast() }
            return words.joined(separator: " ")
        }
    }

    private static func withoutSection(_ line: Substring) -> String {
        guard let start = IRText.place(of: " section \"", in: line),
            let end = line[start...].utf8.dropFirst(10).firstIndex(of: UInt8(ascii: "\""))
        else { return String(line) }
        let text = String(line[..<start]) + line[line.utf8.index(after: end)...]
        // A program that is private to its file is one all the same: the shell calls it.
        let own = "define internal "
        return text.hasPrefix(own) ? "define hidden " + text.dropFirst(own.count) : text
    }

    /// A call of `fatalError`, and a trap with checks, as the end of the run.
    ///
    /// It leaves no path on which the verifier would look further.
    private func ending(_ line: Substring) -> String {
        for call in isChecked ? [Self.end, Self.trap] : [Self.end] {
            guard let start = IRText.place(of: call, in: line) else { continue }
            let rest = line[start...].utf8.dropFirst(call.utf8.count)
            return String(line[..<start]) + "call void asm sideeffect \"r0 = 0\\0Aexit\", \"~{r0}\"()"
                + String(Substring(rest))
        }
        return String(line)
    }
    private static let end = "call void @__bpfkit_end()"
    private static let trap = "call void @llvm.trap()"

    // MARK: - Metadata

    private static func node(_ line: Substring, _ places: inout UsersPlaces) -> String {
        guard let (number, text) = IRMetadata.definition(line) else { return String(line) }
        if IRText.has("!DILocation(", in: text) {
            let isDistinct = text.hasPrefix("distinct ")
            var place = places.text(of: number) ?? text
            if place.hasPrefix("distinct ") { place.removeFirst("distinct ".count) }
            return "!\(number) = " + (isDistinct ? "distinct " : "") + place
        }
        if IRText.has("!DISubprogram(", in: text) {
            guard let closure = places.closure(of: IRNode(text)), let file = IRText.between("file: ", ",", in: line)
            else {
                return subprogram(line)
            }
            let own = line.replacing(
                "file: \(file),", with: "file: !\(closure.file), line: \(closure.line),", maxReplacements: 1)
            return subprogram(own[...])
        }
        if text == "!DISubroutineType(types: null)" {
            // LLVM writes the number of no type for a function without a prototype, and the kernel refuses all types.
            return "!\(number) = !DISubroutineType(types: !{null})"
        }
        if text.hasPrefix("!DIFile("), let name = IRNode(text)?.text("filename").flatMap(places.sources.own) {
            return "!\(number) = !DIFile(filename: \"\(IRText.escaped(name))\", directory: \"\")"
        }
        return String(line)
    }

    /// The longest name of a function that every kernel takes is of 127 bytes; that of a program in a list is shorter.
    private static let longestName = 60

    private static func subprogram(_ line: Substring) -> String {
        var text = String(line)
        if let name = IRText.between(" name: \"", "\"", in: line) ?? IRText.between("(name: \"", "\"", in: line) {
            let plain = CName.plain(name, longest: longestName)
            text = text.replacing("name: \"\(name)\"", with: "name: \"\(plain)\"", maxReplacements: 1)
        } else {
            text = text.replacing("DISubprogram(", with: "DISubprogram(name: \"closure\", ", maxReplacements: 1)
        }
        guard !IRText.has("DISPFlagLocalToUnit", in: line) else { return text }
        return text.replacing(
            "spFlags: DISPFlagDefinition", with: "spFlags: DISPFlagLocalToUnit | DISPFlagDefinition",
            maxReplacements: 1)
    }
}
