// SPDX-License-Identifier: Apache-2.0

internal import EventStream

/// The names of `/etc/passwd` or `/etc/group`: lines of `name:password:number:…`.
///
/// What is no such line is passed over: comments, lines of NIS (`+`), numbers of more than 32 bits. Of several names
/// of one number the first counts, as it does for getpwuid(3).
enum AccountNames {
    /// Names of one file that a capture tells.
    static let limit = 4096
    /// Bytes of a name; useradd(8) allows 32.
    static let longestName = 256

    /// Reads a file.
    ///
    /// - Returns: The names in the order of their numbers, and whether there are more.
    static func read(_ file: [UInt8]) -> (entries: [CaptureNames.Entry], isCut: Bool) {
        var names: [UInt64: String] = [:]
        for line in file.split(separator: UInt8(ascii: "\n")) {
            let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 3, omittingEmptySubsequences: false)
            guard parts.count >= 3, let first = parts[0].first, parts[0].count <= longestName,
                first != UInt8(ascii: "#"), first != UInt8(ascii: "+"), first != UInt8(ascii: "-"),
                let id = UInt32(String(decoding: parts[2], as: UTF8.self)), names[UInt64(id)] == nil
            else { continue }
            guard names.count < limit else { return (sorted(names), true) }
            names[UInt64(id)] = String(decoding: parts[0], as: UTF8.self)
        }
        return (sorted(names), false)
    }

    private static func sorted(_ names: [UInt64: String]) -> [CaptureNames.Entry] {
        names.sorted { $0.key < $1.key }.map { CaptureNames.Entry(id: $0.key, name: $0.value) }
    }
}
