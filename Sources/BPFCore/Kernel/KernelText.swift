// SPDX-License-Identifier: Apache-2.0

internal import CBPF

/// The code of the running kernel, as /proc/kcore shows it to root: an ELF core file of all of its memory.
struct KernelText {
    let roots: KernelRoots

    /// The bytes at an address; nil if kcore is not there, not permitted (lockdown), or does not have them.
    func bytes(at address: UInt64, count: Int) -> [UInt8]? {
        let number = unsafe (roots.proc + "/kcore").withCString {
            unsafe cbpf_openat(AT_FDCWD, $0, O_RDONLY | O_CLOEXEC, 0)
        }
        guard number >= 0 else { return nil }
        let file = OwnedDescriptor(owning: number)
        // ELF header and program headers: a handful of segments, some hundred where memory comes in pieces.
        guard let head = Self.read(file.rawValue, count: 1 << 16, at: 0),
            let offset = Self.fileOffset(of: address, count: count, header: head),
            let code = Self.read(file.rawValue, count: count, at: offset), code.count == count
        else { return nil }
        return code
    }

    /// Where the segment that holds an address has it in the file.
    static func fileOffset(of address: UInt64, count: Int, header: [UInt8]) -> UInt64? {
        let image = ELFHead(header)
        return image.programHeaders.lazy.compactMap { segment -> UInt64? in
            guard segment.type == UInt32(PT_LOAD), address >= segment.address else { return nil }
            let (end, overflow) = (address - segment.address).addingReportingOverflow(UInt64(count))
            guard !overflow, end <= segment.size else { return nil }
            let (offset, tooFar) = segment.offset.addingReportingOverflow(address - segment.address)
            return tooFar ? nil : offset
        }.first
    }

    private static func read(_ file: Int32, count: Int, at offset: UInt64) -> [UInt8]? {
        guard let offset = Int(exactly: offset) else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        while true {
            let got = unsafe bytes.withUnsafeMutableBytes { unsafe pread(file, $0.baseAddress, $0.count, offset) }
            if got >= 0 { return Array(bytes.prefix(got)) }
            guard Errno.last == .interrupted else { return nil }
        }
    }
}

/// Finding where a function calls another one.
enum CallSite {
    /// Bytes from the start of a function to its call (or jump at the end) of another.
    ///
    /// Only for x86-64, where a probe of others on the call leaves its operand as it was: `e8` or `e9` and 32 bits
    /// relative to the next instruction. The kernel refuses a probe that is not at the start of an instruction, so
    /// bytes that only look like the call do no harm.
    static func offset(in code: [UInt8], at address: UInt64, calling target: UInt64) -> UInt64? {
        let (call, jump, breakpoint): (UInt8, UInt8, UInt8) = (0xe8, 0xe9, 0xcc)
        for start in code.indices.dropLast(4) where [call, jump, breakpoint].contains(code[start]) {
            let operand = code[(start + 1)...(start + 4)].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            let relative = UInt64(bitPattern: Int64(Int32(bitPattern: operand)))
            if address &+ UInt64(start) &+ 5 &+ relative == target { return UInt64(start) }
        }
        return nil
    }

    /// Whether the running kernel's code can be read that way.
    static var isKnown: Bool {
        #if arch(x86_64)
            true
        #else
            false
        #endif
    }
}
