// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import CBPF
internal import CZlib
internal import Diagnostics

/// A program or library of user space that is open to be read.
final class UserFile: FilePieces, Sendable {
    /// A path that leads to it from here.
    let path: String
    /// The path by which the process that is traced sees it, or the user named it.
    let seenAs: String
    /// Device and inode.
    let identity: Identity
    let size: UInt64
    /// When its content was changed last, in nanoseconds since 1970.
    let modified: Int64
    /// The user that it belongs to.
    let owner: UInt32
    private let file: OwnedDescriptor
    /// What reading it is taken off; nil for a file that a user named.
    private let budget: FileBudget?

    /// Which file it is, whatever its name.
    struct Identity: Sendable, Hashable {
        let device: UInt64
        let inode: UInt64

        init(_ facts: stat) {
            device = UInt64(facts.st_dev)
            inode = UInt64(facts.st_ino)
        }

        /// That of the file that a path leads to; nil if it leads nowhere.
        init?(path: String) {
            var facts = stat()
            guard unsafe path.withFileName({ unsafe stat($0, &facts) }) == 0 else { return nil }
            self.init(facts)
        }

        /// The device as /proc/PID/maps has it.
        var deviceText: String {
            let pad = { (number: UInt32) in (number < 16 ? "0" : "") + String(number, radix: 16) }
            return pad(cbpf_major(dev_t(device))) + ":" + pad(cbpf_minor(dev_t(device)))
        }
    }

    /// Takes an open file.
    ///
    /// - Throws: `EINVAL` for what is no regular file.
    init(
        _ file: consuming OwnedDescriptor, path: String, seenAs: String? = nil, budget: FileBudget? = nil
    ) throws(Errno) {
        let facts = try Self.facts(of: file)
        identity = Identity(facts)
        size = UInt64(max(0, facts.st_size))
        modified = Int64(facts.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(facts.st_mtim.tv_nsec)
        owner = facts.st_uid
        self.path = path
        self.seenAs = seenAs ?? path
        self.budget = budget
        self.file = file
    }

    /// Opens a file by a path of this process.
    ///
    /// - Parameter seenAs: What else it is called.
    static func open(_ path: String, seenAs: String? = nil, budget: FileBudget? = nil) throws(Errno) -> UserFile {
        let place = try KernelFile.open(path, Int32(CBPF_O_PATH) | O_CLOEXEC)
        return try UserFile(try reading(place), path: path, seenAs: seenAs, budget: budget)
    }

    /// Opens what a path was found to lead to, to be read.
    ///
    /// Only a regular file is opened: who opens a device, as whoever else made the path may want, sets it going.
    ///
    /// - Parameter place: A descriptor of the place alone (`O_PATH`).
    /// - Throws: `EINVAL` for what is no regular file.
    static func reading(_ place: borrowing OwnedDescriptor) throws(Errno) -> OwnedDescriptor {
        _ = try facts(of: place)
        return try KernelFile.open("/proc/self/fd/\(place.rawValue)", O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    }

    private static func facts(of file: borrowing OwnedDescriptor) throws(Errno) -> stat {
        var facts = stat()
        guard unsafe fstat(file.rawValue, &facts) == 0 else { throw .last }
        guard facts.st_mode & UInt32(S_IFMT) == UInt32(S_IFREG) else { throw .invalidArgument }
        return facts
    }

    /// The number of its descriptor, to be sent to another process.
    var descriptor: Int32 { file.rawValue }

    /// The path of the open file itself, whatever its names lead to since.
    var ownPath: String { "/proc/self/fd/\(file.rawValue)" }

    /// A path that leads to this file and no other, for the kernel to look up: by its name where only root and this user
    /// can change what that leads to, so that others can read it too, and else that of the open file.
    var pathForKernel: String {
        guard let name = KernelFile.link(ownPath), name.hasPrefix("/"), Identity(path: name) == identity,
            TrustedPath.isTrusted(name)
        else { return ownPath }
        return name
    }

    private static let largestWithCRC: UInt64 = 4 << 30

    var largestTable: UInt64 { budget == nil ? Self.largestTable : UInt64(FileBudget.mostAtOnce) }

    func bytes(at offset: UInt64, count: Int) -> [UInt8]? {
        guard count >= 0, offset <= size, UInt64(count) <= size - offset, budget?.take(count) ?? true else {
            return nil
        }
        guard let bytes = try? KernelFile.bytes(of: file, at: offset, count: count), bytes.count == count else {
            return nil
        }
        return bytes
    }

    /// Takes bytes that were made of the file off what reading may cost.
    ///
    /// - Returns: Whether they may be used.
    func mayUse(_ count: Int) -> Bool { budget?.take(count) ?? true }

    /// The CRC of the whole file, as debug links have it; nil if it cannot be read, or is larger than any file of symbols:
    /// files with holes have any size.
    func crc() -> UInt32? {
        guard size <= (budget == nil ? Self.largestWithCRC : FileBudget.largestWithCRC) else { return nil }
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

/// Paths that others cannot lead elsewhere.
enum TrustedPath {
    /// Whether only root and this user can change what a path without symbolic links leads to.
    static func isTrusted(_ path: String) -> Bool {
        var folder = ""
        for part in path.split(separator: "/").dropLast() {
            guard isTrusted(folder: folder.isEmpty ? "/" : folder) else { return false }
            folder += "/" + part
        }
        return isTrusted(folder: folder.isEmpty ? "/" : folder)
    }

    private static func isTrusted(folder: String) -> Bool {
        var facts = stat()
        guard unsafe folder.withFileName({ unsafe lstat($0, &facts) }) == 0 else { return false }
        return facts.st_mode & UInt32(S_IFMT) == UInt32(S_IFDIR) && (facts.st_uid == 0 || facts.st_uid == geteuid())
            && facts.st_mode & 0o022 == 0
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
