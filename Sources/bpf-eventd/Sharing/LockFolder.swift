// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import CBPF
internal import SystemPackage
internal import ToolSupport

/// The folder of the lock files, `/run/bpf-eventd`, held open.
struct LockFolder: ~Copyable {
    /// The path as messages name it.
    let path: String
    private let descriptor: OwnedDescriptor

    /// Opens the folder, and makes it (mode 0755) if it is missing.
    ///
    /// - Parameter root: The folder that it is in.
    init(in root: String) throws(LockFailure) {
        let path = root + "/bpf-eventd"
        let made = unsafe path.withCString { unsafe mkdir($0, 0o755) }
        if made != 0 {
            let errno = Errno.last
            guard errno == .fileExists else { throw .unavailable(path, errno) }
        }
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        let number = unsafe path.withCString { unsafe cbpf_openat(AT_FDCWD, $0, flags, 0) }
        guard number >= 0 else {
            let errno = Errno.last
            guard errno != .notDirectory, errno != .tooManySymbolicLinkLevels else {
                throw .untrusted(path, "it is a symbolic link or no folder")
            }
            throw .unavailable(path, errno)
        }
        let descriptor = OwnedDescriptor(owning: number)
        try Self.check(descriptor, path, kind: UInt32(S_IFDIR))
        self.path = path
        self.descriptor = descriptor
    }

    /// Opens a lock file, and makes it if it is missing.
    ///
    /// Mode 0600: whoever may open it could lock it too.
    func open(_ name: String) throws(LockFailure) -> OwnedDescriptor {
        let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
        let number = unsafe name.withCString { unsafe cbpf_openat(descriptor.rawValue, $0, flags, 0o600) }
        guard number >= 0 else {
            let errno = Errno.last
            guard errno != .tooManySymbolicLinkLevels else {
                throw .untrusted("\(path)/\(name)", "it is a symbolic link")
            }
            throw .unavailable("\(path)/\(name)", errno)
        }
        let file = OwnedDescriptor(owning: number)
        try Self.check(file, "\(path)/\(name)", kind: UInt32(S_IFREG))
        return file
    }

    /// Whether a name still leads to the file that is open.
    func holds(_ file: borrowing OwnedDescriptor, as name: String) -> Bool {
        guard let identity = FileIdentity(descriptor: file.rawValue) else { return false }
        return FileIdentity(name, in: descriptor.rawValue) == identity
    }

    /// Removes a lock file, if that is allowed (it is not after `--user`).
    ///
    /// - Returns: Whether it is gone.
    @discardableResult
    func remove(_ name: String) -> Bool {
        unsafe name.withCString { unsafe unlinkat(descriptor.rawValue, $0, 0) } == 0
    }

    private static func check(
        _ file: borrowing OwnedDescriptor, _ path: String, kind: UInt32
    ) throws(LockFailure) {
        var status = stat()
        guard unsafe fstat(file.rawValue, &status) == 0 else { throw .unavailable(path, .last) }
        guard status.st_mode & UInt32(S_IFMT) == kind else { throw .untrusted(path, "it is of another kind") }
        guard status.st_uid == 0 || status.st_uid == geteuid() else {
            throw .untrusted(path, "it belongs to uid \(status.st_uid)")
        }
        guard status.st_mode & 0o022 == 0 else { throw .untrusted(path, "others may write to it") }
    }
}
