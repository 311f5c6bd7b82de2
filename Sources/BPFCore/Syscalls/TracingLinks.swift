// SPDX-License-Identifier: Apache-2.0

package import BPFObject
internal import CBPF

extension Links {
    /// Attaches a program to the target that it was loaded with, with `BPF_LINK_CREATE`.
    ///
    /// - Parameters:
    ///   - program: The descriptor of a program with an `attach_btf_id`.
    ///   - attachType: Its `expected_attach_type`.
    /// - Throws: `EINVAL` before Linux 5.19, but for iterators (5.8).
    package static func create(program: Int32, attachType: AttachType) throws(Errno) -> OwnedDescriptor {
        try create(program: program, target: 0, attachType: attachType)
    }

    /// Attaches a program to a target that is open, such as a control group.
    static func create(program: Int32, target: Int32, attachType: AttachType) throws(Errno) -> OwnedDescriptor {
        var attributes = cbpf_link_create_attr()
        attributes.prog_fd = UInt32(bitPattern: program)
        attributes.target_fd = UInt32(bitPattern: target)
        attributes.attach_type = attachType.rawValue
        return OwnedDescriptor(owning: try BPFCommand.call(CBPF_LINK_CREATE, &attributes))
    }

    /// Of what an iterator shows the parts (`union bpf_iter_link_info`).
    enum IteratorPart {
        /// Everything that there is.
        case all
        /// The elements of a map (5.9), by its descriptor.
        case map(Int32)
        /// The threads of a process (6.1).
        case process(UInt32)
        /// One thread (6.1).
        case thread(UInt32)
        /// Control groups (6.1), by the descriptor of a directory, and an order.
        case cgroup(Int32, order: UInt32)
    }

    /// Attaches the program of an iterator (Linux 5.8).
    ///
    /// - Throws: `E2BIG` for parts that the kernel does not know.
    static func createIterator(
        program: Int32, attachType: AttachType, of part: IteratorPart
    ) throws(Errno) -> OwnedDescriptor {
        // A kernel that knows of maps alone would take a thread for one, and show all: it refuses the word behind, of
        // which one that knows says that it takes only one of both.
        if case .thread(let id) = part {
            do throws(Errno) {
                return try createIterator(program: program, attachType: attachType, words: [id, id, 0])
            } catch {
                guard error == .invalidArgument else { throw error }
            }
        }
        // map_fd; tid, pid, pid_fd; or order, cgroup_fd, cgroup_id.
        let words: [UInt32] =
            switch part {
            case .all: []
            case .map(let map): [UInt32(bitPattern: map)]
            case .process(let id): [0, id, 0]
            case .thread(let id): [id, 0, 0]
            case .cgroup(let directory, let order): [order, UInt32(bitPattern: directory), 0, 0]
            }
        guard !words.isEmpty else { return try create(program: program, attachType: attachType) }
        return try createIterator(program: program, attachType: attachType, words: words)
    }

    private static func createIterator(
        program: Int32, attachType: AttachType, words: [UInt32]
    ) throws(Errno) -> OwnedDescriptor {
        var attributes = cbpf_link_create_iter_attr()
        attributes.prog_fd = UInt32(bitPattern: program)
        attributes.attach_type = attachType.rawValue
        // The kernel reads them during the call.
        let result = unsafe words.withUnsafeBytes { bytes in
            attributes.iter_info = UInt64(UInt(bitPattern: bytes.baseAddress))
            attributes.iter_info_len = UInt32(bytes.count)
            let end = MemoryLayout<cbpf_link_create_iter_attr>.offset(of: \.padding)
            return Result { () throws(Errno) in try BPFCommand.call(CBPF_LINK_CREATE, &attributes, size: end) }
        }
        return OwnedDescriptor(owning: try result.get())
    }

    /// Attaches a program with `BPF_RAW_TRACEPOINT_OPEN`.
    ///
    /// - Parameters:
    ///   - program: The descriptor of a program of type raw tracepoint (Linux 4.17), or one with an `attach_btf_id` (5.5).
    ///   - name: The tracepoint; nil for what the program was loaded with.
    /// - Returns: A link; before Linux 5.8 a descriptor that does the same.
    package static func openRawTracepoint(program: Int32, name: String?) throws(Errno) -> OwnedDescriptor {
        var attributes = cbpf_raw_tracepoint_attr()
        attributes.prog_fd = UInt32(bitPattern: program)
        guard let name else {
            return OwnedDescriptor(owning: try BPFCommand.call(CBPF_RAW_TRACEPOINT_OPEN, &attributes))
        }
        // The kernel reads the name during the call.
        let bytes = Array(name.utf8) + [0]
        let result = unsafe bytes.withUnsafeBufferPointer { buffer in
            attributes.name = UInt64(UInt(bitPattern: buffer.baseAddress))
            return Result { () throws(Errno) in try BPFCommand.call(CBPF_RAW_TRACEPOINT_OPEN, &attributes) }
        }
        return OwnedDescriptor(owning: try result.get())
    }
}
