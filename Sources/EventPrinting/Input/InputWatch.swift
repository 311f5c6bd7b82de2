// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import Diagnostics
internal import Glibc

/// Tells when a file may have grown, or its name may lead to another one (`inotify(7)`).
///
/// A hint only: the kernel tells nothing of what other machines do on a network file system.
final class InputWatch {
    private let descriptor: OwnedDescriptor
    private var file: Int32 = -1
    private var expected: Int32 = -1
    private var room = [UInt8](repeating: 0, count: 4096)

    /// Begins to watch; nil if the kernel has no more of these to give, or the directory may not be read.
    ///
    /// - Parameters:
    ///   - file: The file that is read.
    ///   - path: The name that may get another one.
    init?(_ file: OpenedFile, _ path: String) {
        let number = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        guard number >= 0 else { return nil }
        descriptor = OwnedDescriptor(owning: number)
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let inFolder = UInt32(IN_CREATE) | UInt32(IN_MOVED_TO)
        guard unsafe folder.withFileName({ unsafe inotify_add_watch(number, $0, inFolder) }) >= 0 else { return nil }
        guard follow(file) else { return nil }
    }

    /// For poll(2).
    var rawDescriptor: Int32 { descriptor.rawValue }

    /// Watches another file instead.
    ///
    /// - Returns: Whether that could be had.
    func follow(_ next: OpenedFile) -> Bool {
        if file >= 0 { _ = inotify_rm_watch(rawDescriptor, file) }
        // By its descriptor: its name may lead elsewhere by now.
        file = add("/proc/self/fd/\(next.rawDescriptor)")
        expected = file
        return file >= 0
    }

    /// Watches the file that has the name too, in which the stream will continue.
    ///
    /// - Returns: Whether it is another one than before: it may have been written to since it was looked at.
    func expect(_ path: String) -> Bool {
        let before = expected
        expected = add(path)
        return expected >= 0 && expected != before
    }

    private func add(_ path: String) -> Int32 {
        unsafe path.withFileName { unsafe inotify_add_watch(rawDescriptor, $0, UInt32(IN_MODIFY)) }
    }

    /// Takes what was told, which makes the descriptor wait for more.
    ///
    /// - Returns: Whether there was anything.
    func take() -> Bool {
        var hasTold = false
        while unsafe read(rawDescriptor, &room, room.count) > 0 { hasTold = true }
        return hasTold
    }
}
