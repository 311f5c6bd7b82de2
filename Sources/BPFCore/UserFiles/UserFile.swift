// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import CBPF
internal import CZlib
internal import Diagnostics
internal import SystemPackage

/// A program or library of user space that is open to be read.
final class UserFile: FilePieces, Sendable {
    /// The path that the kernel finds it by.
    let path: String
    /// Device and inode.
    let identity: Identity
    let size: UInt64
    private let file: OwnedDescriptor

    /// Which file it is, whatever its name.
    struct Identity: Sendable, Equatable {
        let device: UInt64
        let inode: UInt64

        /// The device as /proc/PID/maps has it.
        var deviceText: String {
            let pad = { (number: UInt32) in (number < 16 ? "0" : "") + String(number, radix: 16) }
            return pad(cbpf_major(dev_t(device))) + ":" + pad(cbpf_minor(dev_t(device)))
        }
    }

    /// Takes an open file.
    ///
    /// - Throws: `EINVAL` for what is no regular file.
    init(_ file: consuming OwnedDescriptor, path: String) throws(Errno) {
        var facts = stat()
        guard unsafe fstat(file.rawValue, &facts) == 0 else { throw .last }
        guard facts.st_mode & UInt32(S_IFMT) == UInt32(S_IFREG) else { throw .invalidArgument }
        identity = Identity(device: UInt64(facts.st_dev), inode: UInt64(facts.st_ino))
        size = UInt64(max(0, facts.st_size))
        self.path = path
        self.file = file
    }

    /// Opens a file by a path of this process; a pipe of that name is not waited for.
    static func open(_ path: String) throws(Errno) -> UserFile {
        try UserFile(try KernelFile.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), path: path)
    }

    func bytes(at offset: UInt64, count: Int) -> [UInt8]? {
        guard count >= 0, offset <= size, UInt64(count) <= size - offset else { return nil }
        guard let bytes = try? KernelFile.bytes(of: file, at: offset, count: count), bytes.count == count else {
            return nil
        }
        return bytes
    }

    /// The CRC of the whole file, as debug links have it; nil if it cannot be read.
    func crc() -> UInt32? {
        var crc: UInt = 0
        var place: UInt64 = 0
        while place < size {
            let count = Int(min(1 << 20, size - place))
            guard let piece = bytes(at: place, count: count) else { return nil }
            crc = unsafe piece.withUnsafeBufferPointer { unsafe crc32(crc, $0.baseAddress, UInt32(clamping: $0.count)) }
            place += UInt64(count)
        }
        return UInt32(truncatingIfNeeded: crc)
    }
}

extension Errno {
    /// What keeps a program or library from being read, in words.
    var ofUserFile: String {
        switch self {
        case .invalidArgument: "it is no regular file"
        default: described
        }
    }
}
