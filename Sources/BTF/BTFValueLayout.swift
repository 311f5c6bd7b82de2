// SPDX-License-Identifier: Apache-2.0

/// How values of BTF types lie in memory.
package enum BTFValueLayout {
    /// The alignment that the compiler gives a type: 1, 2, 4 or 8; 1 for what has none.
    package static func alignment(of id: Int, _ types: BTF) -> Int {
        var id = id
        for _ in 0..<Limits.typeDepth {
            guard let type = types.resolved(id) else { return 1 }
            switch type.kind {
            case .int, .enum, .enum64, .float: return natural(type.sizeOrType)
            case .pointer: return BTF.pointerSize
            case .array:
                guard let array = types.array(of: type) else { return 1 }
                id = array.element
            case .structure, .union:
                // The members' would take a walk; no variable of the configuration is one.
                return natural(type.sizeOrType)
            default: return 1
            }
        }
        return 1
    }

    private static func natural(_ size: Int) -> Int { [8, 4, 2].first { size >= $0 && size % $0 == 0 } ?? 1 }

    /// Writes a number of so many bytes (1 to 16) if its place is within the bytes.
    package static func write(_ value: UInt128, size: Int, at offset: Int, _ order: ByteOrder, _ bytes: inout [UInt8]) {
        guard size > 0, size <= 16, offset >= 0, size <= bytes.count, offset <= bytes.count - size else { return }
        for index in 0..<size {
            let shift = order == .little ? index : size - 1 - index
            bytes[offset + index] = UInt8(truncatingIfNeeded: value >> UInt128(8 * shift))
        }
    }

    /// Reads a number of so many bytes (1 to 16).
    package static func read(size: Int, at offset: Int, _ order: ByteOrder, _ bytes: [UInt8]) -> UInt128? {
        guard size > 0, size <= 16, offset >= 0, size <= bytes.count, offset <= bytes.count - size else { return nil }
        var value: UInt128 = 0
        for index in 0..<size {
            value = value << 8 | UInt128(bytes[offset + (order == .little ? size - 1 - index : index)])
        }
        return value
    }
}
