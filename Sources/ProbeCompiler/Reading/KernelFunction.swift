// SPDX-License-Identifier: Apache-2.0

/// A function of the kernel that a probe calls (a kfunc), which it declares as it would one of C: `@_extern(c) func
/// bpf_task_from_pid(_ pid: Int32) -> UnsafeMutableRawPointer?`.
struct KernelFunction: Equatable {
    /// Its name, in Swift and in the kernel.
    let name: String
    /// What it returns, in C.
    let result: String
    /// Its parameters, in C.
    let parameters: [String]

    /// The function of `core.c` that calls it: Swift's compiler knows of no section for what it only declares.
    var caller: String { Self.callerPrefix + name }
    static let callerPrefix = "__bpfkit_call_"

    /// The functions that a module declares and its sources have with `@_extern(c)`.
    ///
    /// One whose types BPF does not pass in registers is none of them.
    static func all(in code: String, sources: [[UInt8]]) -> [KernelFunction] {
        var declared: Set<String> = []
        for source in sources { declared.formUnion(names(in: source)) }
        guard !declared.isEmpty else { return [] }
        return IRText.lines(code).compactMap { line in
            guard line.hasPrefix("declare "), let symbol = IRText.symbol(in: line).map(String.init),
                declared.contains(symbol)
            else { return nil }
            return KernelFunction(symbol, declaration: line)
        }
    }

    private init?(_ name: String, declaration line: Substring) {
        guard let sign = line.utf8.firstIndex(of: UInt8(ascii: "@")),
            let open = line[sign...].utf8.firstIndex(of: UInt8(ascii: "(")),
            let result = Self.type(of: line[..<sign], isResult: true)
        else { return nil }
        var parameters: [String] = []
        for parameter in IRFilter.parameters(line[open...]) {
            guard let type = Self.type(of: Substring(parameter), isResult: false) else { return nil }
            parameters.append(type)
        }
        guard parameters.count <= Self.mostParameters else { return nil }
        (self.name, self.result, self.parameters) = (name, result, parameters)
    }

    /// BPF passes so many in registers.
    private static let mostParameters = 5

    /// The type among attributes such as `noundef signext`.
    private static func type(of text: Substring, isResult: Bool) -> String? {
        for word in text.split(separator: " ") {
            switch word {
            case "i1": return "_Bool"
            case "i8": return "unsigned char"
            case "i16": return "unsigned short"
            case "i32": return "unsigned"
            case "i64": return "unsigned long long"
            case "ptr": return "void *"
            case "void" where isResult: return "void"
            default: continue
            }
        }
        return nil
    }

    /// The names behind `@_extern(c) func` in a source.
    private static func names(in source: [UInt8]) -> Set<String> {
        var found: Set<String> = []
        var words = SourceWords(source)
        var isExtern = false
        while let word = words.next() {
            if word.before == UInt8(ascii: "@"), word.isOne(of: ["_extern"]) {
                isExtern = words.next()?.isOne(of: ["c"]) ?? false
            } else if isExtern, word.isOne(of: ["func"]) {
                isExtern = false
                if let name = words.next() { found.insert(String(decoding: name.text, as: UTF8.self)) }
            }
        }
        return found
    }
}
