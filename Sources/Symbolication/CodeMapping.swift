// SPDX-License-Identifier: Apache-2.0

package import BPFObject

/// A part of the memory of a process that is executed.
package struct CodeMapping: Sendable, Equatable {
    /// Its first address.
    package var start: UInt64
    /// The address behind its last.
    package var end: UInt64
    /// Where in the file it begins.
    package var offset: UInt64
    /// The file as the process sees it, `[vdso]` and the like, or nothing.
    package var path: String
    /// The file's inode; 0 where there is none, or it is not known.
    package var inode: UInt64 = 0
    /// The file's device, `major:minor` in hexadecimal digits; empty if it is not known.
    package var device = ""
    /// Whether the file has been deleted, or replaced, since.
    package var isDeleted = false
    /// The address of its first byte as the file counts addresses; nil if that is not known.
    package var address: UInt64?
    /// The build id of the file; empty if it has none, or is not known.
    package var buildID: [UInt8] = []

    /// Creates a mapping.
    package init(start: UInt64, end: UInt64, offset: UInt64, path: String, buildID: [UInt8] = []) {
        self.start = start
        self.end = end
        self.offset = offset
        self.path = path
        self.buildID = buildID
    }

    /// Takes a line of the list of a process; nil for what is not executed.
    package init?(_ mapping: ProcessMapping) {
        guard mapping.isExecutable else { return nil }
        var path = Self.unescaped(mapping.path)
        let deleted = " (deleted)"
        let isDeleted = mapping.inode != 0 && path.hasSuffix(deleted)
        if isDeleted { path.removeLast(deleted.utf8.count) }
        self.init(start: mapping.start, end: mapping.end, offset: mapping.offset, path: path)
        self.isDeleted = isDeleted
        inode = mapping.inode
        device = mapping.device
    }

    /// Whether a file is behind it that has a name.
    package var isFile: Bool { path.hasPrefix("/") && !isMadeAtRunTime }

    /// Whether its code was made while the program ran: by compilers that have no file, or one of memory.
    package var isMadeAtRunTime: Bool {
        path.isEmpty || path == "[heap]" || path == "[stack]" || path.hasPrefix("[anon") || path.hasPrefix("//anon")
            || path.hasPrefix("/memfd:") || path.hasPrefix("/dev/zero") || path.hasPrefix("/SYSV")
    }

    /// What stacks call it: the base name of the file.
    package var module: String? { path.isEmpty ? nil : LibraryName.last(of: path) }

    /// Where in the file the byte at an address is; nil if it is not in this part.
    package func place(of address: UInt64) -> UInt64? {
        guard address >= start, address < end else { return nil }
        let (place, isTooFar) = offset.addingReportingOverflow(address - start)
        return isTooFar ? nil : place
    }

    /// The address that a byte of the file has; nil if it is not in this part.
    package func memoryAddress(ofFileOffset place: UInt64) -> UInt64? {
        guard place >= offset, place - offset < end - start else { return nil }
        return start + (place - offset)
    }

    /// The kernel writes newlines in paths as `\012`.
    private static func unescaped(_ path: String) -> String {
        path.utf8.contains(UInt8(ascii: "\\")) ? path.replacing("\\012", with: "\n") : path
    }
}

/// The code of a process by its addresses.
package struct CodeMappings: Sendable, Equatable {
    /// In the order of their addresses.
    package private(set) var all: [CodeMapping]

    /// What the kernel gives a process by default (`vm.max_map_count`).
    package static let most = 65_536

    /// Puts mappings in order; of two that overlap the first one counts.
    package init(_ mappings: [CodeMapping]) {
        var sorted = Array(mappings.prefix(Self.most)).filter { $0.start < $0.end }
        sorted.sort { $0.start < $1.start }
        var end: UInt64 = 0
        all = []
        for mapping in sorted where mapping.start >= end {
            all.append(mapping)
            end = mapping.end
        }
    }

    /// Reads the text of a `/proc/PID/maps`; lines of another form are passed over.
    package init(parsing text: some StringProtocol) {
        var found: [CodeMapping] = []
        for line in text.split(separator: "\n") {
            guard found.count < Self.most else { break }
            if let mapping = ProcessMapping(line: line).flatMap(CodeMapping.init) { found.append(mapping) }
        }
        self.init(found)
    }

    /// The part that an address is in.
    package func mapping(at address: UInt64) -> CodeMapping? {
        let low = all.count(upTo: address) { $0.start }
        guard low > 0, address < all[low - 1].end else { return nil }
        return all[low - 1]
    }
}
