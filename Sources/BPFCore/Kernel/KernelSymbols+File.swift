// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import Synchronization

extension KernelSymbols {
    /// Reads the symbols of some names only, in a memory that does not depend on how many there are.
    ///
    /// - Parameter names: The names in full. Those that link-time optimisation lengthened (`NAME.llvm.123`) are found too.
    init(roots: KernelRoots, named names: Set<String>) throws(Errno) {
        let wanted = Set(names.map { Array($0.utf8)[...] })
        var kept: [UInt8] = []
        try KernelFile.forEachLine(of: roots.proc + "/kallsyms") { line in
            // `ffffffff81000000 T name<tab>[module]`
            guard let address = line.firstIndex(of: UInt8(ascii: " ")), address + 3 < line.endIndex else { return }
            let name = line[(address + 3)...].prefix { $0 > UInt8(ascii: " ") }
            let plain = name.firstIndex(of: UInt8(ascii: ".")).map { name[..<$0] } ?? name
            guard wanted.contains(name) || wanted.contains(plain) else { return }
            kept += line
            kept.append(UInt8(ascii: "\n"))
        }
        self.init(kallsyms: kept)
    }

    /// Whether a name is `__pfx_...` or `__cfi_...`, the bytes in front of a function.
    static func isPadding(_ name: String) -> Bool { name.hasPrefix("__pfx_") || name.hasPrefix("__cfi_") }
}

/// The symbols of the running kernel for all who ask in one run: the list is read once, and only if somebody needs it.
package final class KernelSymbolSource: Sendable {
    private let roots: KernelRoots
    private let read = Mutex<KernelSymbols?>(nil)
    /// The names that were asked for, and their index once those are many.
    private let asked = Mutex<(count: Int, index: SymbolNameIndex?)>((0, nil))
    /// Names for each of which the kernel may write its list again, which takes it 60 ms: then it is kept.
    private static let fewNames = 4

    /// Reads nothing yet.
    package init(roots: KernelRoots = KernelRoots()) { self.roots = roots }

    /// All symbols.
    package func all() throws(Errno) -> KernelSymbols {
        if let symbols = read.withLock({ $0 }) { return symbols }
        let symbols = try KernelSymbols(roots: roots)
        read.withLock { $0 = symbols }
        return symbols
    }

    /// At least the symbols of one name, of which no more is kept than that takes; all where they are there already.
    func symbols(named name: String) throws(Errno) -> KernelSymbols {
        let (isMany, index) = asked.withLock { asked in
            asked.count += 1
            return (asked.count > Self.fewNames, asked.index)
        }
        if let index { return index.symbols(named: name) }
        if isMany {
            let index = SymbolNameIndex(try all())
            asked.withLock { $0.index = index }
            return index.symbols(named: name)
        }
        if let symbols = read.withLock({ $0 }) { return symbols }
        return try KernelSymbols(roots: roots, named: [name])
    }
}
