// SPDX-License-Identifier: Apache-2.0

package import BPFObject
internal import BTF

/// A few instructions of the procedure linkage table by which a file calls a function of another one: `name@plt`.
package struct CallStub: Sendable, Equatable {
    /// Its address, as the file counts addresses.
    package let address: UInt64
    /// Bytes of it.
    package let size: UInt64
    /// `malloc@plt`.
    package let name: String

    private static let relocations: UInt32 = 4
    private static let relocationSize = 24
    private static let largestTable = 16 << 20
    private static let most = 1 << 16
    /// Bytes of names: those of C++ are long.
    private static let mostNameBytes = 16 << 20

    /// The stubs of a file: what they jump through says which function they are for.
    ///
    /// - Parameter symbols: The file's dynamic symbols, which take long to read.
    package static func all(of elf: UserELF, _ symbols: UserSymbolTable?) -> [CallStub] {
        guard let symbols else { return [] }
        let sections = elf.sections.filter { $0.isExecutable && $0.name.hasPrefix(".plt") }.prefix(4)
        guard !sections.isEmpty, [62, 183].contains(elf.machine), elf.byteOrder == .little else { return [] }
        let names = targets(of: elf, symbols)
        guard !names.isEmpty else { return [] }
        var stubs: [CallStub] = []
        for section in sections {
            guard let code = elf.bytes(of: section, limit: largestTable) else { continue }
            let size = elf.machine == 62 && section.name == ".plt.got" && section.entrySize == 8 ? 8 : 16
            var at = 0
            while at + size <= code.count, stubs.count < most {
                let (address, isTooFar) = section.address.addingReportingOverflow(UInt64(at))
                guard !isTooFar else { break }
                let place =
                    elf.machine == 62 ? intelPlace(code, at, size, address) : armPlace(code, at, size, address)
                if let name = place.flatMap({ names[$0] }) {
                    stubs.append(CallStub(address: address, size: UInt64(size), name: name + "@plt"))
                }
                at += size
            }
        }
        return stubs
    }

    /// The functions of other files by the places in memory that hold their addresses.
    private static func targets(of elf: UserELF, _ symbols: UserSymbolTable) -> [UInt64: String] {
        var names: [UInt64: String] = [:]
        var bytesLeft = mostNameBytes
        for section in elf.sections.filter({ $0.type == relocations && $0.entrySize == relocationSize }).prefix(8) {
            guard let table = elf.bytes(of: section, limit: largestTable) else { continue }
            for index in 0..<(table.count / relocationSize) {
                guard names.count < most, bytesLeft > 0 else { return names }
                let at = index * relocationSize
                guard let place = table.u64(at), let type = table.u32(at + 8), let symbol = table.int(at + 12),
                    // R_X86_64_GLOB_DAT and _JUMP_SLOT; R_AARCH64_GLOB_DAT and _JUMP_SLOT.
                    elf.machine == 62 ? type == 6 || type == 7 : type == 1025 || type == 1026
                else { continue }
                let name = symbols.name(symbol)
                // Whether a name ends has to be looked for, too: those of a hostile file never do.
                bytesLeft -= name.isEmpty ? UserSymbolTable.longestName : name.count
                guard !name.isEmpty else { continue }
                names[place] = String(decoding: name, as: UTF8.self)
            }
        }
        return names
    }

    /// `jmp *DISTANCE(%rip)`: the first one of the stub.
    private static func intelPlace(_ code: ByteReader, _ at: Int, _ size: Int, _ address: UInt64) -> UInt64? {
        for start in 0...(size - 6) where code.u8(at + start) == 0xff && code.u8(at + start + 1) == 0x25 {
            guard let distance = code.u32(at + start + 2) else { return nil }
            return address &+ UInt64(start + 6) &+ UInt64(bitPattern: Int64(Int32(bitPattern: distance)))
        }
        return nil
    }

    /// `adrp x16, PAGE; ldr x17, [x16, OFFSET]`.
    private static func armPlace(_ code: ByteReader, _ at: Int, _ size: Int, _ address: UInt64) -> UInt64? {
        for start in stride(from: 0, through: size - 8, by: 4) {
            guard let page = code.u32(at + start), page & 0x9f00_001f == 0x9000_0010,
                let load = code.u32(at + start + 4), load & 0xffc0_03ff == 0xf940_0211
            else { continue }
            let pages = Int64(Int32(bitPattern: (page >> 5 & 0x7_ffff) << 13)) >> 11 | Int64(page >> 29 & 3)
            let base = (address &+ UInt64(start)) & ~0xfff
            return base &+ UInt64(bitPattern: pages << 12) &+ UInt64(load >> 10 & 0xfff) * 8
        }
        return nil
    }
}
