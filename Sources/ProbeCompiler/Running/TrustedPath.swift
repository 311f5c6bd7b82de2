// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import CBPF
internal import Diagnostics
internal import Glibc

/// Paths that nobody but root and the user of this process can change.
enum TrustedPath {
    /// `S_ISVTX`, as the mode of `/tmp` has it.
    private static let sticky: UInt32 = 0o1000

    /// A path without symbolic links; nil if it leads nowhere.
    static func real(_ path: String) -> String? {
        guard let real = unsafe path.withFileName({ unsafe realpath($0, nil) }) else { return nil }
        defer { unsafe free(real) }
        return unsafe String(
            foreignBytes: UnsafeBufferPointer(start: real, count: strlen(real)).map(UInt8.init(bitPattern:)))
    }

    /// Who else could put something in the place of a file: the reason why the path is not trusted; nil if it is.
    ///
    /// Symbolic links are followed, and each of them is looked at as well as what it leads to.
    ///
    /// - Parameter path: Absolute.
    static func fault(_ path: String) -> String? {
        guard path.hasPrefix("/") else { return "it is no absolute path" }
        var place: [Substring] = []
        // What is to come, the next part last.
        var parts = Array(path.split(separator: "/").reversed())
        var links = 0
        if let fault = faultOfPlace("/").fault { return fault }
        while let part = parts.popLast() {
            if part == "." { continue }
            if part == ".." {
                _ = place.popLast()
                continue
            }
            let name = "/" + (place + [part]).joined(separator: "/")
            let (fault, isLink) = faultOfPlace(name)
            if let fault { return fault }
            guard isLink else {
                place.append(part)
                continue
            }
            links += 1
            guard links <= mostLinks, let target = KernelFile.link(name) else { return "\(name) leads nowhere" }
            if target.hasPrefix("/") { place = [] }
            parts += target.split(separator: "/").reversed()
        }
        return nil
    }

    /// As many as the kernel follows.
    private static let mostLinks = 40

    /// What is wrong with one file or directory, and whether it is a symbolic link.
    private static func faultOfPlace(_ place: String) -> (fault: String?, isLink: Bool) {
        var status = stat()
        guard unsafe place.withFileName({ unsafe fstatat(AT_FDCWD, $0, &status, AT_SYMLINK_NOFOLLOW) }) == 0 else {
            return ("\(place) cannot be looked at", false)
        }
        guard status.st_uid == 0 || status.st_uid == geteuid() else {
            return ("\(place) belongs to the user \(status.st_uid)", false)
        }
        // Nobody writes to a link, whatever its mode says.
        if status.st_mode & S_IFMT == S_IFLNK { return (nil, true) }
        // In a directory like /tmp only the owner of a file replaces it.
        let isShared = status.st_mode & S_IFMT == S_IFDIR && status.st_mode & sticky != 0
        return (status.st_mode & 0o022 == 0 || isShared ? nil : "others may write to \(place)", false)
    }
}
