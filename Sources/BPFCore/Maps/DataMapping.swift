// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import Synchronization

/// The value of a map made of data in this process's memory (`BPF_F_MMAPABLE`, 5.5).
@safe struct DataMapping: ~Copyable {
    private let base: UnsafeMutableRawPointer
    private let length: Int

    private init(_ map: borrowing Map) throws(Errno) {
        length = (map.valueSize + MemoryPage.size - 1) / MemoryPage.size * MemoryPage.size
        guard let base = unsafe cbpf_mmap_shared(map.descriptor.rawValue, length, 1, 0) else { throw .last }
        unsafe self.base = base
    }

    deinit {
        unsafe munmap(base, length)
    }

    /// Writes the bytes of a range that are others than before; programs go on writing beside them.
    ///
    /// - Parameters:
    ///   - bytes: The whole value.
    ///   - range: The part that was set.
    ///   - old: The whole value as it was read.
    static func write(
        _ bytes: [UInt8], _ range: Range<Int>, instead old: [UInt8], to map: borrowing Map
    ) throws(Errno) {
        guard bytes.count == map.valueSize, range.upperBound <= bytes.count else { throw .invalidArgument }
        let mapping: DataMapping
        do throws(Errno) {
            mapping = try DataMapping(map)
        } catch {
            // A kernel before 5.5: the whole value at once, with what programs wrote meanwhile lost.
            guard error == .invalidArgument || error == .notSupportedByKernel || error.rawValue == ENODEV else {
                throw error
            }
            return try BPFCommand.updateElement(
                map: map.descriptor.rawValue, key: UInt32(0).bytes.span, value: bytes.span, flags: 0)
        }
        mapping.write(bytes, range, instead: old)
    }

    private func write(_ bytes: [UInt8], _ range: Range<Int>, instead old: [UInt8]) {
        // One store for a number, as programs load it; the kernel's memory is aligned as the object's section was.
        switch range.count {
        case 8 where range.lowerBound % 8 == 0: store(bytes, range, as: UInt64.self)
        case 4 where range.lowerBound % 4 == 0: store(bytes, range, as: UInt32.self)
        case 2 where range.lowerBound % 2 == 0: store(bytes, range, as: UInt16.self)
        default:
            for index in range where bytes[index] != old[index] {
                unsafe base.storeBytes(of: bytes[index], toByteOffset: index, as: UInt8.self)
            }
        }
    }

    private func store<Number: FixedWidthInteger & BitwiseCopyable>(
        _ bytes: [UInt8], _ range: Range<Int>, as type: Number.Type
    ) {
        unsafe base.storeBytes(
            of: Memory.value(bytes[range], as: Number.self), toByteOffset: range.lowerBound, as: type)
    }
}
