// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import Diagnostics
internal import Glibc
internal import ToolSupport

/// Objects of earlier compilations, found by all that they were made of.
///
/// An entry has the whole of what it was made of in front of the object: two that have one number are told apart.
struct ResultCache {
    /// What an object is made of: sources, options, versions.
    struct Key: Equatable {
        private(set) var bytes: [UInt8] = []

        /// Adds a part; its length goes before it, so that no two lists of parts are alike.
        mutating func add(_ part: [UInt8]) {
            bytes += Array("\(part.count):".utf8)
            bytes += part
        }

        mutating func add(_ part: String) { add(Array(part.utf8)) }

        /// A number for it (FNV-1a).
        var number: UInt64 {
            bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        }

        /// The number as a name of a file has it.
        var name: String {
            let digits = String(number, radix: 16)
            return String(repeating: "0", count: 16 - digits.utf8.count) + digits
        }
    }

    let folder: CompilerFolder

    private static let prefix = "object-"
    private static let mostEntries = 64
    /// Those that are being written now are the newest.
    private static let mostUnfinished = 8
    private static let mostBytes = 64 << 20

    /// The object of a key; nil if there is none.
    func object(of key: Key) -> [UInt8]? {
        guard folder.keeps, let room = try? RunFolder(folder.path, isMade: false),
            let entry = try? room.read(Self.prefix + key.name, limit: Self.mostBytes)
        else { return nil }
        return Self.object(in: entry, of: key)
    }

    /// The object that an entry has behind its key; nil if it is another key's.
    static func object(in entry: [UInt8], of key: Key) -> [UInt8]? {
        let head = self.head(of: key)
        return entry.starts(with: head) ? Array(entry[head.count...]) : nil
    }

    /// What an entry begins with.
    static func head(of key: Key) -> [UInt8] { Array("\(key.bytes.count)\n".utf8) + key.bytes }

    /// Keeps an object.
    ///
    /// A cache that cannot be written only makes the next compilation slower.
    func keep(_ object: [UInt8], of key: Key) {
        guard folder.keeps, let room = try? RunFolder(folder.path, isMade: false) else { return }
        removeOldest()
        guard let file = try? AtomicFile(name: Self.prefix + key.name, in: room) else { return }
        try? file.write(Self.head(of: key) + object)
    }

    /// Makes room for one more, and removes what processes left that were killed while they wrote.
    private func removeOldest() {
        let names = KernelFile.names(in: folder.path)
        remove(names.filter { $0.hasPrefix(Self.prefix) }, downTo: Self.mostEntries - 1)
        remove(names.filter { $0.hasPrefix("." + Self.prefix) && $0.hasSuffix("~") }, downTo: Self.mostUnfinished)
    }

    /// Removes the oldest of some files.
    private func remove(_ names: [String], downTo count: Int) {
        guard names.count > count else { return }
        let files = names.map { folder.path + "/" + $0 }.map { (path: $0, written: FileFacts($0)?.written ?? 0) }
        for file in files.sorted(by: { $0.written < $1.written }).prefix(files.count - count) {
            _ = unsafe file.path.withFileName { unsafe unlink($0) }
        }
    }
}
