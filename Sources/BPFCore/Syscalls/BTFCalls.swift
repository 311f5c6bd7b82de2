// SPDX-License-Identifier: Apache-2.0

internal import CBPF

/// The commands of bpf(2) that concern BTF.
extension BPFCommand {
    /// `BPF_BTF_LOAD`.
    ///
    /// - Parameters:
    ///   - bytes: The blob.
    ///   - log: Room for what the kernel says of it; empty for no log.
    static func loadBTF(_ bytes: [UInt8], log: inout [UInt8]) throws(Errno) -> OwnedDescriptor {
        var attr = cbpf_btf_load_attr()
        attr.btf_size = UInt32(truncatingIfNeeded: bytes.count)
        attr.btf_log_size = UInt32(truncatingIfNeeded: log.count)
        attr.btf_log_level = log.isEmpty ? 0 : 1
        // Up to btf_log_level, which every kernel with BTF knows.
        let size = MemoryLayout<cbpf_btf_load_attr>.offset(of: \cbpf_btf_load_attr.btf_log_true_size)
        let number = try unsafe bytes.span.withUnsafeBufferPointer { (bytes) throws(Errno) in
            try unsafe log.withUnsafeMutableBufferPointer { (log) throws(Errno) in
                attr.btf = UInt64(UInt(bitPattern: bytes.baseAddress))
                attr.btf_log_buf = log.isEmpty ? 0 : UInt64(UInt(bitPattern: log.baseAddress))
                return try call(CBPF_BTF_LOAD, &attr, size: size)
            }
        }
        return OwnedDescriptor(owning: number)
    }

    /// `BPF_BTF_GET_NEXT_ID` (5.4): nil after the last one.
    static func nextBTF(after id: UInt32) throws(Errno) -> UInt32? { try next(CBPF_BTF_GET_NEXT_ID, after: id) }

    /// `BPF_BTF_GET_FD_BY_ID`.
    static func openBTF(id: UInt32) throws(Errno) -> OwnedDescriptor { try open(CBPF_BTF_GET_FD_BY_ID, id: id) }

    /// `BPF_OBJ_GET_INFO_BY_FD` of BTF, with its name where the kernel gives BTF names (5.11).
    static func readBTFInfo(of descriptor: Int32) throws(Errno) -> (info: cbpf_btf_info, name: String) {
        var info = cbpf_btf_info()
        // MODULE_NAME_LEN of the kernel is 56 with its NUL.
        var name = [UInt8](repeating: 0, count: 64)
        do throws(Errno) {
            try unsafe name.withUnsafeMutableBufferPointer { (name) throws(Errno) in
                info.name = UInt64(UInt(bitPattern: name.baseAddress))
                info.name_len = UInt32(name.count)
                try readInfo(of: descriptor, into: &info)
            }
        } catch .argListTooLong {
            // An older kernel refuses anything but zeros where it knows no fields.
            info = cbpf_btf_info()
            try readInfo(of: descriptor, into: &info)
        }
        return (info, String(decoding: name.prefix { $0 != 0 }, as: UTF8.self))
    }

    /// `BPF_OBJ_GET_INFO_BY_FD` of BTF, for the blob itself: `size` bytes of it.
    static func readBTF(_ descriptor: Int32, size: Int) throws(Errno) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: size)
        let count = try unsafe bytes.withUnsafeMutableBufferPointer { (room) throws(Errno) in
            try unsafe readBTF(descriptor, into: UnsafeMutableRawBufferPointer(room))
        }
        return Array(bytes[..<count])
    }

    /// The same into memory that is there.
    ///
    /// - Returns: The bytes that the kernel wrote.
    @discardableResult
    static func readBTF(_ descriptor: Int32, into room: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        var info = cbpf_btf_info()
        info.btf = UInt64(UInt(bitPattern: room.baseAddress))
        info.btf_size = UInt32(truncatingIfNeeded: room.count)
        try readInfo(of: descriptor, into: &info)
        // The kernel says how many there are, and has written no more than there is room for.
        return min(Int(info.btf_size), room.count)
    }
}
