// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import Diagnostics

/// Files of /proc, /sys and tracefs: read whole, bounded, and written with one write(2).
package enum KernelFile {
    /// Reads a file whose size stat(2) does not tell.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - limit: The most bytes to take; a longer file is `EFBIG`.
    package static func bytes(_ path: String, limit: Int = 1 << 20) throws(Errno) -> [UInt8] {
        let file = try open(path, O_RDONLY | O_CLOEXEC)
        var content: [UInt8] = []
        // Most files of the kernel hand out a page at a time, whatever is asked for.
        var page = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe page.withUnsafeMutableBytes { unsafe CBPF.read(file.rawValue, $0.baseAddress, $0.count) }
            guard count >= 0 else {
                let failure = Errno.last
                guard failure == .interrupted else { throw failure }
                continue
            }
            if count == 0 { return content }
            guard content.count + count <= limit else { throw .fileTooLarge }
            content += page[..<count]
        }
    }

    /// Reads a file line by line, and holds no more of it than a piece.
    ///
    /// - Parameter body: Gets each line without its newline; the part of a line beyond 64 KiB is cut off into another one.
    package static func forEachLine(of path: String, _ body: (ArraySlice<UInt8>) -> Void) throws(Errno) {
        let file = try open(path, O_RDONLY | O_CLOEXEC)
        var page = [UInt8](repeating: 0, count: 1 << 16)
        var filled = 0
        while true {
            let count = unsafe page.withUnsafeMutableBytes { room in
                unsafe CBPF.read(file.rawValue, room.baseAddress.map { unsafe $0 + filled }, room.count - filled)
            }
            guard count >= 0 else {
                let failure = Errno.last
                guard failure == .interrupted else { throw failure }
                continue
            }
            if count == 0 { break }
            filled += count
            var start = 0
            while let end = page[start..<filled].firstIndex(of: UInt8(ascii: "\n")) {
                body(page[start..<end])
                start = end + 1
            }
            if start == 0, filled == page.count {
                body(page[...])
                start = filled
            }
            page.replaceSubrange(0..<(filled - start), with: page[start..<filled])
            filled -= start
        }
        if filled > 0 { body(page[..<filled]) }
    }

    /// Reads a file as text; bytes that are not UTF-8 are replaced.
    package static func text(_ path: String, limit: Int = 1 << 20) throws(Errno) -> String {
        String(decoding: try bytes(path, limit: limit), as: UTF8.self)
    }

    /// The number that a file begins with, nil if there is no such file or no number in it.
    package static func number(_ path: String) -> Int? {
        guard let text = try? text(path, limit: 4096) else { return nil }
        // Lists of numbers begin with one: 1-3.
        let digits = text.dropFirst(text.first == "-" ? 1 : 0).prefix { $0.isNumber }
        return Int((text.first == "-" ? "-" : "") + digits)
    }

    /// What a symbolic link leads to; nil if there is none of the name.
    package static func link(_ path: String) -> String? {
        var room = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe path.withFileName { unsafe readlink($0, &room, room.count) }
        guard count > 0, count < room.count else { return nil }
        return String(foreignBytes: room.prefix(count).map(UInt8.init(bitPattern:)))
    }

    /// The first line of a file, nil if it cannot be read.
    package static func line(_ path: String) -> String? {
        guard let text = try? text(path, limit: 1 << 16) else { return nil }
        return String(text.prefix { !$0.isNewline })
    }

    /// Whether something of that name can be reached.
    package static func exists(_ path: String) -> Bool {
        unsafe path.withFileName { unsafe access($0, F_OK) } == 0
    }

    /// Whether something of that name can be reached, or may be there behind a folder that is closed to us.
    package static func mayExist(_ path: String) -> Bool { exists(path) || Errno.last == .permissionDenied }

    /// Whether something of that name may be read.
    package static func mayRead(_ path: String) -> Bool { unsafe path.withFileName { unsafe access($0, R_OK) } == 0 }

    /// Whether a directory is there and this user may not read it.
    static func isClosed(_ folder: String) -> Bool { !mayRead(folder) && Errno.last == .permissionDenied }

    /// The names in a folder, without `.` and `..`, as strings that give their bytes back; none if it cannot be read.
    package static func names(in folder: String) -> [String] { names(in: folder) { _ in true } }

    /// The names of the folders in a folder of a file system that tells which these are, as those of the kernel do.
    package static func folders(in folder: String) -> [String] { names(in: folder) { $0 == UInt8(DT_DIR) } }

    private static func names(in folder: String, where isWanted: (_ type: UInt8) -> Bool) -> [String] {
        guard let stream = unsafe folder.withFileName({ unsafe opendir($0) }) else { return [] }
        defer { unsafe _ = closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            guard isWanted(unsafe entry.pointee.d_type) else { continue }
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { field in
                let bytes = unsafe UnsafeRawBufferPointer(start: field, count: 256).prefix { $0 != 0 }
                return unsafe String(foreignBytes: Array(bytes))
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// Writes a command to a file of the kernel, as one record with one write(2).
    ///
    /// `O_APPEND` without `O_TRUNC`: truncating `kprobe_events` removes every probe of the machine.
    package static func write(_ line: String, to path: String) throws(Errno) {
        let file = try open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
        let bytes = Array(line.utf8)
        while true {
            let written = unsafe bytes.withUnsafeBytes { unsafe CBPF.write(file.rawValue, $0.baseAddress, $0.count) }
            if written == bytes.count { return }
            guard written < 0 else { throw .ioError }
            let failure = Errno.last
            guard failure == .interrupted else { throw failure }
        }
    }

    /// Opens a file; a call that a signal cut short is made again.
    static func open(_ path: String, _ flags: Int32) throws(Errno) -> OwnedDescriptor {
        while true {
            do throws(Errno) {
                return OwnedDescriptor(
                    owning: try DescriptorLimit.retrying {
                        unsafe path.withFileName { unsafe cbpf_openat(AT_FDCWD, $0, flags, 0) }
                    })
            } catch {
                guard error == .interrupted else { throw error }
            }
        }
    }
}
