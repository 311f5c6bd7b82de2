// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import CBPF
internal import Diagnostics
internal import Glibc

/// A small file that is written again and again, and is always whole for those who read it.
///
/// Each content goes into another file of the same folder, which then takes the name. The folder is held open, so that
/// it stays the same one whatever its path means later. What is there under the name is replaced only if it is a plain
/// file: never a symbolic link, a device or a FIFO.
package struct AtomicFile: ~Copyable, Sendable {
    fileprivate let path: String
    private let name: String
    private let temporaryName: String
    private let folder: OwnedDescriptor

    /// Opens the folder of the file; the file itself is not touched yet.
    package init(path: String) throws(OutputFile.Failure) {
        let name = String(path.split(separator: "/", omittingEmptySubsequences: false).last ?? "")
        let parent = String(path.dropLast(name.count))
        guard !name.isEmpty, name != ".", name != ".." else { throw OutputFile.failure(path, .isDirectory) }
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
        let number = unsafe (parent.isEmpty ? "." : parent).withCString { unsafe cbpf_openat(AT_FDCWD, $0, flags, 0) }
        guard number >= 0 else { throw OutputFile.failure(path, .last) }
        self.path = path
        self.name = name
        temporaryName = ".\(name).\(getpid())~"
        folder = OwnedDescriptor(owning: number)
    }

    /// A file in a folder that is open.
    package init(name: String, in folder: borrowing RunFolder) throws(OutputFile.Failure) {
        let path = folder.path + "/" + name
        let number = cbpf_duplicate(folder.descriptor.rawValue)
        guard number >= 0 else { throw OutputFile.failure(path, .last) }
        self.path = path
        self.name = name
        temporaryName = ".\(name).\(getpid())~"
        self.folder = OwnedDescriptor(owning: number)
    }

    /// Replaces the content, mode 0644.
    package func write(_ bytes: [UInt8]) throws(OutputFile.Failure) {
        do throws(Errno) {
            try checkWhatIsThere()
            try writeTemporary(bytes)
        } catch {
            throw OutputFile.failure(path, error)
        }
        try takeName()
    }

    fileprivate func takeName() throws(OutputFile.Failure) {
        let renamed = unsafe temporaryName.withFileName { from in
            unsafe name.withFileName { to in unsafe renameat(folder.rawValue, from, folder.rawValue, to) }
        }
        guard renamed == 0 else {
            let errno = Errno.last
            removeTemporary()
            throw OutputFile.failure(path, errno)
        }
    }

    /// Begins a content that is written piece by piece, and takes the name when it is whole.
    package consuming func begin() throws(OutputFile.Failure) -> DraftFile { try DraftFile(self) }

    fileprivate func checkWhatIsThere() throws(Errno) {
        var status = stat()
        let found = unsafe name.withFileName { unsafe fstatat(folder.rawValue, $0, &status, AT_SYMLINK_NOFOLLOW) }
        guard found == 0 else {
            let errno = Errno.last
            guard errno == .noSuchFileOrDirectory else { throw errno }
            return
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return
        case S_IFLNK: throw .tooManySymbolicLinkLevels
        case S_IFDIR: throw .isDirectory
        default: throw .invalidArgument
        }
    }

    fileprivate func openTemporary() throws(Errno) -> OwnedDescriptor {
        // One that a killed process of the same id left.
        removeTemporary()
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let number = unsafe temporaryName.withFileName { unsafe cbpf_openat(folder.rawValue, $0, flags, 0o644) }
        guard number >= 0 else { throw .last }
        return OwnedDescriptor(owning: number)
    }

    private func writeTemporary(_ bytes: [UInt8]) throws(Errno) {
        let file = try openTemporary()
        do throws(Errno) {
            // Readers such as node_exporter are other users, whatever the umask is.
            guard fchmod(file.rawValue, 0o644) == 0 else { throw .last }
            try OutputFile.write(bytes, toAndClose: file)
        } catch {
            removeTemporary()
            throw error
        }
    }

    fileprivate func removeTemporary() {
        // ENOENT is what is wanted; whatever else keeps it there is told by the open(2) or rename(2) that follows.
        _ = unsafe temporaryName.withFileName { unsafe unlinkat(folder.rawValue, $0, 0) }
    }
}

/// A content of an ``AtomicFile`` that is written piece by piece: nobody sees it before it is whole, and what is let go
/// before that is removed.
///
/// The umask holds for it, since it is what a user asked for, and no file for other users' programs.
package struct DraftFile: ~Copyable {
    private let file: AtomicFile
    private let descriptor: OwnedDescriptor
    private var isWhole = false

    fileprivate init(_ file: consuming AtomicFile) throws(OutputFile.Failure) {
        do throws(Errno) {
            try file.checkWhatIsThere()
            descriptor = try file.openTemporary()
        } catch {
            throw OutputFile.failure(file.path, error)
        }
        self.file = file
    }

    deinit {
        if !isWhole { file.removeTemporary() }
    }

    /// Writes a piece.
    package mutating func append(_ bytes: RawSpan) throws(OutputFile.Failure) {
        var start = 0
        while start < bytes.byteCount {
            let count = unsafe bytes.extracting(start..<bytes.byteCount).withUnsafeBytes { rest in
                unsafe Glibc.write(descriptor.rawValue, rest.baseAddress, rest.count)
            }
            if count > 0 {
                start += count
                continue
            }
            let errno = Errno.last
            guard errno == .interrupted else { throw OutputFile.failure(file.path, errno) }
        }
    }

    /// Gives the content its name.
    package mutating func finish() throws(OutputFile.Failure) {
        guard !isWhole else { return }
        try file.takeName()
        isWhole = true
    }
}
