// SPDX-License-Identifier: Apache-2.0

/// The user's files by the names that compilers have for them.
///
/// Swift writes `Probe.swift` for `./Probe.swift` and for `sub/../Probe.swift` into its IR.
struct SourceNames {
    /// The name of the module that they make.
    static let module = "Probe"

    private var names: [String: String] = [:]

    /// - Parameter names: The files as the user named them.
    init(_ names: some Sequence<String>) {
        for name in names where self.names[Self.normal(name)] == nil { self.names[Self.normal(name)] = name }
    }

    /// The user's own name of a file that a compiler names; nil if the file is none of the user's.
    func own(_ name: String) -> String? { names[Self.normal(name)] }

    /// A place in one of the user's files, with his own name of it; nil for other places.
    func own(_ place: SourcePlace) -> SourcePlace? {
        own(place.file).map { SourcePlace(file: $0, line: place.line, column: place.column) }
    }

    /// A path without the parts that lead nowhere, by its text alone, as LLVM has it.
    static func normal(_ path: String) -> String {
        let isAbsolute = path.utf8.first == UInt8(ascii: "/")
        var parts: [Substring] = []
        for part in path.utf8.split(separator: UInt8(ascii: "/")).map({ Substring($0) }) where part != "." {
            if part != ".." {
                parts.append(part)
            } else if let last = parts.last, last != ".." {
                parts.removeLast()
            } else if !isAbsolute {
                parts.append(part)
            }
        }
        return (isAbsolute ? "/" : "") + parts.joined(separator: "/")
    }
}
