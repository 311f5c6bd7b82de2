// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import Diagnostics

/// A folder of a bpf file system that pins may be made in, held open so that nobody can put another in its place.
///
/// The way to it is walked one name at a time and never through a symbolic link. Each folder on the way belongs to root
/// or to us, and others may write to it only where the sticky bit keeps them from replacing what is not theirs: a bpf
/// file system is often mounted with mode 1777.
struct PinDirectory: ~Copyable {
    /// The path as messages name it.
    let path: String
    private let descriptor: OwnedDescriptor
    /// How many folders at the end of the path were made on the way.
    let madeFolders: Int
    /// Whether the bpf file system was mounted on the way.
    let mountedFileSystem: Bool

    /// Walks to the folder, mounting the bpf file system and making folders where that is missing.
    ///
    /// - Parameters:
    ///   - path: An absolute path without `.` and `..`.
    ///   - mountPoint: Where a bpf file system is mounted if there is none; nil never mounts.
    ///   - makesFolders: Whether folders that are missing are made.
    static func open(
        path: String, mountPoint: String?, makesFolders: Bool = true
    ) throws(BPFError) -> PinDirectory {
        let names = path.split(separator: "/").map(String.init)
        guard path.hasPrefix("/"), !names.contains("."), !names.contains("..") else {
            throw BPFError(
                .openPin, .pinPathInvalid, "cannot use \(path) as a directory for pins",
                cause: "it is not a plain absolute path",
                nextStep: "write the path from / on, without . and ..")
        }
        var walk = PinWalk(makesFolders: makesFolders)
        do throws(BPFError) {
            let folder = try walk.enter(names, mountPoint: mountPoint)
            return PinDirectory(folder, walk)
        } catch {
            PinWalk.remove(folders: walk.madeFolders, of: walk.path)
            guard !makesFolders, error.errno == .noSuchFileOrDirectory else { throw error }
            // Pins are looked for: making the folder would bring none.
            throw BPFError(
                .openPin, always: .pinDirectoryFailed, errno: .noSuchFileOrDirectory, "there is no directory \(path)",
                nextStep: PinPath.seePins)
        }
    }

    private init(_ descriptor: consuming OwnedDescriptor, _ walk: PinWalk) {
        self.descriptor = descriptor
        path = walk.path.isEmpty ? "/" : walk.path
        madeFolders = walk.madeFolders
        mountedFileSystem = walk.mountedFileSystem
    }

    /// A path to an entry that bpf(2) resolves from the open folder, whatever the names on the way mean by then.
    func kernelPath(of name: String) -> String {
        "/proc/self/fd/\(descriptor.rawValue)/\(name)"
    }

    /// What is there under a name.
    enum Entry {
        case nothing
        case pin(owner: UInt32)
        case symbolicLink
        case folder
    }

    /// Looks at a name without following it.
    func entry(_ name: String) throws(Errno) -> Entry {
        var status = stat()
        let result = unsafe name.withFileName {
            unsafe fstatat(descriptor.rawValue, $0, &status, Int32(AT_SYMLINK_NOFOLLOW))
        }
        guard result == 0 else {
            let errno = Errno.last
            if errno == .noSuchFileOrDirectory { return .nothing }
            throw errno
        }
        switch status.st_mode & UInt32(S_IFMT) {
        case UInt32(S_IFLNK): return .symbolicLink
        case UInt32(S_IFDIR): return .folder
        default: return .pin(owner: status.st_uid)
        }
    }

    /// Removes a pin.
    func unlink(_ name: String) throws(Errno) {
        guard unsafe name.withFileName({ unsafe unlinkat(descriptor.rawValue, $0, 0) }) == 0 else { throw .last }
    }

    /// Gives a folder in this one another name (`renameat`); an empty folder of that name gives way.
    func rename(_ name: String, to other: String) throws(Errno) {
        let result = unsafe name.withFileName { name in
            unsafe other.withFileName { unsafe renameat(descriptor.rawValue, name, descriptor.rawValue, $0) }
        }
        guard result == 0 else { throw .last }
    }

    /// Removes an empty folder in this one.
    func removeFolder(_ name: String) throws(Errno) {
        let result = unsafe name.withFileName { unsafe unlinkat(descriptor.rawValue, $0, AT_REMOVEDIR) }
        guard result == 0 else { throw .last }
    }

    /// The names that are in it.
    var names: [String] { KernelFile.names(in: "/proc/self/fd/\(descriptor.rawValue)/.").sorted() }

    /// Removes the folders that were made on the way, as far as nobody uses them by now.
    func removeMadeFolders() {
        PinWalk.remove(folders: madeFolders, of: path)
    }
}

/// The walk to a folder for pins, and what it changed on the way.
private struct PinWalk {
    /// Where the walk is.
    private(set) var path = ""
    private(set) var madeFolders = 0
    private(set) var mountedFileSystem = false
    private let makesFolders: Bool

    init(makesFolders: Bool) { self.makesFolders = makesFolders }

    mutating func enter(_ names: [String], mountPoint: String?) throws(BPFError) -> OwnedDescriptor {
        var folder = try Self.open("/", below: nil, as: "/")
        for name in names {
            try Self.checkTrust(in: folder, path.isEmpty ? "/" : path)
            path += "/" + name
            folder = try enter(name, in: folder)
            if path == mountPoint, !Self.isBPFFileSystem(folder) {
                folder = try mountFileSystem(on: folder)
            }
        }
        try Self.checkTrust(in: folder, path)
        guard Self.isBPFFileSystem(folder) else {
            throw BPFError(
                .openPin, .bpffsMissing, "cannot pin in \(path.isEmpty ? "/" : path)",
                cause: "it is not on a bpf file system",
                nextStep: "mount one (\(.mount("bpf"), "mount -t bpf bpf /sys/fs/bpf")) and use a path below it")
        }
        return folder
    }

    private static func open(
        _ name: String, below parent: Int32?, as path: String
    ) throws(BPFError) -> OwnedDescriptor {
        let flags = O_PATH_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        let number = unsafe name.withFileName { unsafe cbpf_openat(parent ?? AT_FDCWD, $0, flags, 0) }
        guard number >= 0 else { throw refusal(of: path, .last) }
        return OwnedDescriptor(owning: number)
    }

    private mutating func enter(
        _ name: String, in folder: borrowing OwnedDescriptor
    ) throws(BPFError) -> OwnedDescriptor {
        do throws(BPFError) {
            return try Self.open(name, below: folder.rawValue, as: path)
        } catch  where makesFolders && error.errno == .noSuchFileOrDirectory && Self.isBPFFileSystem(folder) {
            let made = unsafe name.withFileName { unsafe mkdirat(folder.rawValue, $0, 0o700) }
            if made == 0 {
                madeFolders += 1
            } else if Errno.last != .fileExists {
                throw Self.refusal(of: path, .last, making: true)
            }
            return try Self.open(name, below: folder.rawValue, as: path)
        }
    }

    private static func checkTrust(in folder: borrowing OwnedDescriptor, _ path: String) throws(BPFError) {
        var status = stat()
        guard unsafe fstat(folder.rawValue, &status) == 0 else { throw refusal(of: path, .last) }
        let trusted = status.st_uid == 0 || status.st_uid == geteuid()
        let guarded = status.st_mode & 0o022 == 0 || status.st_mode & UInt32(S_ISVTX) != 0
        guard trusted && guarded else {
            throw BPFError(
                .openPin, .pinUntrusted, "will not pin below \(path)",
                cause: trusted
                    ? "others may write to that directory and replace what is in it "
                        + "(mode \(String(status.st_mode & 0o7777, radix: 8)))"
                    : "that directory belongs to uid \(status.st_uid), who can replace what is in it",
                nextStep: "have root own it with mode 0700, or use another bpf file system (\(.bpffs))")
        }
    }

    private static func isBPFFileSystem(_ folder: borrowing OwnedDescriptor) -> Bool {
        var status = statfs()
        guard unsafe fstatfs(folder.rawValue, &status) == 0 else { return false }
        return UInt32(truncatingIfNeeded: status.f_type) == UInt32(CBPF_BPF_FS_MAGIC)
    }

    private mutating func mountFileSystem(
        on folder: borrowing OwnedDescriptor
    ) throws(BPFError) -> OwnedDescriptor {
        let target = "/proc/self/fd/\(folder.rawValue)"
        let flags = UInt(MS_NOSUID | MS_NODEV | MS_NOEXEC)
        let result = unsafe target.withFileName { target in
            unsafe "mode=0700".withCString { options in unsafe mount("bpf", target, "bpf", flags, options) }
        }
        guard result == 0 else {
            let errno = Errno.last
            throw BPFError(
                .openPin, .bpffsMountFailed, errno: errno,
                "no bpf file system is mounted on \(path), and mounting one failed",
                cause: errno.rawValue == ENODEV ? "this kernel has no bpf file system (CONFIG_BPF_SYSCALL)" : nil,
                nextStep: "as root: \(.mount("bpf"), "mount -t bpf bpf \(path)")")
        }
        mountedFileSystem = true
        // The open folder is the one below the new mount: look the name up again.
        return try Self.open(path, below: nil, as: path)
    }

    static func remove(folders count: Int, of path: String) {
        var path = path
        for _ in 0..<count {
            // In use by somebody else by now: then it stays, and so do those above it.
            guard unsafe path.withFileName({ unsafe rmdir($0) }) == 0 else { return }
            path = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        }
    }

    private static func refusal(of path: String, _ errno: Errno, making: Bool = false) -> BPFError {
        switch errno {
        case .tooManySymbolicLinkLevels, .notDirectory:
            BPFError(
                .openPin, always: .pinUntrusted, errno: errno, "will not pin below \(path)",
                cause: "it is a symbolic link or not a directory; pins are never made through one",
                nextStep: "name the real directory")
        case .readOnlyFileSystem:
            BPFError(
                .openPin, .pinDirectoryFailed, errno: errno, "cannot create the directory \(path)",
                cause: "the file system is mounted read-only",
                nextStep: "mount -o remount,rw the bpf file system, or use another (\(.bpffs))")
        case .noSuchFileOrDirectory:
            BPFError(
                .openPin, always: .pinDirectoryFailed, errno: errno, "there is no directory \(path)",
                nextStep: "make it, or use another bpf file system (\(.bpffs))")
        default:
            BPFError(
                .openPin, .pinDirectoryFailed, errno: errno, "cannot \(making ? "make" : "open") the folder \(path)")
        }
    }
}

/// `O_PATH | O_DIRECTORY`: a folder to start walks from, without the right to read it.
private let O_PATH_DIRECTORY = Int32(CBPF_O_PATH) | O_DIRECTORY
