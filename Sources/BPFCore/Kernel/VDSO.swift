// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import CBPF

/// The ELF image that the kernel maps into every process, for the version in its notes.
enum VDSO {
    /// A page has at least this many bytes on every architecture.
    private static let firstPage = 4096
    /// No vDSO is near this size.
    private static let largest: UInt64 = 1 << 18

    /// The version code of the running kernel; nil if it maps no vDSO or one without the note.
    static func versionCode() -> UInt32? {
        let base = getauxval(UInt(AT_SYSINFO_EHDR))
        guard base != 0, let start = unsafe UnsafeRawPointer(bitPattern: base) else { return nil }
        let head = unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: firstPage))
        // The program headers say how much is mapped, and the kernel wrote them.
        let ends = ELFHead(head).programHeaders.filter { $0.type == UInt32(PT_LOAD) }.map {
            $0.offset.addingReportingOverflow($0.size)
        }
        guard let mapped = ends.map({ $0.overflow ? .max : $0.partialValue }).max(), mapped > firstPage,
            mapped <= largest
        else { return versionCode(in: head) }
        return versionCode(in: unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: Int(mapped))))
    }

    /// The image as a file of functions; nil if this process has none.
    static var elf: UserELF? { image().flatMap { try? UserELF(FileInMemory($0)) } }

    /// The whole image, its tables of names too; nil if this process has none.
    static func image() -> [UInt8]? {
        let base = getauxval(UInt(AT_SYSINFO_EHDR))
        var end: UInt64?
        // What is mapped is more than what the program headers name.
        _ = try? KernelFile.forEachLine(of: "/proc/self/maps") { line in
            let fields = String(decoding: line, as: UTF8.self).split(separator: " ")
            guard fields.count > 1, fields.last == "[vdso]", fields[1].hasPrefix("r") else { return }
            let range = fields[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
            if range.count == 2, range[0] == UInt64(base), range[1] > range[0] { end = range[1] }
        }
        guard base != 0, let end, end - UInt64(base) <= largest,
            let start = unsafe UnsafeRawPointer(bitPattern: base)
        else { return nil }
        return unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: Int(end - UInt64(base))))
    }

    /// `LINUX_VERSION_CODE`: the note of owner `Linux` and type 0; others of that owner have other types.
    static func versionCode(in image: [UInt8]) -> UInt32? {
        let elf = ELFHead(image)
        for segment in elf.programHeaders where segment.type == UInt32(PT_NOTE) {
            guard var at = Int(exactly: segment.offset), let size = Int(exactly: segment.size), at <= image.count,
                size <= image.count - at
            else { continue }
            let end = at + size
            while let nameSize = elf.word(at: at), let contentSize = elf.word(at: at + 4),
                let type = elf.word(at: at + 8)
            {
                let name = at + 12
                let content = name + padded(nameSize)
                let next = content + padded(contentSize)
                guard next <= end else { break }
                if type == 0, contentSize == 4, image[name..<(name + Int(nameSize))].elementsEqual("Linux\0".utf8) {
                    return elf.word(at: content)
                }
                at = next
            }
        }
        return nil
    }

    /// Names and contents of notes end on a multiple of four.
    private static func padded(_ size: UInt32) -> Int { (Int(size) + 3) & ~3 }
}
