// SPDX-License-Identifier: Apache-2.0

internal import CElf

/// An object file opened with libelf: the one place where the library is called.
///
/// Owns the library's handle and the copy of the file that the library may write to, and lets go of both. What leaves
/// this type are values and copies; whether they make sense is for the caller to check.
@safe struct ELFLibrary: ~Copyable {
    /// The fields of a section header that we use.
    struct SectionHeader {
        var name: UInt32
        var type: UInt32
        let flags: UInt64
        let offset: UInt64
        let size: UInt64
        let link: UInt32
        let info: UInt32
        let entrySize: UInt64
    }

    private let memory: UnsafeMutableRawBufferPointer
    private let handle: OpaquePointer

    /// The version handshake that libelf wants before anything else.
    private static let isUsable = elf_version(UInt32(EV_CURRENT)) != UInt32(EV_NONE)

    /// Hands a copy of the bytes to libelf; the header should have been checked.
    static func open(_ bytes: [UInt8]) throws(ObjectError) -> ELFLibrary {
        guard isUsable else { throw ObjectError(.library("this libelf does not know ELF version 1")) }
        // Aligned for the largest structure of ELF, which libelf reads in place where it can.
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
        unsafe memory.copyBytes(from: bytes)
        let opened = unsafe memory.baseAddress.flatMap { base in
            unsafe elf_memory(base.assumingMemoryBound(to: CChar.self), memory.count)
        }
        guard let handle = unsafe opened else {
            unsafe memory.deallocate()
            throw error()
        }
        return unsafe ELFLibrary(memory: memory, handle: handle)
    }

    private init(memory: UnsafeMutableRawBufferPointer, handle: OpaquePointer) {
        unsafe self.memory = memory
        unsafe self.handle = handle
    }

    deinit {
        unsafe elf_end(handle)
        unsafe memory.deallocate()
    }

    /// Bytes of the file.
    var fileSize: Int { unsafe memory.count }

    /// How many sections the library sees.
    func sectionCount() throws(ObjectError) -> Int {
        var count = 0
        guard unsafe elf_kind(handle) == ELF_K_ELF, unsafe elf_getshdrnum(handle, &count) == 0 else {
            throw Self.error()
        }
        return count
    }

    /// The number of the section that holds the names of sections; 0 if there is none.
    func nameSection() throws(ObjectError) -> Int {
        var index = 0
        guard unsafe elf_getshdrstrndx(handle, &index) == 0 else { throw Self.error() }
        return index
    }

    /// The header of a section.
    func header(_ index: Int) throws(ObjectError) -> SectionHeader {
        var header = GElf_Shdr()
        guard let section = unsafe elf_getscn(handle, index), unsafe gelf_getshdr(section, &header) != nil else {
            throw Self.error()
        }
        return SectionHeader(
            name: header.sh_name, type: header.sh_type, flags: header.sh_flags, offset: header.sh_offset,
            size: header.sh_size, link: header.sh_link, info: header.sh_info, entrySize: header.sh_entsize)
    }

    /// A copy of a section's bytes as they are in the file; nil if the library has another number of them.
    func bytes(_ index: Int, count: Int) throws(ObjectError) -> [UInt8]? {
        guard let section = unsafe elf_getscn(handle, index), let data = unsafe elf_rawdata(section, nil),
            let start = unsafe data.pointee.d_buf
        else { throw Self.error() }
        guard unsafe data.pointee.d_size == count else { return nil }
        return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    /// A copy of the bytes of a compressed section, decompressed.
    func decompressed(_ index: Int, limit: Int) throws(ObjectError) -> [UInt8] {
        var header = GElf_Chdr()
        guard let section = unsafe elf_getscn(handle, index), unsafe gelf_getchdr(section, &header) != nil else {
            throw Self.error()
        }
        guard header.ch_size <= UInt64(limit) else {
            throw ObjectError(.tooMany("decompressed bytes", count: header.ch_size, limit: limit))
        }
        guard header.ch_size > 0 else { return [] }
        guard unsafe elf_compress(section, 0, 0) >= 0, let data = unsafe elf_getdata(section, nil),
            let start = unsafe data.pointee.d_buf
        else { throw Self.error() }
        guard unsafe data.pointee.d_size == Int(header.ch_size) else {
            throw ObjectError(.library("a section has another size than its header says"))
        }
        return unsafe Array(UnsafeRawBufferPointer(start: start, count: Int(header.ch_size)))
    }

    private static func error() -> ObjectError {
        let text = unsafe elf_errmsg(-1).map { unsafe String(cString: $0) } ?? "no reason given"
        return ObjectError(.library(text))
    }
}
