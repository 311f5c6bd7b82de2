// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

extension KernelSymbols {
    /// Names that a missing one may have meant, the most likely first.
    ///
    /// In this order: what the compiler made of the function (`NAME.isra.0`, `NAME.constprop.0`, `NAME.part.0`,
    /// `NAME.cold`, `NAME.llvm.N`), the name behind another prefix (`__x64_sys_NAME`, `__do_NAME`), then names at most
    /// two typing errors away.
    ///
    /// - Parameters:
    ///   - name: The name that is missing.
    ///   - limit: The most names to return.
    package func near(_ name: String, limit: Int = 5) -> [String] {
        var ranking = NearRanking(name)
        var best: [(rank: Int, name: ArraySlice<UInt8>)] = []
        for record in records {
            let candidate = bytes[Int(record.name)..<Int(record.end)]
            guard let rank = ranking.rank(candidate) else { continue }
            guard best.count < limit || best.last.map({ rank < $0.rank }) == true else { continue }
            guard !best.contains(where: { $0.name == candidate }) else { continue }
            best.insert((rank, candidate), at: best.firstIndex { $0.rank > rank } ?? best.endIndex)
            if best.count > limit { best.removeLast() }
        }
        return best.map { String(decoding: $0.name, as: UTF8.self) }
    }

    /// The names the compiler gave to changed copies of a function: `NAME.isra.0`, `NAME.cold`.
    package func variants(of name: String) -> [String] {
        let wanted = Array((name + ".").utf8)
        return records.filter {
            Int($0.end - $0.name) > wanted.count && bytes[Int($0.name)...].starts(with: wanted)
        }.map { function($0).name }
    }
}

/// How near a name is to a missing one.
private struct NearRanking {
    private let wanted: [UInt8]
    private let core: ArraySlice<UInt8>
    private let isSyscall: Bool
    private let ofFolios: [[UInt8]]
    private var distance = EditDistance()

    init(_ name: String) {
        wanted = Array(name.utf8)
        ofFolios = Self.ofFolios(name).map { Array($0.utf8) }
        let split = SymbolPrefix.split(wanted[...])
        core = split.core
        isSyscall = split.isSyscall
    }

    /// What functions of pages became when the kernel went over to folios (Linux 5.16 and later): `migrate_misplaced_folio`
    /// of `migrate_misplaced_page`, `folio_mark_accessed` of `mark_page_accessed`.
    private static func ofFolios(_ name: String) -> [String] {
        let words = name.split(separator: "_", omittingEmptySubsequences: false)
        guard words.contains("page") else { return [] }
        return [
            words.map { $0 == "page" ? "folio" : $0 }.joined(separator: "_"),
            (["folio"] + words.filter { $0 != "page" }).joined(separator: "_"),
        ]
    }

    /// The rank of a candidate, 0 the best; nil if it is too far away.
    mutating func rank(_ candidate: ArraySlice<UInt8>) -> Int? {
        if ofFolios.contains(where: { $0.elementsEqual(candidate) }) { return 0 }
        if candidate.count > wanted.count, candidate[candidate.startIndex + wanted.count] == UInt8(ascii: "."),
            candidate.starts(with: wanted)
        {
            return 0
        }
        let whole = distance.between(candidate, wanted[...], atMost: EditDistance.allowed(wanted.count)).map { $0 * 64 }
        let other = SymbolPrefix.split(candidate)
        guard other.index != nil || core.count != wanted.count else { return whole }
        // Behind the prefix of a system call even a short name means something.
        let isClose = isSyscall && other.isSyscall
        let limit = core.count >= 5 || isClose ? EditDistance.allowed(core.count) : 0
        let inner = distance.between(other.core, core, atMost: limit).map { $0 * 64 + 1 + (other.index ?? 0) }
        return [whole, inner].compactMap(\.self).min()
    }
}

/// What kernels put in front of the name of a function.
private enum SymbolPrefix {
    /// In the order in which they are suggested; the first `syscalls` are those of system calls.
    private static let all: [[UInt8]] = [
        "__sys_", "__do_sys_", "ksys_", "sys_", "SyS_", "__se_sys_", "__x64_sys_", "__arm64_sys_", "__riscv_sys_",
        "__s390x_sys_", "__powerpc_sys_", "__ia32_sys_", "__se_", "__do_", "__",
    ].map { Array($0.utf8) }
    private static let syscalls = 12

    /// The name without such a prefix, and which one it was.
    static func split(_ name: ArraySlice<UInt8>) -> (core: ArraySlice<UInt8>, index: Int?, isSyscall: Bool) {
        switch name.first {
        case UInt8(ascii: "_"), UInt8(ascii: "k"), UInt8(ascii: "S"), UInt8(ascii: "s"):
            for (index, prefix) in all.enumerated() where name.count > prefix.count && name.starts(with: prefix) {
                return (name.dropFirst(prefix.count), index, index < syscalls)
            }
        default: break
        }
        return (name, nil, false)
    }
}
