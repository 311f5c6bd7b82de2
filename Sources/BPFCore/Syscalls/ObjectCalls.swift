// SPDX-License-Identifier: Apache-2.0

internal import CBPF

/// The commands of bpf(2) that concern pins, ids and information.
extension BPFCommand {
    /// `BPF_OBJ_PIN`.
    static func pin(_ descriptor: Int32, at path: String) throws(Errno) {
        try withPath(path) { path throws(Errno) in
            var attr = cbpf_obj_attr(pathname: path, bpf_fd: UInt32(bitPattern: descriptor), file_flags: 0)
            try call(CBPF_OBJ_PIN, &attr)
        }
    }

    /// `BPF_OBJ_GET`.
    static func open(pinnedAt path: String) throws(Errno) -> OwnedDescriptor {
        let number = try withPath(path) { path throws(Errno) in
            var attr = cbpf_obj_attr(pathname: path, bpf_fd: 0, file_flags: 0)
            return try call(CBPF_OBJ_GET, &attr)
        }
        return OwnedDescriptor(owning: number)
    }

    /// `BPF_*_GET_NEXT_ID`: the first id above another one, nil after the last.
    static func next(_ command: Int, after id: UInt32) throws(Errno) -> UInt32? {
        var attr = cbpf_id_attr(id: id, next_id: 0, open_flags: 0)
        do {
            try call(command, &attr)
        } catch .noSuchFileOrDirectory {
            return nil
        }
        return attr.next_id
    }

    /// `BPF_*_GET_FD_BY_ID`.
    static func open(_ command: Int, id: UInt32) throws(Errno) -> OwnedDescriptor {
        var attr = id
        return OwnedDescriptor(owning: try call(command, &attr))
    }

    /// `BPF_MAP_GET_FD_BY_ID` (4.13); needs `CAP_SYS_ADMIN`.
    static func openMap(id: UInt32) throws(Errno) -> OwnedDescriptor { try open(CBPF_MAP_GET_FD_BY_ID, id: id) }

    /// `BPF_OBJ_GET_INFO_BY_FD`: fills what the kernel knows of `info` and leaves the rest.
    ///
    /// - Returns: How many bytes of `info` this kernel knows.
    @discardableResult
    static func readInfo<Info: BitwiseCopyable>(of descriptor: Int32, into info: inout Info) throws(Errno) -> Int {
        let size = UInt32(MemoryLayout<Info>.size)
        return try unsafe withUnsafeMutablePointer(to: &info) { (pointer) throws(Errno) in
            var attr = cbpf_info_attr(
                bpf_fd: UInt32(bitPattern: descriptor), info_len: size, info: UInt64(UInt(bitPattern: pointer)))
            try call(CBPF_OBJ_GET_INFO_BY_FD, &attr)
            return Int(attr.info_len)
        }
    }

    /// `BPF_ENABLE_STATS` with `BPF_STATS_RUN_TIME`: on as long as the descriptor is open.
    static func enableRunTimeStatistics() throws(Errno) -> OwnedDescriptor {
        var attr = cbpf_enable_stats_attr(type: 0)
        return OwnedDescriptor(owning: try call(CBPF_ENABLE_STATS, &attr))
    }

    private static func withPath<Result>(
        _ path: String, _ body: (UInt64) throws(Errno) -> Result
    ) throws(Errno) -> Result {
        let bytes = Array(path.utf8) + [0]
        return try unsafe bytes.span.withUnsafeBufferPointer { (buffer) throws(Errno) in
            try body(UInt64(UInt(bitPattern: buffer.baseAddress)))
        }
    }
}
