// SPDX-License-Identifier: Apache-2.0

/// The functions of the running kernel and its modules, from /proc/kallsyms.
///
/// The file is 5 to 15 MB in 100,000 to 250,000 lines, so it is kept as bytes with one small record for each function,
/// and only what is asked for becomes a `String`.
package struct KernelSymbols: Sendable {
    /// One function.
    package struct Function: Sendable, Equatable {
        /// The name.
        package let name: String
        /// The module, nil for the kernel image.
        package let module: String?
        /// Where it starts; nil if the kernel hides it (`kptr_restrict`, no `CAP_SYSLOG`).
        package let address: UInt64?
    }

    struct Record: Sendable {
        let line: UInt32
        let name: UInt32
        /// One past the name.
        let end: UInt32
        /// Whether a module follows the name.
        let inModule: Bool
    }

    let bytes: [UInt8]
    let records: [Record]
    /// Code that was made at run time, such as that of BPF programs: it has names, and takes no probe.
    let generated: [Record]

    /// Reads the symbols of the running kernel.
    package init(roots: KernelRoots = KernelRoots()) throws(Errno) {
        self.init(kallsyms: try KernelFile.bytes(roots.proc + "/kallsyms", limit: 256 << 20))
    }

    /// Reads the content of a /proc/kallsyms; lines of another shape are passed over.
    package init(kallsyms bytes: [UInt8]) {
        self.bytes = bytes
        (records, generated) = Self.functions(of: bytes.span)
    }

    /// How many functions there are, copies of one name counted each.
    package var count: Int { records.count }

    /// The functions of exactly that name.
    ///
    /// - Parameters:
    ///   - name: The name, in full.
    ///   - module: Only in that module; `vmlinux` is the kernel image.
    package func functions(named name: String, module: String? = nil) -> [Function] {
        let wanted = Array(name.utf8)
        let span = bytes.span
        var found: [Function] = []
        for record in records where Self.matches(record, wanted, in: span) {
            let function = function(record)
            if module == nil || (function.module ?? "vmlinux") == module { found.append(function) }
        }
        return found
    }

    /// The addresses of all symbols of a name, functions and data, each address once; 0 where the kernel hides it.
    ///
    /// What the compiler put behind a name for link-time optimisation (`NAME.llvm.123`) is passed over.
    package func addresses(of name: String) -> [UInt64] {
        let wanted = Array(name.utf8)
        let suffix = Array(".llvm.".utf8)
        let (space, newline) = (UInt8(ascii: " "), UInt8(ascii: "\n"))
        let span = bytes.span
        var found: [UInt64] = []
        var index = 0
        while index < span.count {
            let line = index
            while index < span.count, span[index] > space { index += 1 }
            let start = index + 3
            if start <= span.count - wanted.count, span[index] == space, span[index + 2] == space {
                var matched = 0
                while matched < wanted.count, span[start + matched] == wanted[matched] { matched += 1 }
                let end = start + matched
                if matched == wanted.count,
                    end == span.count || span[end] <= space || bytes[end...].starts(with: suffix),
                    let address = UInt64(String(decoding: bytes[line..<index], as: UTF8.self), radix: 16),
                    !found.contains(address)
                {
                    found.append(address)
                }
            }
            while index < span.count, span[index] != newline { index += 1 }
            index += 1
        }
        return found
    }

    /// Whether a symbol of that name exists that is no function, such as a variable.
    package func hasData(named name: String) -> Bool {
        let wanted = Array(name.utf8)
        return bytes.split(separator: UInt8(ascii: "\n")).contains { line in
            let fields = line.split(maxSplits: 3) { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            guard fields.count >= 3, let kind = fields[1].first else { return false }
            return !Self.isFunction(kind) && fields[2].elementsEqual(wanted)
        }
    }

    /// Bytes up to the next function, which is at least the size of this one; nil if addresses are hidden.
    package func size(of function: Function) -> UInt64? {
        guard let start = function.address else { return nil }
        let next = records.lazy.compactMap { address($0) }.filter { $0 > start }.min()
        return next.map { $0 - start }
    }

    private func address(_ record: Record) -> UInt64? {
        let digits = bytes[Int(record.line)...].prefix { $0 != UInt8(ascii: " ") }
        let address = UInt64(String(decoding: digits, as: UTF8.self), radix: 16)
        return address == 0 ? nil : address
    }

    func function(_ record: Record) -> Function {
        let name = bytes[Int(record.name)..<Int(record.end)]
        var module: String?
        if record.inModule {
            let rest = bytes[Int(record.end)...].prefix { $0 != UInt8(ascii: "\n") }
            if let open = rest.firstIndex(of: UInt8(ascii: "[")),
                let close = rest[open...].firstIndex(of: UInt8(ascii: "]"))
            {
                module = String(decoding: bytes[(open + 1)..<close], as: UTF8.self)
            }
        }
        return Function(name: String(decoding: name, as: UTF8.self), module: module, address: address(record))
    }

    private static func matches(_ record: Record, _ wanted: [UInt8], in bytes: borrowing Span<UInt8>) -> Bool {
        let start = Int(record.name)
        guard Int(record.end) - start == wanted.count else { return false }
        // Names share their beginnings far more often than their ends.
        for index in wanted.indices.reversed() where bytes[start + index] != wanted[index] { return false }
        return true
    }

    private static func isFunction(_ kind: UInt8) -> Bool {
        // t and T: text, local and global; w and W: weak.
        kind | 0x20 == UInt8(ascii: "t") || kind | 0x20 == UInt8(ascii: "w")
    }

    /// One pass: `ffffffff81000000 T name`, then a tab and `[module]` for a module's.
    private static func functions(of bytes: borrowing Span<UInt8>) -> (records: [Record], generated: [Record]) {
        let newline = UInt8(ascii: "\n")
        let space = UInt8(ascii: " ")
        var (records, generated): ([Record], [Record]) = ([], [])
        guard bytes.count <= Int(UInt32.max) else { return (records, generated) }
        records.reserveCapacity(bytes.count / 48)
        var index = 0
        while index < bytes.count {
            let line = index
            while index < bytes.count, bytes[index] > space { index += 1 }
            let isEntry = index + 3 < bytes.count && bytes[index] == space && bytes[index + 2] == space
            if isEntry, isFunction(bytes[index + 1]) {
                let name = index + 3
                index = name
                while index < bytes.count, bytes[index] > space { index += 1 }
                let end = index
                let inModule = end < bytes.count && bytes[end] != newline
                if end > name, !isPadding(bytes, from: name) {
                    let record = Record(
                        line: UInt32(line), name: UInt32(name), end: UInt32(end), inModule: inModule)
                    if inModule, isGenerated(bytes, from: end) {
                        generated.append(record)
                    } else {
                        records.append(record)
                    }
                }
            }
            while index < bytes.count, bytes[index] != newline { index += 1 }
            index += 1
        }
        return (records, generated)
    }

    /// Whether a name is `__pfx_...` or `__cfi_...`: the bytes in front of a function, which have a symbol of their own.
    private static func isPadding(_ bytes: borrowing Span<UInt8>, from index: Int) -> Bool {
        guard index + 6 < bytes.count, bytes[index] == UInt8(ascii: "_"), bytes[index + 1] == UInt8(ascii: "_"),
            bytes[index + 5] == UInt8(ascii: "_")
        else { return false }
        switch (bytes[index + 2], bytes[index + 3], bytes[index + 4]) {
        case (UInt8(ascii: "p"), UInt8(ascii: "f"), UInt8(ascii: "x")),
            (UInt8(ascii: "c"), UInt8(ascii: "f"), UInt8(ascii: "i")):
            return true
        default: return false
        }
    }

    /// Whether what follows a name is `[bpf]` or `[__builtin__...]`: code made at run time, which takes no probe.
    private static func isGenerated(_ bytes: borrowing Span<UInt8>, from index: Int) -> Bool {
        guard index + 5 < bytes.count, bytes[index + 1] == UInt8(ascii: "[") else { return false }
        if bytes[index + 2] == UInt8(ascii: "_"), bytes[index + 3] == UInt8(ascii: "_") { return true }
        return bytes[index + 2] == UInt8(ascii: "b") && bytes[index + 3] == UInt8(ascii: "p")
            && bytes[index + 4] == UInt8(ascii: "f") && bytes[index + 5] == UInt8(ascii: "]")
    }
}
