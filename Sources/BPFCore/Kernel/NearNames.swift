// SPDX-License-Identifier: Apache-2.0

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
    public func near(_ name: String, limit: Int = 5) -> [String] {
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
    public func variants(of name: String) -> [String] {
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
    private var distance = EditDistance()

    init(_ name: String) {
        wanted = Array(name.utf8)
        let split = SymbolPrefix.split(wanted[...])
        core = split.core
        isSyscall = split.isSyscall
    }

    /// The rank of a candidate, 0 the best; nil if it is too far away.
    mutating func rank(_ candidate: ArraySlice<UInt8>) -> Int? {
        if candidate.count > wanted.count, candidate[candidate.startIndex + wanted.count] == UInt8(ascii: "."),
            candidate.starts(with: wanted)
        {
            return 0
        }
        let whole = distance.between(candidate, wanted[...], atMost: Self.allowed(wanted.count)).map { $0 * 64 }
        let other = SymbolPrefix.split(candidate)
        guard other.index != nil || core.count != wanted.count else { return whole }
        // Behind the prefix of a system call even a short name means something.
        let isClose = isSyscall && other.isSyscall
        let limit = core.count >= 5 || isClose ? Self.allowed(core.count) : 0
        let inner = distance.between(other.core, core, atMost: limit).map { $0 * 64 + 1 + (other.index ?? 0) }
        return [whole, inner].compactMap(\.self).min()
    }

    /// A short name is two errors away from everything.
    private static func allowed(_ length: Int) -> Int { length < 3 ? 0 : length < 5 ? 1 : 2 }
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

/// Optimal string alignment distance: insertions, deletions, replacements and swaps of neighbours.
struct EditDistance {
    private var rows: [[Int]] = [[], [], []]

    /// The distance, nil if it is more than `limit`.
    mutating func between(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>, atMost limit: Int) -> Int? {
        guard abs(left.count - right.count) <= limit else { return nil }
        guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
        let width = right.count + 1
        // Whatever lies outside the band of `limit` cells beside the diagonal is too far away already.
        let far = limit + 1
        var (before, previous, current) = (rows[0], rows[1], rows[2])
        for index in 0..<3 where rows[index].count < width {
            let row = [Int](repeating: far, count: width)
            switch index {
            case 0: before = row
            case 1: previous = row
            default: current = row
            }
        }
        for column in 0..<width { previous[column] = min(column, far) }
        for (row, byte) in left.enumerated() {
            let low = max(1, row + 1 - limit)
            let high = min(right.count, row + 1 + limit)
            guard low <= high else { return nil }
            current[low - 1] = low == 1 ? min(row + 1, far) : far
            var least = current[low - 1]
            for column in low...high {
                let other = right[right.startIndex + column - 1]
                var cost = previous[column - 1] + (byte == other ? 0 : 1)
                cost = min(cost, current[column - 1] + 1, previous[column] + 1)
                if row > 0, column > 1, byte == right[right.startIndex + column - 2],
                    left[left.startIndex + row - 1] == other
                {
                    cost = min(cost, before[column - 2] + 1)
                }
                current[column] = min(cost, far)
                least = min(least, current[column])
            }
            if high < right.count { current[high + 1] = far }
            if least > limit { return nil }
            (before, previous, current) = (previous, current, before)
        }
        rows = [before, previous, current]
        return previous[width - 1] <= limit ? previous[width - 1] : nil
    }
}
