// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import CBPF
internal import Diagnostics
internal import ToolSupport

/// A file that is read, with what tells that somebody has written it anew.
///
/// A class, since Swift 6.3 cannot borrow what is in an optional of a noncopyable type.
final class OpenedFile {
    private let descriptor: OwnedDescriptor
    /// Which file on a disk it is; nil for all else.
    let identity: FileIdentity?
    /// The first bytes, as far as they were there when it was looked at; a capture's tell when it began.
    private var head: [UInt8] = []

    private static let headSize = 64

    /// Opens a file for reading.
    ///
    /// - Parameters:
    ///   - path: Its name.
    ///   - waits: Whether the writer of a FIFO is waited for.
    convenience init(_ path: String, waits: Bool) throws(Errno) {
        let flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | (waits ? 0 : O_NONBLOCK)
        let number = unsafe path.withFileName { unsafe cbpf_openat(AT_FDCWD, $0, flags, 0) }
        guard number >= 0 else { throw .last }
        self.init(OwnedDescriptor(owning: number))
    }

    /// Takes a file that is open.
    init(_ descriptor: consuming OwnedDescriptor) {
        identity = FileIdentity(descriptor: descriptor.rawValue)
        self.descriptor = descriptor
    }

    /// Opens what somebody named to be read: a file of any kind but a directory, or stdin for `-`.
    static func open(_ path: String) throws(Errno) -> OpenedFile {
        guard path != "-" else { return try duplicate(of: STDIN_FILENO) }
        let file = try OpenedFile(path, waits: true)
        var status = stat()
        guard unsafe fstat(file.rawDescriptor, &status) == 0 else { throw .last }
        guard status.st_mode & UInt32(S_IFMT) != UInt32(S_IFDIR) else { throw .isDirectory }
        return file
    }

    /// The same file once more.
    static func duplicate(of number: Int32) throws(Errno) -> OpenedFile {
        let other = cbpf_duplicate(number)
        guard other >= 0 else { throw .last }
        return OpenedFile(OwnedDescriptor(owning: other))
    }

    /// For poll(2) and fstat(2).
    var rawDescriptor: Int32 { descriptor.rawValue }

    /// Reads what is there.
    ///
    /// - Returns: The bytes read, 0 at the end; nil if there is nothing yet.
    func read(into buffer: inout [UInt8]) throws(Errno) -> Int? {
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes { room in
                unsafe CBPF.read(rawDescriptor, room.baseAddress, room.count)
            }
            if count >= 0 {
                // Whoever writes the file anew may do so before anybody has looked at it again.
                if head.isEmpty, identity != nil, lseek(rawDescriptor, 0, SEEK_CUR) == count {
                    head = Array(buffer[..<min(count, Self.headSize)])
                }
                return count
            }
            switch Errno.last {
            case .interrupted: continue
            // Somebody else set O_NONBLOCK, and another reader was faster.
            case .resourceTemporarilyUnavailable: return nil
            case let errno: throw errno
            }
        }
    }

    /// Goes to the start of a file on a disk that was written anew: it is shorter than what was read of it, or does
    /// not begin as it did.
    ///
    /// - Returns: Whether that was so.
    func restartIfWrittenAnew() -> Bool {
        guard let size = FileFacts(descriptor: rawDescriptor)?.size else { return false }
        let isShorter = lseek(rawDescriptor, 0, SEEK_CUR) > size
        guard lookAtHead() || isShorter else { return false }
        head = []
        return lseek(rawDescriptor, 0, SEEK_SET) == 0
    }

    /// Compares the first bytes with what they were.
    ///
    /// - Returns: Whether they are others.
    private func lookAtHead() -> Bool {
        var now = [UInt8](repeating: 0, count: Self.headSize)
        let count = unsafe pread(rawDescriptor, &now, now.count, 0)
        guard count >= 0 else { return false }
        now.removeLast(now.count - count)
        defer { head = now }
        return !now.starts(with: head)
    }
}
