// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// The names of an enumeration by their values.
struct EnumerationNames: Sendable {
    private struct Entry: Sendable {
        let value: UInt64
        let name: [UInt8]
    }

    /// In ascending order of the values as unsigned numbers, those of one value as in C.
    private let entries: [Entry]
    /// The names of a single bit, at most one for each.
    private let bits: [Entry]
    /// Whether values are put together from them, as far as the names tell.
    private let isFlags: Bool
    let isSigned: Bool
    /// Bits of the enumeration's own size, which bits of its values beyond are cut to.
    private let mask: UInt64

    /// The bytes of all names, with what holding one takes.
    var nameBytes: Int { entries.reduce(0) { $0 + $1.name.count + 32 } }

    /// Enumerators that are looked at; the kernel's largest enumerations have some hundreds.
    static let limit = 16_384

    init(_ btf: BTF, _ type: BTFType) {
        let mask: UInt64 = type.sizeOrType >= 8 ? .max : (1 << UInt64(max(type.sizeOrType, 1) * 8)) - 1
        var entries: [Entry] = []
        for index in 0..<min(type.count, Self.limit) {
            guard let enumerator = btf.enumerator(of: type, at: index) else { break }
            entries.append(Entry(value: enumerator.bits & mask, name: Array(btf.string(enumerator.nameOffset).utf8)))
        }
        isSigned = type.flag
        self.mask = mask
        self.entries = entries.enumerated()
            .sorted { ($0.element.value, $0.offset) < ($1.element.value, $1.offset) }.map(\.element)
        bits = Self.singleBits(self.entries)
        isFlags = Self.isFlags(self.entries, bits)
    }

    /// The names of 0, 1, 2 and so on.
    init(counting names: [StaticString]) {
        entries = names.enumerated().map { Entry(value: UInt64($0.offset), name: Array("\($0.element)".utf8)) }
        (bits, isFlags, isSigned, mask) = ([], false, false, .max)
    }

    /// Whether an enumeration is one of flags.
    ///
    /// Enumerations that count (0, 1, 2, 3) have names of single bits too, and are none.
    private static func isFlags(_ entries: [Entry], _ bits: [Entry]) -> Bool {
        let all = bits.reduce(0) { $0 | $1.value }
        let values = Set(entries.map(\.value))
        guard bits.count >= 2, values.allSatisfy({ $0 & ~all == 0 }), let first = entries.first?.value,
            let last = entries.last?.value
        else { return false }
        return last - first != UInt64(values.count - 1)
    }

    private static func singleBits(_ entries: [Entry]) -> [Entry] {
        var bits: [Entry] = []
        for entry in entries where entry.value.nonzeroBitCount == 1 && entry.value != bits.last?.value {
            bits.append(entry)
        }
        return bits
    }

    /// The value of a name.
    func value(named name: String) -> Int128? {
        let name = Array(name.utf8)
        guard let entry = entries.first(where: { $0.name == name }) else { return nil }
        guard isSigned else { return Int128(entry.value) }
        let unused = Int128(128 - mask.nonzeroBitCount)
        return (Int128(entry.value) << unused) >> unused
    }

    /// All names, for a message about one that is not among them.
    var names: [String] { entries.map { String(decoding: $0.name, as: UTF8.self) } }

    /// The name of a value.
    func name(of value: UInt64) -> [UInt8]? {
        let value = value & mask
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].value < value { low = middle + 1 } else { high = middle }
        }
        return low < entries.count && entries[low].value == value ? entries[low].name : nil
    }

    /// Appends the names that make up a value: `READ|WRITE`, `READ|0x40`.
    ///
    /// - Parameter forced: Whether the author says that these are flags.
    /// - Returns: False if the value is none of flags; nothing is appended then.
    func appendFlags(_ value: UInt64, forced: Bool, to line: inout LineBuffer) -> Bool {
        let value = value & mask
        var left = value
        var isFirst = true
        guard isFlags || forced, bits.contains(where: { $0.value & value != 0 }) else { return false }
        for flag in bits where left & flag.value != 0 {
            if !isFirst { line.append("|") }
            guard line.room >= flag.name.count else {
                line.appendCutMark()
                line.cut()
                return true
            }
            line.charge(32 + flag.name.count)
            unsafe line.appendEscaped(flag.name.span.bytes, quoted: false)
            left &= ~flag.value
            isFirst = false
        }
        if left != 0 {
            line.append("|0x")
            line.append(UInt128(left), bitsPerDigit: 4)
        }
        return true
    }
}
