// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import CBPF
internal import Diagnostics
internal import Glibc
internal import ToolSupport

/// The place of an output in the file system: a name in a folder that is held open.
///
/// Everything later happens in that folder, whatever becomes of its name meanwhile, and never through a symbolic link
/// in the place of the file. A class, since Swift 6.3 cannot borrow what is in an optional of a noncopyable type.
final class OutputPath {
    /// A step of a rotation that was refused.
    struct Refusal: Error {
        /// What the kernel said; nil if something other than a file has the name.
        var errno: Errno?
        /// The name that the step was about.
        let name: String
    }

    /// The path as the user gave it.
    let path: String
    /// Its last part.
    let name: String
    private let folder: OwnedDescriptor

    /// Opens the folder of a path, for access only by name.
    init(_ path: String) throws(Errno) {
        self.path = path
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        name = slash.map { String(path[path.utf8.index(after: $0)...]) } ?? path
        let parent = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let flags = Int32(CBPF_O_PATH) | O_DIRECTORY | O_CLOEXEC
        let number = unsafe parent.withFileName { unsafe cbpf_openat(AT_FDCWD, $0, flags, 0) }
        guard number >= 0 else { throw .last }
        folder = OwnedDescriptor(owning: number)
    }

    /// Opens what has the name for writing at its end, and makes a file if there is nothing.
    ///
    /// - Parameters:
    ///   - mode: The permissions of a file that is made, less the umask.
    ///   - mustBeNew: Whether there must be nothing.
    func open(mode: UInt32 = 0o644, mustBeNew: Bool = false) throws(Errno) -> OwnedDescriptor {
        // O_NONBLOCK: a FIFO without a reader is told of instead of waited for in open(2), where no signal ends it.
        // O_APPEND: where somebody else empties the file, the next event begins at its start and not behind a hole.
        let flags =
            O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
            | (mustBeNew ? O_EXCL : 0)
        let number = try openat(name, flags, mode)
        return OwnedDescriptor(owning: number)
    }

    /// Opens the file that has the name for reading.
    func openForReading() throws(Errno) -> OwnedDescriptor {
        let number = try openat(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0)
        return OwnedDescriptor(owning: number)
    }

    /// Opens what has the name without any access, as a place to connect to.
    func openPlace() throws(Errno) -> OwnedDescriptor {
        let number = try openat(name, Int32(CBPF_O_PATH) | O_NOFOLLOW | O_CLOEXEC, 0)
        return OwnedDescriptor(owning: number)
    }

    /// The file type bits of what has the name; nil if there is nothing.
    var kind: UInt32? { kind(of: name) }

    /// The file on a disk that has the name.
    var identity: FileIdentity? { FileIdentity(name, in: folder.rawValue) }

    /// Copies the last bytes of the file into a new one beside it, `OUT.torn-1` or the next that is free.
    ///
    /// - Returns: Its name.
    func keepTail(_ count: Int64, of size: Int64) throws(Refusal) -> String {
        var place = name + ".torn-1"
        do throws(Errno) {
            let from = try openForReading()
            var number = 1
            while kind(of: place) != nil, number < 1000 {
                number += 1
                place = name + ".torn-\(number)"
            }
            let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
            let to = OwnedDescriptor(owning: try openat(place, flags, 0o600))
            do throws(Errno) {
                try Self.copy(from, (size - count)..<size, to: to)
            } catch {
                _ = unsafe place.withFileName { unsafe unlinkat(folder.rawValue, $0, 0) }
                throw error
            }
            return place
        } catch {
            throw Refusal(errno: error, name: place)
        }
    }

    private static func copy(
        _ from: borrowing OwnedDescriptor, _ range: Range<Int64>, to: borrowing OwnedDescriptor
    ) throws(Errno) {
        var offset = off_t(range.lowerBound)
        while offset < range.upperBound {
            let piece = min(Int(range.upperBound) - offset, 1 << 20)
            let count = unsafe sendfile(to.rawValue, from.rawValue, &offset, piece)
            guard count > 0 else { throw count == 0 ? .ioError : .last }
        }
        // The only copy, once the file is shortened.
        guard fsync(to.rawValue) == 0 else { throw .last }
    }

    // MARK: Rotation

    /// Gives the file and its predecessors their next names, and begins a new file.
    ///
    /// - Parameters:
    ///   - current: The file that events go into now. If the name belongs to another one or to none, somebody else has
    ///     renamed it, and nothing needs to be.
    ///   - keep: How many predecessors stay.
    ///   - archive: Those of them that are archived.
    ///   - mode: The permissions of the new file.
    /// - Returns: The new file, and the refusal of a removal.
    func rotate(
        current: FileIdentity?, keep: Int?, archive: inout RotationPlan.Archive, mode: UInt32
    ) throws(Refusal) -> Rotated {
        guard let current, identity == current else { return Rotated(file: try reopen(mode: mode), refusal: nil) }
        let plan = RotationPlan(last: try lastNumber(), archive: archive, keep: keep)
        for step in plan.renamings {
            try rename(step.from, to: step.to)
            if case .archived(let number) = step.to { archive.next = number + 1 }
        }
        let file: OwnedDescriptor
        do throws(Errno) {
            file = try open(mode: mode, mustBeNew: true)
        } catch {
            // The file goes on under the name that everybody looks for.
            try rename(.renamed(1), to: .renamed(0))
            throw Refusal(errno: error, name: name)
        }
        var refusal: Refusal?
        for old in plan.removals.map({ $0.name(name) }) {
            guard unsafe old.withFileName({ unsafe unlinkat(folder.rawValue, $0, 0) }) != 0 else { continue }
            // Numbers of archived files may have gaps.
            let errno = Errno.last
            if errno != .noSuchFileOrDirectory { refusal = Refusal(errno: errno, name: old) }
        }
        archive = plan.archive
        return Rotated(file: file, refusal: refusal)
    }

    /// What a rotation leaves.
    struct Rotated: ~Copyable {
        /// The new file.
        let file: OwnedDescriptor
        /// Why an old file could not be removed.
        let refusal: Refusal?

        consuming func release() -> OwnedDescriptor { file }
    }

    /// Opens the file that has the name, or makes it; what is in it stays.
    func reopen(mode: UInt32) throws(Refusal) -> OwnedDescriptor {
        let file: OwnedDescriptor
        do throws(Errno) {
            file = try open(mode: mode)
        } catch {
            throw Refusal(errno: error, name: name)
        }
        guard FileIdentity(descriptor: file.rawValue) != nil else { throw Refusal(errno: nil, name: name) }
        return file
    }

    /// How many files `OUT.1`, `OUT.2` and so on there are without a gap.
    private func lastNumber() throws(Refusal) -> Int {
        var number = 0
        while true {
            let next = RotatedName.name(name, number + 1)
            guard let kind = kind(of: next) else { return number }
            guard kind == S_IFREG else { throw Refusal(errno: nil, name: next) }
            number += 1
        }
    }

    private func rename(_ from: RotationPlan.File, to: RotationPlan.File) throws(Refusal) {
        let (old, new) = (from.name(name), to.name(name))
        // Somebody may have put another file there since it was looked: an archived file takes no other's name.
        if case .archived = to, kind(of: new) != nil { throw Refusal(errno: .fileExists, name: new) }
        let result = unsafe old.withFileName { old in
            unsafe new.withFileName { new in unsafe renameat(folder.rawValue, old, folder.rawValue, new) }
        }
        guard result == 0 else { throw Refusal(errno: .last, name: old) }
    }

    private func kind(of name: String) -> UInt32? {
        var status = stat()
        let result = unsafe name.withFileName { unsafe fstatat(folder.rawValue, $0, &status, AT_SYMLINK_NOFOLLOW) }
        return result == 0 ? status.st_mode & S_IFMT : nil
    }

    private func openat(_ name: String, _ flags: Int32, _ mode: UInt32) throws(Errno) -> Int32 {
        let number = unsafe name.withFileName { unsafe cbpf_openat(folder.rawValue, $0, flags, mode) }
        guard number >= 0 else { throw .last }
        return number
    }
}
