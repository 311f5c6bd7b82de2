// SPDX-License-Identifier: Apache-2.0

internal import Symbolication

/// The functions of a kernel by their addresses.
package struct KernelAddresses: Sendable {
    private let symbols: KernelSymbols
    /// In ascending order of the addresses.
    private let entries: [(address: UInt64, record: UInt32)]

    /// Puts the functions in order; those whose address the kernel hides are left out.
    package init(_ symbols: KernelSymbols) {
        self.symbols = symbols
        var entries: [(address: UInt64, record: UInt32)] = []
        entries.reserveCapacity(symbols.records.count + symbols.generated.count)
        let bytes = symbols.bytes.span
        for (index, record) in [symbols.records, symbols.generated].joined().enumerated() {
            let address = Self.address(at: Int(record.line), in: bytes)
            if address != 0 { entries.append((address, UInt32(truncatingIfNeeded: index))) }
        }
        entries.sort { ($0.address, $0.record) < ($1.address, $1.record) }
        // Of several names of one address the first in the file is the one the kernel prints.
        entries.keepFirst { $0.address }
        self.entries = entries
    }

    /// Whether the kernel tells no address (`kptr_restrict`, no `CAP_SYSLOG`).
    package var isEmpty: Bool { entries.isEmpty }

    /// The function that an address lies in, and the bytes in front of it there; nil below the first one, and further
    /// behind one than functions are large.
    package func function(at address: UInt64) -> (name: String, offset: UInt64)? {
        place(at: address).map { ($0.function.name, $0.offset) }
    }

    /// The same with the module of the function.
    package func place(at address: UInt64) -> (function: KernelSymbols.Function, offset: UInt64)? {
        let low = entries.count(upTo: address) { $0.address }
        guard low > 0 else { return nil }
        let start = entries[low - 1].address
        guard address - start < Self.largest else { return nil }
        let index = Int(entries[low - 1].record)
        let ordinary = symbols.records.count
        let record = index < ordinary ? symbols.records[index] : symbols.generated[index - ordinary]
        return (symbols.function(record), address - start)
    }

    /// Bytes of a function: far more than any has, so that an address beyond the kernel's text is of none.
    private static let largest: UInt64 = 1 << 20

    private static func address(at start: Int, in bytes: borrowing Span<UInt8>) -> UInt64 {
        var value: UInt64 = 0
        var index = start
        while index < bytes.count, index < start + 16 {
            let byte = bytes[index]
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            default: return value
            }
            value = value << 4 | UInt64(digit)
            index += 1
        }
        return value
    }
}
