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
        let wanted = Array(name.utf8)
        let wantedCore = Array(SymbolPrefix.core(of: wanted[...]))
        var distance = EditDistance()
        var best: [(rank: Int, name: ArraySlice<UInt8>)] = []
        for record in records {
            let candidate = bytes[Int(record.name)..<Int(record.end)]
            guard let rank = Self.rank(candidate, wanted, wantedCore, &distance) else { continue }
            guard best.count < limit || best.last.map({ rank < $0.rank }) == true else { continue }
            guard !best.contains(where: { $0.name == candidate }) else { continue }
            let place = best.firstIndex { $0.rank > rank } ?? best.endIndex
            best.insert((rank, candidate), at: place)
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

    /// 0 is best; nil is too far away.
    private static func rank(
        _ candidate: ArraySlice<UInt8>, _ wanted: [UInt8], _ wantedCore: [UInt8], _ distance: inout EditDistance
    ) -> Int? {
        if candidate.count > wanted.count, candidate[candidate.startIndex + wanted.count] == UInt8(ascii: "."),
            candidate.starts(with: wanted)
        {
            return 0
        }
        // A short name is two errors away from everything.
        let allowed = wanted.count < 5 ? 1 : 2
        let core = SymbolPrefix.core(of: candidate)
        if core.count == wantedCore.count, core.elementsEqual(wantedCore) { return 1 }
        let whole = distance.between(candidate, wanted[...], atMost: allowed).map { $0 * 2 }
        let hasPrefix = core.count != candidate.count || wantedCore.count != wanted.count
        guard hasPrefix, wantedCore.count >= 5 else { return whole }
        let inner = distance.between(core, wantedCore[...], atMost: allowed).map { $0 * 2 + 1 }
        return [whole, inner].compactMap(\.self).min()
    }
}

/// What kernels put in front of the name of a function.
enum SymbolPrefix {
    private static let all: [[UInt8]] = [
        "__x64_sys_", "__ia32_sys_", "__arm64_sys_", "__riscv_sys_", "__s390x_sys_", "__powerpc_sys_", "__se_sys_",
        "__do_sys_", "__sys_", "ksys_", "SyS_", "sys_", "__se_", "__do_", "__",
    ].map { Array($0.utf8) }

    /// The name without such a prefix.
    static func core(of name: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        // All prefixes begin with one of these letters; most names of a kernel do not.
        guard let first = name.first,
            [UInt8(ascii: "_"), UInt8(ascii: "k"), UInt8(ascii: "S"), UInt8(ascii: "s")]
                .contains(first)
        else { return name }
        for prefix in all where name.count > prefix.count && name.starts(with: prefix) {
            return name.dropFirst(prefix.count)
        }
        return name
    }
}

/// Optimal string alignment distance: insertions, deletions, replacements and swaps of neighbours.
struct EditDistance {
    private var rows: [[Int]] = [[], [], []]

    /// The distance, nil if it is more than `limit`.
    mutating func between(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>, atMost limit: Int) -> Int? {
        guard abs(left.count - right.count) <= limit else { return nil }
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
