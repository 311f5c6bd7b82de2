// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import BTF
internal import Diagnostics

/// The sections of an object that hold its debug information, decompressed and with their relocations done.
struct DWARFSections {
    /// What units are in, one section behind the other: `.debug_info`, and `.debug_types` of version 4.
    private(set) var info: ByteReader
    /// Where each of these sections is in `info`, and whether it is of `.debug_types`.
    private(set) var parts: [(range: Range<Int>, holdsTypes: Bool)] = []
    private(set) var abbreviations: ByteReader
    private(set) var strings: ByteReader
    private(set) var lineStrings: ByteReader
    private(set) var stringOffsets: ByteReader
    /// Lists of places of version 5 (`.debug_loclists`), and of those before (`.debug_loc`).
    private(set) var locationLists: ByteReader
    private(set) var oldLocationLists: ByteReader
    /// Addresses that others name by a number.
    private(set) var addresses: ByteReader

    /// Reads the sections; nil if the object has no debug information.
    init?(_ file: borrowing ELFFile) throws(EventFault) {
        let loader = try Loader(file)
        guard file.sections.contains(where: { $0.name == ".debug_info" && $0.size > 0 }) else { return nil }
        let order = file.byteOrder
        var bytes: [UInt8] = []
        var left = Limits.debugInformation
        for section in file.sections where [".debug_info", ".debug_types"].contains(section.name) {
            let part = try loader.bytes(of: section, file, &left)
            parts.append((bytes.count..<(bytes.count + part.count), section.name == ".debug_types"))
            if bytes.isEmpty { bytes = part } else { bytes += part }
        }
        info = ByteReader(bytes: bytes, byteOrder: order)
        var others: [ByteReader] = []
        for name in [
            ".debug_abbrev", ".debug_str", ".debug_line_str", ".debug_str_offsets", ".debug_loclists", ".debug_loc",
            ".debug_addr",
        ] {
            let section = file.firstSection(named: name)
            let part = if let section { try loader.bytes(of: section, file, &left) } else { [UInt8]() }
            others.append(ByteReader(bytes: part, byteOrder: order))
        }
        abbreviations = others[0]
        strings = others[1]
        lineStrings = others[2]
        stringOffsets = others[3]
        locationLists = others[4]
        oldLocationLists = others[5]
        addresses = others[6]
    }

    /// Reads one section and fills in what the compiler left to a linker.
    private struct Loader {
        private let symbols: ELFSymbolTable?
        private var relocations: [Int: [ELFSection]] = [:]

        init(_ file: borrowing ELFFile) throws(EventFault) {
            do throws(ObjectError) {
                let table = file.sections.first { $0.type == ELF.SectionType.symbolTable }
                symbols = if let table { try ELFSymbolTable(table, in: file) } else { nil }
            } catch {
                throw EventFault(words: error.diagnostic.message)
            }
            for section in file.sections
            where section.type == ELF.SectionType.rel || section.type == ELF.SectionType.rela {
                relocations[Int(section.info), default: []].append(section)
            }
        }

        func bytes(of section: ELFSection, _ file: borrowing ELFFile, _ left: inout Int) throws(EventFault) -> [UInt8] {
            do throws(ObjectError) {
                var bytes = try file.decompressed(section, limit: left)
                guard bytes.count <= left else { throw ObjectError(.compressed, section: section.name) }
                left -= bytes.count
                for section in relocations[section.index] ?? [] {
                    for entry in try ELFRelocation.all(of: section, in: file) { apply(entry, &bytes, file.byteOrder) }
                }
                return bytes
            } catch {
                throw EventFault(words: "\(section.name): \(error.diagnostic.message)")
            }
        }

        /// Most are the offsets of sections that begin at 0, and change nothing.
        private func apply(_ entry: ELFRelocation, _ bytes: inout [UInt8], _ order: ByteOrder) {
            guard let symbol = symbols?[entry.symbol], symbol.value != 0 || entry.addend != nil,
                let offset = Int(exactly: entry.offset)
            else { return }
            let size = entry.type == ELF.RelocationType.absolute64 || entry.type == ELF.RelocationType.data64 ? 8 : 4
            guard offset >= 0, offset <= bytes.count - size else { return }
            let places = (0..<size).map { order == .little ? offset + $0 : offset + size - 1 - $0 }
            var value: UInt64 = 0
            if let addend = entry.addend {
                value = UInt64(bitPattern: addend)
            } else {
                for place in places.reversed() { value = value << 8 | UInt64(bytes[place]) }
            }
            value &+= symbol.value
            for place in places {
                bytes[place] = UInt8(truncatingIfNeeded: value)
                value >>= 8
            }
        }
    }
}
