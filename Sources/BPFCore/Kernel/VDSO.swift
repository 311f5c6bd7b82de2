// SPDX-License-Identifier: Apache-2.0

internal import CBPF

/// The ELF image that the kernel maps into every process, for the version in its notes.
enum VDSO {
    /// The page of every architecture has at least this many bytes.
    private static let firstPage = 4096
    /// No vDSO is near this size.
    private static let largest = 1 << 18

    /// The note of type 0 and owner `Linux`: `LINUX_VERSION_CODE`.
    static func versionCode() -> UInt32? {
        let base = getauxval(UInt(AT_SYSINFO_EHDR))
        guard base != 0, let start = unsafe UnsafeRawPointer(bitPattern: base) else { return nil }
        let head = unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: firstPage))
        // The program headers say how much is mapped, and the kernel wrote them.
        let mapped = loadedSize(head)
        let image =
            mapped > firstPage && mapped <= largest
            ? unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: mapped)) : head
        return versionCode(in: image)
    }

    /// The version in an image; nil if it is no 64-bit ELF of this byte order or has no such note.
    static func versionCode(in image: [UInt8]) -> UInt32? {
        for header in programHeaders(image) where header.type == UInt32(PT_NOTE) {
            var at = header.offset
            while let nameSize = word(image, at), let size = word(image, at + 4), let type = word(image, at + 8) {
                let name = at + 12
                let content = name + padded(Int(nameSize))
                let next = content + padded(Int(size))
                guard next <= header.offset + header.size, next <= image.count else { break }
                if type == 0, size == 4, image[name..<(name + Int(nameSize))].elementsEqual("Linux\0".utf8) {
                    return word(image, content)
                }
                at = next
            }
        }
        return nil
    }

    private static func loadedSize(_ image: [UInt8]) -> Int {
        programHeaders(image).filter { $0.type == UInt32(PT_LOAD) }.map { $0.offset + $0.size }.max() ?? 0
    }

    private struct ProgramHeader {
        let type: UInt32
        let offset: Int
        let size: Int
    }

    private static func programHeaders(_ image: [UInt8]) -> [ProgramHeader] {
        // ELFCLASS64 is byte 4; e_phoff at 32, e_phentsize at 54, e_phnum at 56.
        guard image.starts(with: [0x7f, UInt8(ascii: "E"), UInt8(ascii: "L"), UInt8(ascii: "F"), 2]),
            let table = long(image, 32), let sizes = word(image, 54)
        else { return [] }
        let (entry, count) = (Int(sizes & 0xffff), Int(sizes >> 16))
        return (0..<count).compactMap { index in
            let at = table + index * entry
            guard let type = word(image, at), let offset = long(image, at + 8), let size = long(image, at + 32) else {
                return nil
            }
            return ProgramHeader(type: type, offset: offset, size: size)
        }
    }

    /// Names and contents of notes end on a multiple of four.
    private static func padded(_ size: Int) -> Int { (size + 3) & ~3 }

    private static func word(_ image: [UInt8], _ at: Int) -> UInt32? {
        guard at >= 0, at <= image.count - 4 else { return nil }
        return image[at..<(at + 4)].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// A 64-bit number that can be an offset into a vDSO.
    private static func long(_ image: [UInt8], _ at: Int) -> Int? {
        guard let low = word(image, at), let high = word(image, at + 4), high == 0, low <= UInt32(largest) else {
            return nil
        }
        return Int(low)
    }
}
