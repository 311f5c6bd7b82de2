// SPDX-License-Identifier: Apache-2.0

package import BPFCore
internal import CBPF

/// A folder whose files are trusted, held open: one below `/run` that several processes of root share, or that of the ready tools.
///
/// Nothing in it is used that another user could have put there: the folder and its files belong to root or to the user of
/// this process, nobody else may write to them, and symbolic links are not followed.
package struct RunFolder: ~Copyable {
    /// Why the folder or a file in it is not used.
    package enum Failure: Error, Equatable {
        /// The system does not give it.
        case unavailable(String, Errno)
        /// It is there, and not to be trusted: why.
        case untrusted(String, String)

        /// The path and the reason in words.
        package var words: (path: String, cause: String) {
            switch self {
            case .unavailable(let path, let errno): (path, errno.described)
            case .untrusted(let path, let cause): (path, cause)
            }
        }
    }

    /// The path as messages name it.
    package let path: String
    let descriptor: OwnedDescriptor

    /// Opens a folder.
    ///
    /// - Parameters:
    ///   - path: The folder; a symbolic link is not followed.
    ///   - isMade: Whether it is made (mode 0755) if it is missing.
    package init(_ path: String, isMade: Bool) throws(Failure) {
        if isMade, unsafe path.withCString({ unsafe mkdir($0, 0o755) }) != 0 {
            let errno = Errno.last
            guard errno == .fileExists else { throw .unavailable(path, errno) }
        }
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        let number = unsafe path.withCString { unsafe cbpf_openat(AT_FDCWD, $0, flags, 0) }
        guard number >= 0 else {
            let errno = Errno.last
            guard errno != .notDirectory, errno != .tooManySymbolicLinkLevels else {
                throw .untrusted(path, "it is a symbolic link or not a directory")
            }
            throw .unavailable(path, errno)
        }
        let descriptor = OwnedDescriptor(owning: number)
        try Self.check(descriptor, path, kind: UInt32(S_IFDIR))
        self.path = path
        self.descriptor = descriptor
    }

    /// Opens a file for reading and writing, and makes it if it is missing.
    ///
    /// Mode 0600: whoever may open it could lock it too.
    package func open(_ name: String) throws(Failure) -> OwnedDescriptor {
        try open(name, O_RDWR | O_CREAT)
    }

    /// Reads a file whole.
    ///
    /// - Parameter limit: The most bytes that are read.
    /// - Returns: nil if there is no such file.
    package func read(_ name: String, limit: Int) throws(Failure) -> [UInt8]? {
        let file: OwnedDescriptor
        do throws(Failure) {
            file = try open(name, O_RDONLY)
        } catch .unavailable(_, .noSuchFileOrDirectory) {
            return nil
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe CBPF.read(file.rawValue, &chunk, chunk.count)
            if count == 0 { return bytes }
            guard count > 0 else {
                let errno = Errno.last
                if errno == .interrupted { continue }
                throw .unavailable(path(of: name), errno)
            }
            bytes += chunk[..<count]
            guard bytes.count <= limit else { throw .untrusted(path(of: name), "it has more than \(limit) bytes") }
        }
    }

    private func open(_ name: String, _ flags: Int32) throws(Failure) -> OwnedDescriptor {
        // Neither a FIFO nor a terminal may hold us.
        let flags = flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
        let number = unsafe name.withCString { unsafe cbpf_openat(descriptor.rawValue, $0, flags, 0o600) }
        guard number >= 0 else {
            let errno = Errno.last
            guard errno != .tooManySymbolicLinkLevels else {
                throw .untrusted(path(of: name), "it is a symbolic link")
            }
            throw .unavailable(path(of: name), errno)
        }
        let file = OwnedDescriptor(owning: number)
        try Self.check(file, path(of: name), kind: UInt32(S_IFREG))
        return file
    }

    /// Whether a name still leads to the file that is open.
    package func holds(_ file: borrowing OwnedDescriptor, as name: String) -> Bool {
        guard let identity = FileIdentity(descriptor: file.rawValue) else { return false }
        return self.identity(of: name) == identity
    }

    /// What tells a file from another one that comes to have its name; nil if there is none.
    package func identity(of name: String) -> FileIdentity? { FileIdentity(name, in: descriptor.rawValue) }

    /// The names of what is in it, as far as it can be read.
    package var names: [String] { KernelFile.names(in: "/proc/self/fd/\(descriptor.rawValue)") }

    /// Removes a file, if that is allowed (it is not after `--user`).
    ///
    /// - Returns: Whether it is gone.
    @discardableResult
    package func remove(_ name: String) -> Bool {
        unsafe name.withCString { unsafe unlinkat(descriptor.rawValue, $0, 0) } == 0
    }

    private func path(of name: String) -> String { path + "/" + name }

    private static func check(
        _ file: borrowing OwnedDescriptor, _ path: String, kind: UInt32
    ) throws(Failure) {
        var status = stat()
        guard unsafe fstat(file.rawValue, &status) == 0 else { throw .unavailable(path, .last) }
        guard status.st_mode & UInt32(S_IFMT) == kind else { throw .untrusted(path, "it is of another kind") }
        guard status.st_uid == 0 || status.st_uid == geteuid() else {
            throw .untrusted(path, "it belongs to uid \(status.st_uid)")
        }
        guard status.st_mode & 0o022 == 0 else { throw .untrusted(path, "others may write to it") }
    }
}
