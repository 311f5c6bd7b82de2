// SPDX-License-Identifier: Apache-2.0

internal import CBPF

/// The memory of an arena, mapped into this process.
///
/// The verifier asks for the address at which a process sees it, which an arena without `map_extra` gets by the first
/// mapping. It stays as long as this value lives.
@safe struct ArenaMapping: ~Copyable {
    private let base: UnsafeMutableRawPointer
    private let length: Int

    /// Maps an arena and puts what it holds at first at its start.
    ///
    /// - Parameters:
    ///   - arena: The descriptor of the map.
    ///   - pages: Its `max_entries`.
    ///   - address: Its `map_extra`: the address that it asks for; 0 leaves it to the kernel.
    ///   - content: The object's variables, as many bytes as the arena has or fewer.
    /// - Throws: `E2BIG` if the content is larger than the arena.
    static func map(
        arena: Int32, pages: UInt32, address: UInt64, content: [UInt8]
    ) throws(Errno) -> ArenaMapping {
        // 32 bits of pages: no overflow.
        let length = Int(pages) * MemoryPage.size
        guard content.count <= length else { throw .argListTooLong }
        guard let base = unsafe cbpf_mmap_arena(arena, length, address) else { throw .last }
        unsafe base.copyMemory(from: content, byteCount: content.count)
        return unsafe ArenaMapping(base: base, length: length)
    }

    private init(base: UnsafeMutableRawPointer, length: Int) {
        unsafe self.base = base
        self.length = length
    }

    deinit {
        unsafe munmap(base, length)
    }
}
