// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import BPFObject
internal import CBPF
internal import Diagnostics

/// BTF that the kernel holds, by its descriptor: an object's, the kernel's own, or a module's.
package struct BTFHandle: ~Copyable, Sendable {
    /// What the kernel tells of BTF (`struct bpf_btf_info`).
    package struct Info: Sendable, Equatable {
        /// The id, unique as long as the BTF lives.
        package var id: UInt32
        /// Bytes of the blob.
        package var size: Int
        /// `vmlinux` or the module's name; empty for what a process loaded.
        package var name: String
        /// Whether it is the kernel's or a module's (5.11; false before).
        package var isKernel: Bool
    }

    /// The descriptor.
    package let descriptor: OwnedDescriptor

    /// Loads BTF (`BPF_BTF_LOAD`).
    ///
    /// - Throws: `BPFError` of operation `loadTypes` with the end of what the kernel says of the blob.
    package static func load(_ bytes: [UInt8]) throws(BPFError) -> BTFHandle {
        var log: [UInt8] = []
        do {
            return BTFHandle(descriptor: try BPFCommand.loadBTF(bytes, log: &log))
        } catch {
            return try explain(error, bytes)
        }
    }

    /// Loads without a word of why it failed, for what is tried only to see whether the kernel takes it.
    static func loadQuietly(_ bytes: [UInt8]) throws(Errno) -> BTFHandle {
        var log: [UInt8] = []
        return BTFHandle(descriptor: try BPFCommand.loadBTF(bytes, log: &log))
    }

    /// Opens BTF by its id.
    package static func open(id: UInt32) throws(Errno) -> BTFHandle {
        BTFHandle(descriptor: try BPFCommand.openBTF(id: id))
    }

    /// The first id above another one; nil if there is none.
    package static func nextID(after id: UInt32) throws(Errno) -> UInt32? {
        try BPFCommand.nextBTF(after: id)
    }

    /// The id of the BTF of the kernel or of a module by its name; nil if no such BTF is loaded.
    ///
    /// - Parameter name: `vmlinux`, or the name of a module as /proc/modules has it.
    package static func kernelID(named name: String) throws(Errno) -> UInt32? {
        var last: UInt32 = 0
        while let id = try BPFCommand.nextBTF(after: last) {
            last = id
            let handle: BTFHandle
            do {
                handle = try open(id: id)
            } catch .noSuchFileOrDirectory {
                // Gone since the walk came by.
                continue
            }
            let (info, found) = try BPFCommand.readBTFInfo(of: handle.descriptor.rawValue)
            if info.kernel_btf != 0, found == name { return id }
        }
        return nil
    }

    /// What the kernel tells of this BTF.
    package func info() throws(BPFError) -> Info {
        do {
            let (info, name) = try BPFCommand.readBTFInfo(of: descriptor.rawValue)
            return Info(id: info.id, size: Int(info.btf_size), name: name, isKernel: info.kernel_btf != 0)
        } catch {
            throw BPFError(.info, .infoRefused, errno: error, "cannot read what the kernel knows of BTF")
        }
    }

    /// The blob, as it was loaded.
    package func bytes() throws(BPFError) -> [UInt8] {
        do throws(Errno) { return try bytesOrErrno() } catch {
            throw BPFError(.info, .infoRefused, errno: error, "cannot read BTF from the kernel")
        }
    }

    func bytesOrErrno() throws(Errno) -> [UInt8] {
        let (info, _) = try BPFCommand.readBTFInfo(of: descriptor.rawValue)
        return try BPFCommand.readBTF(descriptor.rawValue, size: Int(info.btf_size))
    }

    // MARK: - Why it was refused

    /// Loads once more with a log; a load that succeeds this time is as good.
    private static func explain(_ errno: Errno, _ bytes: [UInt8]) throws(BPFError) -> BTFHandle {
        var errno = errno
        var log: [UInt8] = []
        var room = smallestLog
        while room <= largestLog {
            log = [UInt8](repeating: 0, count: room)
            do {
                return BTFHandle(descriptor: try BPFCommand.loadBTF(bytes, log: &log))
            } catch .noSpace {
                // The kernel writes every type it looks at, and the reason last.
                room *= 4
            } catch {
                errno = error
                break
            }
        }
        let text = String(decoding: log.prefix { $0 != 0 }, as: UTF8.self)
        throw BPFError(
            .loadTypes, .typesRefused, errno: errno, "the kernel does not take the BTF (\(bytes.count) bytes)",
            details: text.split(separator: "\n").suffix(2).map(String.init))
    }

    private static let smallestLog = 1 << 16
    private static let largestLog = 1 << 24
}
