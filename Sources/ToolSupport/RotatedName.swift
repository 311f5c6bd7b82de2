// SPDX-License-Identifier: Apache-2.0

internal import BPFCore

/// The names of rotated files: `OUT` becomes `OUT.1`, `OUT.1` becomes `OUT.2`, and so on.
///
/// So that a rotation costs the same however many files there are, that goes on to ``renamed`` only. What is older is
/// archived: it gets a number that it keeps, `OUT.old.000001` for the oldest, and sorts by it in a listing. From the oldest
/// to the newest there are `OUT.old.000001`, `OUT.old.000002` ..., `OUT.16`, ..., `OUT.1`, `OUT`.
package enum RotatedName {
    /// The highest number that is renamed with each rotation.
    package static let renamed = 16

    /// A file's name.
    ///
    /// - Parameters:
    ///   - base: `OUT`, or a path that ends in it.
    ///   - number: How many rotations the file has behind it; 0 is the one that is written.
    package static func name(_ base: String, _ number: Int) -> String {
        number == 0 ? base : "\(base).\(number)"
    }

    /// The name of an archived file.
    ///
    /// - Parameters:
    ///   - base: `OUT`, or a path that ends in it.
    ///   - number: 1 for the oldest.
    package static func archived(_ base: String, _ number: Int) -> String {
        let digits = String(number)
        return base + archiveMark + String(repeating: "0", count: max(0, digitCount - digits.utf8.count)) + digits
    }

    /// The numbers of the archived files that there are, in rising order.
    ///
    /// It reads the folder.
    ///
    /// - Parameter path: `OUT`.
    package static func archivedNumbers(_ path: String) -> [Int] {
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let base = slash.map { String(path[path.utf8.index(after: $0)...]) } ?? path
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        return KernelFile.names(in: folder).compactMap { number(ofArchived: $0, base) }.sorted()
    }

    /// The number in the name of an archived file; nil if it is none.
    static func number(ofArchived name: String, _ base: String) -> Int? {
        let prefix = base + archiveMark
        guard name.hasPrefix(prefix) else { return nil }
        let digits = name.utf8.dropFirst(prefix.utf8.count)
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            digits.count == digitCount || digits.count > digitCount && digits.first != UInt8(ascii: "0"),
            let number = Int(String(decoding: digits, as: UTF8.self)), number > 0, number < limit
        else { return nil }
        return number
    }

    /// No other program names files so: dates, as logrotate has them, are digits alone.
    private static let archiveMark = ".old."
    private static let digitCount = 6
    /// No number is higher, so that the next one is always a number.
    private static let limit = 1_000_000_000_000
}
