// SPDX-License-Identifier: Apache-2.0

package import BTF

/// One BPF instruction of 8 bytes (`struct bpf_insn`).
///
/// A load of 64 bits (`BPF_LD | BPF_IMM | BPF_DW`) takes two of them.
package struct Instruction: Sendable, Equatable, BitwiseCopyable {
    /// Class, size or operation, and mode.
    package var code: UInt8
    /// The destination register.
    package var destination: UInt8
    /// The source register, or what the immediate means (`BPF_PSEUDO_*`).
    package var source: UInt8
    /// A signed distance: bytes for memory, instructions for jumps.
    package var offset: Int16
    /// The immediate value.
    package var immediate: Int32

    /// The bytes of one instruction.
    package static let size = 8
    /// The code of the first half of a 64-bit load: `BPF_LD | BPF_IMM | BPF_DW`.
    package static let wideLoadCode: UInt8 = 0x18
    /// The code of a call: `BPF_JMP | BPF_CALL`.
    package static let callCode: UInt8 = 0x85
    /// In the source of a 64-bit load: the immediate is a map's descriptor (`BPF_PSEUDO_MAP_FD`).
    package static let pseudoMapDescriptor: UInt8 = 1
    /// In the source of a 64-bit load: a descriptor of a map, and bytes from the start of its value (`BPF_PSEUDO_MAP_VALUE`).
    package static let pseudoMapValue: UInt8 = 2
    /// In the source of a 64-bit load: a variable of the kernel, by the id of its BTF (`BPF_PSEUDO_BTF_ID`).
    package static let pseudoKernelVariable: UInt8 = 3
    /// In the source of a 64-bit load: the immediate is a distance to a function of this program (`BPF_PSEUDO_FUNC`).
    package static let pseudoFunction: UInt8 = 4
    /// In the source of a call: the immediate is a distance to a function of this program (`BPF_PSEUDO_CALL`).
    package static let pseudoCall: UInt8 = 1
    /// In the source of a call: the immediate is a kernel function's BTF id (`BPF_PSEUDO_KFUNC_CALL`).
    package static let pseudoKernelCall: UInt8 = 2

    /// What a call of a kernel function that is not there gets as its helper: none of that number, and none it could be.
    static let missingFunction: Int32 = 2_002_000_000

    /// Creates an instruction.
    package init(code: UInt8, destination: UInt8 = 0, source: UInt8 = 0, offset: Int16 = 0, immediate: Int32 = 0) {
        self.code = code
        self.destination = destination & 0xf
        self.source = source & 0xf
        self.offset = offset
        self.immediate = immediate
    }

    /// Whether it calls a function of its program.
    var callsFunction: Bool { code == Self.callCode && source == Self.pseudoCall }

    /// Reads an instruction of a file's byte order, in which the halves of the register byte are swapped too.
    init?(reading reader: ByteReader, at start: Int) {
        guard let code = reader.integer(UInt8.self, at: start),
            let registers = reader.integer(UInt8.self, at: start + 1), let offset = reader.u16(start + 2),
            let immediate = reader.u32(start + 4)
        else { return nil }
        let halves = (low: registers & 0xf, high: registers >> 4)
        self.init(
            code: code, destination: reader.byteOrder == .little ? halves.low : halves.high,
            source: reader.byteOrder == .little ? halves.high : halves.low, offset: Int16(bitPattern: offset),
            immediate: Int32(bitPattern: immediate))
    }

    /// Reads an instruction from the first 8 bytes; nil if there are fewer.
    package init?(reading bytes: [UInt8], byteOrder: ByteOrder) {
        self.init(reading: ByteReader(bytes: bytes, byteOrder: byteOrder), at: 0)
    }

    /// Whether this is the first half of a 64-bit load.
    package var isWideLoad: Bool { code == Self.wideLoadCode }

    /// The instruction's 8 bytes.
    package func encoded(byteOrder: ByteOrder = .native) -> [UInt8] { Self.encode([self], byteOrder: byteOrder) }

    /// The bytes of a program as the kernel takes them.
    package static func encode(_ program: [Instruction], byteOrder: ByteOrder = .native) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(program.count * size)
        for instruction in program {
            bytes.append(instruction.code)
            let offset = UInt16(bitPattern: instruction.offset)
            let immediate = UInt32(bitPattern: instruction.immediate)
            let places = byteOrder == .little ? [0, 8, 16, 24] : [24, 16, 8, 0]
            switch byteOrder {
            case .little:
                bytes.append(instruction.destination | instruction.source << 4)
                bytes.append(UInt8(truncatingIfNeeded: offset))
                bytes.append(UInt8(truncatingIfNeeded: offset >> 8))
            case .big:
                bytes.append(instruction.destination << 4 | instruction.source)
                bytes.append(UInt8(truncatingIfNeeded: offset >> 8))
                bytes.append(UInt8(truncatingIfNeeded: offset))
            }
            for place in places { bytes.append(UInt8(truncatingIfNeeded: immediate >> UInt32(place))) }
        }
        return bytes
    }
}
