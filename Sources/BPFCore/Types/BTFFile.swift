// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import BPFObject
internal import CBPF

/// A file that has a kernel's BTF: the bare blob, or an ELF file with a section `.BTF`.
///
/// Only what is needed of it is read, since a vmlinux with debug information has hundreds of megabytes.
enum BTFFile {
    /// Why a file gives no BTF of this kernel.
    enum Fault: Error, Equatable {
        /// It cannot be read.
        case unreadable(Errno)
        /// It is something else.
        case misfit(String)

        /// The reason as a clause.
        var words: String {
            switch self {
            case .unreadable(let errno): errno.described
            case .misfit(let words): words
            }
        }
    }

    /// No BTF is near this size.
    private static let largest = 256 << 20

    /// Reads the blob, wherever it is in the file.
    static func memory(_ path: String, machine: UInt16 = nativeMachine) throws(Fault) -> BTFMemory {
        let file = try open(path)
        let size: Int
        do throws(Errno) {
            size = try KernelFile.size(of: file)
        } catch {
            throw .unreadable(error)
        }
        let head = try read(file, at: 0, count: min(size, headSize))
        var part = (offset: UInt64(0), count: size)
        if head.starts(with: elfMagic) {
            part = try section(of: file, head: head, fileSize: size, machine: machine)
        }
        guard part.count <= largest else {
            throw .misfit("it has \(part.count) bytes, and BTF has at most \(largest)")
        }
        do throws(Errno) {
            return try KernelFile.memory(of: file, at: part.offset, count: part.count)
        } catch {
            throw .unreadable(error)
        }
    }

    /// Reads BTF of the byte order of this machine.
    static func types(_ path: String, base: BTF? = nil) throws(Fault) -> BTF {
        try types(of: memory(path), base: base)
    }

    /// The same of memory that is there.
    static func types(of memory: BTFMemory, base: BTF? = nil) throws(Fault) -> BTF {
        let types: BTF
        do throws(BTFError) {
            types = try BTF(memory, base: base)
        } catch {
            throw .misfit("it is not BTF: \(error)")
        }
        guard types.byteOrder == .native else { throw .misfit("it is BTF of the other byte order") }
        return types
    }

    private static func open(_ path: String) throws(Fault) -> OwnedDescriptor {
        do throws(Errno) {
            return try KernelFile.open(path, O_RDONLY | O_CLOEXEC)
        } catch {
            throw .unreadable(error)
        }
    }

    private static func read(_ file: borrowing OwnedDescriptor, at offset: UInt64, count: Int) throws(Fault) -> [UInt8]
    {
        do throws(Errno) {
            return try KernelFile.bytes(of: file, at: offset, count: count)
        } catch {
            throw .unreadable(error)
        }
    }

    // MARK: - ELF

    private static let elfMagic: [UInt8] = [0x7f, UInt8(ascii: "E"), UInt8(ascii: "L"), UInt8(ascii: "F")]
    /// `sizeof(Elf64_Ehdr)` and `sizeof(Elf64_Shdr)`.
    private static let headSize = 64
    private static let entrySize = 64

    /// `e_machine` of the programs of this machine.
    static var nativeMachine: UInt16 {
        #if arch(x86_64)
            62  // EM_X86_64
        #elseif arch(arm64)
            183  // EM_AARCH64
        #elseif arch(riscv64)
            243  // EM_RISCV
        #else
            0
        #endif
    }

    /// Where the section `.BTF` lies, checked to be within the file.
    private static func section(
        of file: borrowing OwnedDescriptor, head: [UInt8], fileSize: Int, machine: UInt16
    ) throws(Fault) -> (offset: UInt64, count: Int) {
        let elf = ELFHead(head)
        guard head.count == headSize, head[4] == 2 else { throw .misfit("it is not an ELF file of 64 bits") }
        guard head[5] == 1 else { throw .misfit("it is an ELF file of the other byte order") }
        guard let kinds = elf.word(at: 16), let start = elf.long(at: 40), let sizes = elf.word(at: 58),
            let last = elf.word(at: 60)
        else { throw .misfit("its ELF header is cut") }
        let found = UInt16(kinds >> 16)
        guard machine == 0 || found == machine else {
            throw .misfit("it is of another architecture (ELF machine \(found), and this one is \(machine))")
        }
        guard sizes & 0xffff == entrySize, start > 0 else { throw .misfit("it has no table of sections") }
        // With very many sections the numbers are in the first one.
        let first = ELFHead(try table(file, at: start, count: 1, fileSize))
        let count = Int(last & 0xffff) != 0 ? UInt64(last & 0xffff) : first.long(at: 32) ?? 0
        let namesIndex = last >> 16 != 0xffff ? Int(last >> 16) : Int(first.word(at: 40) ?? 0)
        guard count <= 1 << 20 else { throw .misfit("it claims \(count) sections") }
        let sections = ELFHead(try table(file, at: start, count: Int(count), fileSize))
        guard let namesPlace = try place(sections, namesIndex, fileSize), namesPlace.count <= largest else {
            throw .misfit("it has no names of sections")
        }
        let names = try read(file, at: namesPlace.offset, count: namesPlace.count)
        for index in 0..<Int(count) {
            guard let name = sections.word(at: index * entrySize), names.dropFirst(Int(name)).starts(with: btfName)
            else { continue }
            guard let place = try place(sections, index, fileSize), place.count <= largest else { break }
            return place
        }
        throw .misfit("it has no section .BTF with bytes")
    }

    private static let btfName = Array(".BTF\0".utf8)

    private static func table(
        _ file: borrowing OwnedDescriptor, at start: UInt64, count: Int, _ fileSize: Int
    ) throws(Fault) -> [UInt8] {
        let size = count * entrySize
        guard start <= UInt64(fileSize), size <= fileSize - Int(start) else {
            throw .misfit("its table of sections goes beyond its \(fileSize) bytes")
        }
        return try read(file, at: start, count: size)
    }

    /// The bytes of a section in the file; nil if it has none there.
    private static func place(
        _ sections: ELFHead, _ index: Int, _ fileSize: Int
    ) throws(Fault) -> (offset: UInt64, count: Int)? {
        let at = index * entrySize
        guard let type = sections.word(at: at + 4), type != 0, type != 8, let flags = sections.long(at: at + 8),
            let offset = sections.long(at: at + 24), let size = sections.long(at: at + 32)
        else { return nil }
        guard flags & 0x800 == 0 else { throw .misfit("its section .BTF is compressed") }
        guard offset <= UInt64(fileSize), size <= UInt64(fileSize) - offset else {
            throw .misfit("a section goes beyond its \(fileSize) bytes")
        }
        return (offset, Int(size))
    }
}
