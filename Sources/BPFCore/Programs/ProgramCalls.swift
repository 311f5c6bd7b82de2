// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import CBPF

/// What `BPF_PROG_LOAD` is told, but for the log.
struct ProgramLoadCall {
    var attributes: Program.Attributes
    /// The instructions, 8 bytes each.
    var code: [UInt8]

    init(_ attributes: Program.Attributes) {
        self.attributes = attributes
        code = Instruction.encode(attributes.instructions)
    }

    /// The attributes that are numbers.
    var numbers: cbpf_prog_load_full_attr {
        var attr = cbpf_prog_load_full_attr()
        attr.load.prog_type = attributes.type
        attr.load.insn_cnt = UInt32(truncatingIfNeeded: code.count / 8)
        attr.load.kern_version = attributes.kernelVersion
        attr.load.prog_flags = attributes.flags
        attr.load.expected_attach_type = attributes.expectedAttachType
        BPFCommand.setName(attributes.name, &attr.load.prog_name)
        attr.prog_btf_fd = UInt32(bitPattern: attributes.btf ?? 0)
        if let info = attributes.functionInfo {
            attr.func_info_rec_size = UInt32(truncatingIfNeeded: info.recordSize)
            attr.func_info_cnt = UInt32(truncatingIfNeeded: info.count)
        }
        if let info = attributes.lineInfo {
            attr.line_info_rec_size = UInt32(truncatingIfNeeded: info.recordSize)
            attr.line_info_cnt = UInt32(truncatingIfNeeded: info.count)
        }
        attr.attach_btf_id = attributes.attachBTFID
        attr.attach_prog_fd = UInt32(bitPattern: attributes.attachTarget ?? 0)
        return attr
    }

    /// The bytes of the attributes up to the last one that is used: older kernels know fewer.
    var size: Int? {
        typealias Fields = cbpf_prog_load_full_attr
        // A call for each, which the compiler replaces by its result: a key path that is chosen at run time is made there.
        if !attributes.descriptors.isEmpty { return MemoryLayout<Fields>.offset(of: \Fields.core_relos) }
        if attributes.attachBTFID != 0 || attributes.attachTarget != nil {
            return MemoryLayout<Fields>.offset(of: \Fields.core_relo_cnt)
        }
        if attributes.btf != nil { return MemoryLayout<Fields>.offset(of: \Fields.attach_btf_id) }
        return MemoryLayout<Fields>.offset(of: \Fields.prog_btf_fd)
    }
}

extension BPFCommand {
    /// How the verifier is asked for its log.
    enum LogRequest {
        /// No log: the fastest load.
        case none
        /// No buffer either: the kernel only tells how large the log is (6.4).
        case size
        /// Into this buffer.
        case into(size: Int)
    }

    /// The answer to a load that failed.
    struct LoadFailure: Error {
        var errno: Errno
        /// `log_true_size`; 0 where the kernel does not tell.
        var logSize: Int
        /// What is in the buffer.
        var log: [UInt8]
    }

    /// Loads a program.
    ///
    /// `EAGAIN`, the answer of a verifier that a signal interrupted, is asked again.
    static func loadProgram(
        _ program: ProgramLoadCall, log request: LogRequest
    ) throws(LoadFailure) -> OwnedDescriptor {
        let attributes = program.attributes
        let license = Array(attributes.license.utf8) + [0]
        let functions = attributes.functionInfo?.bytes ?? []
        let lines = attributes.lineInfo?.bytes ?? []
        var log: [UInt8] = []
        var attr = program.numbers
        var size = program.size
        switch request {
        case .none: break
        case .size:
            attr.load.log_level = 1
            size = nil
        case .into(let room):
            log = [UInt8](repeating: 0, count: room)
            attr.load.log_level = 1
            attr.load.log_size = UInt32(log.count)
        }
        var loaded: Int32?
        var failure = Errno.resourceTemporarilyUnavailable
        withAddresses(program.code, license, functions, lines, attributes.descriptors) { addresses in
            unsafe log.withUnsafeMutableBufferPointer { log in
                (attr.load.insns, attr.load.license) = (addresses.0, addresses.1)
                (attr.func_info, attr.line_info, attr.fd_array) = (addresses.2, addresses.3, addresses.4)
                attr.load.log_buf = log.isEmpty ? 0 : UInt64(UInt(bitPattern: log.baseAddress))
                for _ in 0..<100 where loaded == nil && failure == .resourceTemporarilyUnavailable {
                    do throws(Errno) {
                        loaded = try call(CBPF_PROG_LOAD, &attr, size: size)
                    } catch {
                        failure = error
                    }
                }
            }
        }
        guard let loaded else { throw LoadFailure(errno: failure, logSize: Int(attr.log_true_size), log: log) }
        return OwnedDescriptor(owning: loaded)
    }

    /// `BPF_PROG_GET_NEXT_ID`: nil after the last one.
    static func nextProgram(after id: UInt32) throws(Errno) -> UInt32? { try next(CBPF_PROG_GET_NEXT_ID, after: id) }

    /// `BPF_PROG_GET_FD_BY_ID`.
    static func openProgram(id: UInt32) throws(Errno) -> OwnedDescriptor { try open(CBPF_PROG_GET_FD_BY_ID, id: id) }

    /// `BPF_OBJ_GET_INFO_BY_FD` of a program, for the ids of the maps that it uses.
    static func readMapIDs(ofProgram descriptor: Int32) throws(Errno) -> [UInt32] {
        // MAX_USED_MAPS, which maps that are only bound to a program may exceed.
        var ids = [UInt32](repeating: 0, count: 64)
        for _ in 0..<2 {
            var info = cbpf_prog_info()
            try unsafe ids.withUnsafeMutableBufferPointer { (room) throws(Errno) in
                info.map_ids = UInt64(UInt(bitPattern: room.baseAddress))
                info.nr_map_ids = UInt32(truncatingIfNeeded: room.count)
                try readInfo(of: descriptor, into: &info)
            }
            let count = Int(info.nr_map_ids)
            guard count > ids.count else { return Array(ids[..<count]) }
            ids = [UInt32](repeating: 0, count: min(count, 1 << 16))
        }
        return ids
    }

    /// The addresses of arrays for the time of a call, 0 for one that is empty.
    private static func withAddresses(
        _ code: [UInt8], _ license: [UInt8], _ functions: [UInt8], _ lines: [UInt8], _ descriptors: [Int32],
        _ body: ((UInt64, UInt64, UInt64, UInt64, UInt64)) -> Void
    ) {
        unsafe code.withUnsafeBytes { code in
            unsafe license.withUnsafeBytes { license in
                unsafe functions.withUnsafeBytes { functions in
                    unsafe lines.withUnsafeBytes { lines in
                        unsafe descriptors.withUnsafeBytes { descriptors in
                            body(
                                unsafe (
                                    address(of: code), address(of: license), address(of: functions),
                                    address(of: lines), address(of: descriptors)
                                ))
                        }
                    }
                }
            }
        }
    }

    /// An empty Swift array has an address too, which the kernel must not see.
    private static func address(of buffer: UnsafeRawBufferPointer) -> UInt64 {
        unsafe buffer.isEmpty ? 0 : UInt64(UInt(bitPattern: buffer.baseAddress))
    }
}
