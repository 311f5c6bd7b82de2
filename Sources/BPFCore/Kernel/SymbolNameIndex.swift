// SPDX-License-Identifier: Apache-2.0

/// The lines of /proc/kallsyms by the names in them, for who asks for thousands: one pass, then a look-up each.
struct SymbolNameIndex: Sendable {
    private struct Place {
        let hash: Int
        /// Where the line begins, and where it ends.
        let line: Range<UInt32>
    }

    private let bytes: [UInt8]
    /// In ascending order of the hashes.
    private let places: [Place]

    init(_ symbols: KernelSymbols) {
        bytes = symbols.bytes
        var places: [Place] = []
        var start = 0
        while start < bytes.count {
            let rest = bytes[start...]
            let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
            if let name = Self.name(in: bytes[start..<end]), let line = Self.range(start, end) {
                places.append(Place(hash: Self.hash(name), line: line))
            }
            start = end + 1
        }
        places.sort { ($0.hash, $0.line.lowerBound) < ($1.hash, $1.line.lowerBound) }
        self.places = places
    }

    /// The symbols of a name, those that link-time optimisation lengthened too; perhaps with a few others.
    func symbols(named name: String) -> KernelSymbols {
        let wanted = Self.hash(Array(name.utf8)[...])
        var (low, high) = (0, places.count)
        while low < high {
            let middle = low + (high - low) / 2
            if places[middle].hash < wanted { low = middle + 1 } else { high = middle }
        }
        var kept: [UInt8] = []
        for place in places[low...].prefix(while: { $0.hash == wanted }) {
            kept += bytes[Int(place.line.lowerBound)..<Int(place.line.upperBound)]
            kept.append(UInt8(ascii: "\n"))
        }
        return KernelSymbols(kallsyms: kept)
    }

    /// The name in a line, `ffffffff81000000 T name<tab>[module]`.
    private static func name(in line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let address = line.firstIndex(of: UInt8(ascii: " ")), address + 3 < line.endIndex else { return nil }
        return line[(address + 3)...].prefix { $0 > UInt8(ascii: " ") }
    }

    private static func range(_ start: Int, _ end: Int) -> Range<UInt32>? {
        guard let start = UInt32(exactly: start), let end = UInt32(exactly: end) else { return nil }
        return start..<end
    }

    /// Of what is in front of the first point, so that `NAME.llvm.123` is found by `NAME`.
    private static func hash(_ name: ArraySlice<UInt8>) -> Int {
        var hasher = Hasher()
        for byte in name.prefix(while: { $0 != UInt8(ascii: ".") }) { hasher.combine(byte) }
        return hasher.finalize()
    }
}
