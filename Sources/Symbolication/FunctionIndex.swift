// SPDX-License-Identifier: Apache-2.0

package import BPFObject

/// The functions of one program or library by their addresses.
///
/// Names stay in the tables of the file, and only what is asked for becomes a `String`.
package struct FunctionIndex: Sendable {
    private struct Entry {
        let start: UInt64
        /// Bytes of it; 0 if the file does not say.
        let size: UInt64
        /// The number of the table, or of the stubs of calls, in the highest bits, and that of the symbol in it.
        let place: UInt32
        /// Which of several names of a place is the better one.
        let rank: UInt8
    }

    private let segments: [UserELF.Segment]
    private let tables: [UserSymbolTable]
    private let stubs: [CallStub]
    private let entries: [Entry]

    /// Functions of one file: the largest programs have some hundred thousands.
    package static let most = 1 << 20
    /// Bytes of names of one file that are looked at: who is traced chooses the file.
    private static let mostNameBytes = 128 << 20
    /// Bytes of a function of no known size: far more than any has.
    private static let largest: UInt64 = 1 << 20
    /// Functions in front of an address that are looked at for one that reaches to it.
    private static let mostBefore = 8
    private static let placeBits: UInt32 = 28
    /// The number of the table that stands for the stubs.
    private static let ofStubs: UInt32 = 15

    /// Puts the functions of a file in order.
    ///
    /// - Parameters:
    ///   - elf: The file that is mapped.
    ///   - others: Further tables of its symbols: those of its debug file, or those that were compressed in it.
    package init(_ elf: UserELF, others: [UserSymbolTable] = []) {
        segments = elf.segments.filter(\.isExecutable)
        let dynamic = elf.dynamicSymbols
        tables = Array(([elf.symbols, dynamic].compactMap { $0 } + others).prefix(8))
        stubs = CallStub.all(of: elf, dynamic)
        var entries: [Entry] = []
        var bytesLeft = Self.mostNameBytes
        for (number, table) in self.tables.enumerated() {
            table.forEachFunction { index, name in
                bytesLeft -= name.count
                guard bytesLeft > 0 else { return false }
                guard index < 1 << Self.placeBits, let place = table.place(index) else { return true }
                entries.append(
                    Entry(
                        start: place.address, size: place.size,
                        place: UInt32(number) << Self.placeBits | UInt32(index), rank: Self.rank(place, name)))
                return entries.count < Self.most
            }
        }
        for (index, stub) in self.stubs.enumerated() {
            entries.append(
                Entry(
                    start: stub.address, size: stub.size, place: Self.ofStubs << Self.placeBits | UInt32(index),
                    rank: .max))
        }
        entries.sort { ($0.start, $0.rank, $0.place) < ($1.start, $1.rank, $1.place) }
        entries.keepFirst { $0.start }
        self.entries = entries
    }

    /// Whether no function is known.
    package var isEmpty: Bool { entries.isEmpty }

    /// Bytes that the index keeps.
    package var byteCount: Int {
        tables.reduce(0) { $0 + $1.byteCount } + entries.count * MemoryLayout<Entry>.stride + stubs.count * 64
    }

    /// Of several names of one address: one with a size, for others to use, and with few underscores in front.
    private static func rank(_ place: UserSymbolTable.Place, _ name: ArraySlice<UInt8>) -> UInt8 {
        let underscores = UInt8(min(name.prefix { $0 == UInt8(ascii: "_") }.count, 7))
        return (place.size == 0 ? 64 : 0) | (place.isLocal ? 32 : 0) | (place.isWeak ? 16 : 0) | underscores
    }

    /// The address, as the file counts addresses, of a byte of the file; nil if no part that is executed has it.
    package func address(ofFileOffset place: UInt64) -> UInt64? { UserELF.address(ofFileOffset: place, in: segments) }

    /// The function that an address lies in, as the file names it, and the bytes in front of it there.
    ///
    /// - Parameter address: As the file counts addresses.
    package func function(at address: UInt64) -> (name: String, offset: UInt64)? {
        let low = entries.count(upTo: address) { $0.start }
        // Parts of a function have names of their own at times: what reaches to the address is around them.
        for index in (max(0, low - Self.mostBefore)..<low).reversed() {
            let entry = entries[index]
            let offset = address - entry.start
            let reaches = entry.size > 0 ? offset < entry.size : index == low - 1 && offset < Self.largest
            if reaches { return name(entry).map { ($0, offset) } }
        }
        return nil
    }

    private func name(_ entry: Entry) -> String? {
        let index = Int(entry.place & (1 << Self.placeBits - 1))
        let table = Int(entry.place >> Self.placeBits)
        guard table != Self.ofStubs else { return stubs[index].name }
        let name = tables[table].name(index)
        return name.isEmpty ? nil : String(decoding: name, as: UTF8.self)
    }
}
