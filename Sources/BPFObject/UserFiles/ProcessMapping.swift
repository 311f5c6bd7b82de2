// SPDX-License-Identifier: Apache-2.0

/// A part of the memory of a process that a file is behind: a line of proc_pid_maps(5).
package struct ProcessMapping: Sendable, Equatable {
    /// Its first address.
    package let start: UInt64
    /// The address behind its last.
    package let end: UInt64
    /// Whether it is executed.
    package let isExecutable: Bool
    /// Where in the file it begins.
    package let offset: UInt64
    /// The device of the file, `major:minor` in hexadecimal digits.
    package let device: String
    /// The file's inode; 0 is no file.
    package let inode: UInt64
    /// The file's path as the process sees it, with `\012` for a newline and ` (deleted)` behind that of one that is gone.
    package let path: String

    /// Reads a line; nil if it has another form.
    package init?(line: some StringProtocol) {
        let fields = line.split(separator: " ", maxSplits: 5)
        guard fields.count >= 5, let dash = fields[0].firstIndex(of: "-"),
            let start = UInt64(fields[0][..<dash], radix: 16),
            let end = UInt64(fields[0][fields[0].index(after: dash)...], radix: 16), start < end,
            let offset = UInt64(fields[2], radix: 16), let inode = UInt64(fields[4])
        else { return nil }
        self.start = start
        self.end = end
        isExecutable = fields[1].utf8.dropFirst(2).first == UInt8(ascii: "x")
        self.offset = offset
        device = String(fields[3])
        self.inode = inode
        path = fields.count > 5 ? String(fields[5].drop { $0 == " " }) : ""
    }

    /// The address at which the process has a byte of the file; nil if it is not in this part.
    package func address(ofOffset place: UInt64) -> UInt64? {
        guard place >= offset, place - offset < end - start else { return nil }
        return start + (place - offset)
    }
}
