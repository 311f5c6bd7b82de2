// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import CBPF
internal import Diagnostics
internal import Glibc
internal import ToolSupport

/// The directory of what compilations leave for the next one: `~/.cache/swift-bpf`, for its user alone.
///
/// Root has its own, whatever `HOME` says. Where there is none that can be trusted, every compilation works in `/tmp` and
/// leaves nothing.
struct CompilerFolder {
    /// The directory.
    let path: String
    /// Whether what is put into it stays.
    let keeps: Bool

    /// - Parameter chosen: A directory in place of the usual one.
    init(_ chosen: String? = nil) {
        let usual = Self.usual(
            isRoot: geteuid() == 0, cache: ProcessEnvironment.value("XDG_CACHE_HOME"), home: Self.home)
        if let wanted = chosen ?? usual, let path = Self.made(wanted) {
            self.path = path
            keeps = true
        } else {
            path = "/tmp"
            keeps = false
        }
    }

    /// The directory by the environment and the list of users.
    ///
    /// - Parameter cache: The value of `XDG_CACHE_HOME`. The environment of a user is his; root's may be another user's, and
    ///   of that only a directory counts that is root's with all that leads to it.
    static func usual(isRoot: Bool, cache: String?, home: String?) -> String? {
        if let cache, cache.hasPrefix("/"), !isRoot || TrustedPath.fault(cache) == nil { return cache + "/swift-bpf" }
        return home.map { $0 + "/.cache/swift-bpf" }
    }

    /// The home directory of the user of this process, by the list of users.
    private static var home: String? {
        var entry = unsafe passwd()
        var found: UnsafeMutablePointer<passwd>?
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1 << 16) { room in
            guard let start = room.baseAddress,
                unsafe getpwuid_r(geteuid(), &entry, start, room.count, &found) == 0, unsafe found != nil,
                let home = unsafe entry.pw_dir
            else { return nil }
            let path = unsafe String(cString: home)
            return path.hasPrefix("/") ? path : nil
        }
    }

    /// Makes the directory and those that lead to it; nobody else may write to it.
    ///
    /// - Returns: The directory without symbolic links; nil if it cannot be trusted.
    static func made(_ path: String) -> String? {
        // The compilers take names in UTF-8 only.
        guard path.hasPrefix("/"), path.foreignBytes == Array(path.utf8) else { return nil }
        var place = ""
        for part in path.split(separator: "/") {
            // Nothing is made where others could put something else in its place.
            guard TrustedPath.fault(place.isEmpty ? "/" : place) == nil else { return nil }
            place += "/" + part
            // What is there already stays as it is.
            _ = unsafe place.withFileName { unsafe mkdir($0, 0o700) }
        }
        guard TrustedPath.fault(place) == nil, let real = TrustedPath.real(place),
            (try? RunFolder(real, isMade: false)) != nil
        else { return nil }
        return real
    }
}

/// A directory for one compilation, removed with all that is in it when the work is over.
///
/// It is locked for as long as it is used: what a killed process left is found by that, and removed by the next one.
struct WorkFolder: ~Copyable {
    let path: String
    private let lock: FolderLock

    /// Makes one.
    init(in folder: CompilerFolder) throws(ProbeError) {
        Self.removeForgotten(in: folder.path)
        for number in 0..<Self.mostTries {
            let path = folder.path + "/" + Self.prefix + "\(getpid())-\(number)-\(UInt32.random(in: 0 ... .max))"
            guard unsafe path.withFileName({ unsafe mkdir($0, 0o700) }) == 0 else {
                guard Errno.last == .fileExists else { throw Self.failure(path, .last) }
                continue
            }
            if let lock = FolderLock(path, .exclusive) {
                self.path = path
                self.lock = lock
                return
            }
        }
        throw Self.failure(folder.path, .fileExists)
    }

    deinit { Self.remove(path) }

    private static let prefix = "swift-bpf-work-"
    private static let mostTries = 16
    private static let deepest = 16

    private static func failure(_ path: String, _ errno: Errno) -> ProbeError {
        ProbeError(.outputRefused, "cannot make a directory for the compilation", cause: "\(path): \(errno.described)")
    }

    /// Removes what processes of this user left that were killed.
    private static func removeForgotten(in folder: String) {
        for name in KernelFile.names(in: folder) where name.hasPrefix(prefix) { removeUnused(folder + "/" + name) }
    }

    /// Removes a directory of this user, if nobody uses it.
    static func removeUnused(_ path: String) {
        guard let lock = FolderLock(path, .exclusive) else { return }
        remove(path)
        _ = consume lock
    }

    /// Removes a directory of ours with all that is in it; what cannot be removed is tried by the next process.
    private static func remove(_ path: String, depth: Int = 0) {
        guard depth < deepest else { return }
        for name in KernelFile.names(in: path) {
            let entry = path + "/" + name
            guard unsafe entry.withFileName({ unsafe unlink($0) }) != 0 else { continue }
            if Errno.last == .isDirectory || Errno.last == .notPermitted { remove(entry, depth: depth + 1) }
        }
        _ = unsafe path.withFileName { unsafe rmdir($0) }
    }
}
