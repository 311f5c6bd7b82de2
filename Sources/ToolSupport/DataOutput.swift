// SPDX-License-Identifier: Apache-2.0

package import BPFCore
internal import CBPF
internal import Glibc

/// Where a tool's data goes, written so that a reader that stalls never holds the tool in write(2).
///
/// A tool that cannot be interrupted in write(2), since its signals are blocked, would be stuck with a pager that
/// nobody scrolls. Setting `O_NONBLOCK` on an inherited stdout would change it for every process that shares it, so
/// pipes and terminals are opened once more by their `/proc/self/fd` name, which gives a description of our own.
package struct DataOutput: ~Copyable {
    /// What kind of file it is.
    package enum Kind: Sendable {
        /// A file on a disk: always ready, can be cut.
        case regularFile
        /// A pipe, a FIFO or a socket: ready when its reader reads.
        case pipe
        /// A terminal.
        case terminal
        /// Another device, such as `/dev/null`.
        case device
    }

    /// What kind of file it is.
    package let kind: Kind
    private let descriptor: OwnedDescriptor
    /// Whether write(2) may wait, so that it must be asked first whether it will.
    private let mayBlock: Bool
    private let isSocket: Bool

    /// The process's stdout.
    ///
    /// - Throws: `EBADF` if the process was started without one.
    package init() throws(Errno) { try self.init(standard: STDOUT_FILENO) }

    /// One of the process's standard streams.
    init(standard stream: Int32) throws(Errno) {
        let reopened = Self.reopen(stream)
        let number = reopened >= 0 ? reopened : cbpf_duplicate(stream)
        guard number >= 0 else { throw .last }
        self.init(OwnedDescriptor(owning: number), mayBlock: reopened < 0)
    }

    /// A file that was opened with `O_NONBLOCK`, where that means something.
    package init(_ descriptor: consuming OwnedDescriptor) {
        self.init(descriptor, mayBlock: false)
    }

    private init(_ descriptor: consuming OwnedDescriptor, mayBlock: Bool) {
        // Locals, and not self in the operands of &&: Swift 6.3 would let go of the descriptor that is not there yet.
        let (kind, isSocket) = Self.kind(of: descriptor.rawValue)
        self.mayBlock = mayBlock && kind != .regularFile && !isSocket
        self.kind = kind
        self.isSocket = isSocket
        self.descriptor = descriptor
    }

    /// For poll(2) and epoll(7).
    package var rawDescriptor: Int32 { descriptor.rawValue }

    /// The bytes of a file on a disk and its permission bits; nil for all else.
    package var fileStatus: (size: Int64, permissions: UInt32)? {
        var status = stat()
        guard kind == .regularFile, unsafe fstat(rawDescriptor, &status) == 0 else { return nil }
        return (Int64(status.st_size), status.st_mode & 0o777)
    }

    /// Whether it can be waited for; a file on a disk cannot, and need not.
    package var isPollable: Bool { kind != .regularFile }

    /// Writes what the file takes now.
    ///
    /// - Returns: The bytes that were taken; 0 if its reader has no room, and then poll(2) tells when it has.
    /// - Throws: What write(2) says: `EPIPE` if the reader has gone, `ENOSPC` if the disk is full.
    package func write(_ bytes: RawSpan) throws(Errno) -> Int {
        var most = bytes.byteCount
        if mayBlock {
            guard isReady else { return 0 }
            // A pipe that is ready takes this much without waiting (`PIPE_BUF`).
            most = min(most, 4096)
        }
        while most > 0 {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe isSocket
                    ? send(rawDescriptor, buffer.baseAddress, most, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
                    : CBPF.write(rawDescriptor, buffer.baseAddress, most)
            }
            if count >= 0 { return count }
            switch Errno.last {
            case .interrupted: continue
            case .resourceTemporarilyUnavailable: return 0
            case let errno: throw errno
            }
        }
        return 0
    }

    /// Cuts bytes off the end of a file on a disk, where a write stopped in the middle of something.
    ///
    /// - Returns: False if that is not possible.
    package func cut(_ count: Int) -> Bool {
        guard kind == .regularFile, count > 0 else { return count == 0 }
        var status = stat()
        guard unsafe fstat(rawDescriptor, &status) == 0, status.st_size >= off_t(count),
            lseek(rawDescriptor, 0, SEEK_CUR) == status.st_size
        else { return false }
        return ftruncate(rawDescriptor, status.st_size - off_t(count)) == 0
    }

    /// Shortens a file on a disk.
    ///
    /// - Returns: False if that is not possible.
    package func truncate(to size: Int64) -> Bool {
        kind == .regularFile && ftruncate(rawDescriptor, off_t(size)) == 0
    }

    private var isReady: Bool {
        var entry = pollfd(fd: rawDescriptor, events: Int16(POLLOUT), revents: 0)
        // An error counts as ready: write(2) then tells which.
        return unsafe poll(&entry, 1, 0) > 0
    }

    /// Opens a pipe or a terminal once more; negative where that is not possible, or not needed.
    private static func reopen(_ number: Int32) -> Int32 {
        let (kind, isSocket) = kind(of: number)
        guard kind == .pipe || kind == .terminal, !isSocket else { return -1 }
        let flags = O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
        return unsafe "/proc/self/fd/\(number)".withCString { unsafe cbpf_openat(AT_FDCWD, $0, flags, 0) }
    }

    private static func kind(of number: Int32) -> (Kind, isSocket: Bool) {
        var status = stat()
        guard unsafe fstat(number, &status) == 0 else { return (.device, false) }
        switch status.st_mode & Glibc.S_IFMT {
        case Glibc.S_IFREG: return (.regularFile, false)
        case Glibc.S_IFIFO: return (.pipe, false)
        case Glibc.S_IFSOCK: return (.pipe, true)
        default: return (isatty(number) == 1 ? .terminal : .device, false)
        }
    }
}
