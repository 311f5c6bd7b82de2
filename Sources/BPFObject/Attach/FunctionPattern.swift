// SPDX-License-Identifier: Apache-2.0

/// Functions of the kernel by names and patterns: `vfs_read,vfs_write`, `tcp_*`, `xfs:xfs_file_*`.
///
/// `*` stands for any bytes, `?` for one. Patterns and names come from command lines and end in calls of the kernel, so
/// nothing but symbols and these two gets through.
package struct FunctionPattern: Sendable, Equatable {
    /// One of them.
    package struct Term: Sendable, Equatable {
        /// The module that has the functions; `vmlinux` is the kernel image itself, nil is wherever they are.
        package let module: String?
        /// The name, with `*` and `?` where it is a pattern.
        package let name: String
        /// The two as `[MODULE:]NAME`.
        package let place: String
        /// Whether it may mean several functions.
        package let isPattern: Bool

        private let bytes: [UInt8]
        /// How many bytes in front are no pattern: most names differ there already.
        private let plain: Int

        init(_ module: String?, _ name: Substring) {
            self.module = module
            self.name = String(name)
            place = (module.map { $0 + ":" } ?? "") + name
            bytes = Array(name.utf8)
            plain = bytes.firstIndex(where: FunctionPattern.isWild) ?? bytes.count
            isPattern = plain < bytes.count
        }

        /// Whether it means a function.
        ///
        /// - Parameters:
        ///   - name: The function.
        ///   - place: The module that has it; `vmlinux` is the kernel image.
        package func matches(_ name: ArraySlice<UInt8>, in place: @autoclosure () -> String) -> Bool {
            guard name.count >= plain, name.prefix(plain).elementsEqual(bytes.prefix(plain)),
                isPattern ? matches(name) : name.count == plain
            else { return false }
            return module.map { $0 == place() } ?? true
        }

        private func matches(_ name: ArraySlice<UInt8>) -> Bool {
            Glob.matches(bytes[plain...], name.dropFirst(plain))
        }
    }

    /// The names and patterns, in the order in which they were given.
    package let terms: [Term]

    /// The most of them that one target has.
    package static let mostTerms = 4096

    /// Whether a text means functions by a pattern, or several by their names.
    package static func isMeant(by text: Substring) -> Bool {
        text.utf8.contains { isWild($0) || $0 == UInt8(ascii: ",") }
    }

    /// Reads names and patterns with commas between them, each with the module in front if it is one of a module.
    package init(reading text: Substring) throws(AttachTargetError.Reason) {
        var terms: [Term] = []
        var start = 0
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            defer { start += part.utf8.count + 1 }
            guard !part.isEmpty else { throw .form("there is nothing between two commas, or behind the last one") }
            terms.append(try Self.term(part, at: start))
            guard terms.count <= Self.mostTerms else { throw .form("it has more than \(Self.mostTerms) names") }
        }
        guard !terms.isEmpty else { throw .empty }
        self.terms = terms
    }

    private static func term(_ text: Substring, at start: Int) throws(AttachTargetError.Reason) -> Term {
        let colon = text.utf8.firstIndex(of: UInt8(ascii: ":"))
        let name = colon.map { text[text.utf8.index(after: $0)...] } ?? text
        // With letters in place of the pattern's signs it is read as the name of a function is.
        let plain = String(decoding: name.utf8.map { isWild($0) ? UInt8(ascii: "x") : $0 }, as: UTF8.self)
        let target: ProbeTarget
        do throws(ProbeTargetError) {
            target = try ProbeTarget(parsing: (colon.map { text[...$0] } ?? "") + plain)
        } catch {
            throw .probe(error)
        }
        guard target.offset == 0, target.copy == nil, !plain.contains("+") else {
            throw .form("a probe on several functions is on their entries, and takes no offset and no number of a copy")
        }
        return Term(target.module, name)
    }

    private static func isWild(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?") }

    /// The names, if there are no patterns and no modules among them: what the kernel finds by itself.
    package var exactNames: [String]? {
        terms.allSatisfy { !$0.isPattern && $0.module == nil } ? terms.map(\.name) : nil
    }

    /// The names, no patterns, that none of some functions has.
    ///
    /// - Parameter functions: The functions, each with its module; nil is the kernel image.
    package func names(missingAmong functions: some Sequence<(name: String, module: String?)>) -> [Term] {
        var modules: [String: Set<String>] = [:]
        for function in functions { modules[function.name, default: []].insert(function.module ?? "vmlinux") }
        return terms.filter { term in
            guard !term.isPattern else { return false }
            guard let found = modules[term.name] else { return true }
            return term.module.map { !found.contains($0) } ?? false
        }
    }

    /// Whether any of them means a function.
    package func matches(_ name: ArraySlice<UInt8>, in place: @autoclosure () -> String) -> Bool {
        terms.contains { $0.matches(name, in: place()) }
    }
}

extension FunctionPattern: CustomStringConvertible {
    /// The text that it is read from.
    package var description: String {
        terms.map(\.place).joined(separator: ",")
    }
}
