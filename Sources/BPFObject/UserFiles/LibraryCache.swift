// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// Where the dynamic loader finds the libraries of a machine or container: `/etc/ld.so.cache` of glibc.
package struct LibraryCache: Sendable, Equatable {
    /// A library of the cache.
    package struct Library: Sendable, Equatable {
        /// Its name (`DT_SONAME`), such as `libc.so.6`.
        package let name: String
        /// The file.
        package let path: String
        /// For which machine, and which calls it has (`FLAG_*`).
        package let flags: UInt32
        /// Features of the processor that it needs; 0 is none.
        package let features: UInt64
    }

    /// The libraries in the order of the file.
    package let libraries: [Library]

    /// Reads the file; what is not there is passed over.
    package init(parsing bytes: [UInt8]) {
        let reader = ByteReader(bytes: bytes, byteOrder: .little)
        let magic = Array("glibc-ld.so.cache1.1".utf8)
        var start = 0
        if !bytes.starts(with: magic) {
            // Before the table there is one of the loaders of 1999: 12 bytes a library, and then some of padding.
            guard bytes.starts(with: Array("ld.so-1.7.0".utf8)), let count = reader.int(12), count < 1 << 24 else {
                libraries = []
                return
            }
            start = (16 + count * 12 + 7) & ~7
            guard reader.part(at: start, count: magic.count)?.bytes == magic else {
                libraries = []
                return
            }
        }
        let count = min(reader.int(start + magic.count) ?? 0, Self.most)
        var found: [Library] = []
        for index in 0..<count {
            let entry = start + 48 + index * 24
            guard let flags = reader.u32(entry), let name = reader.int(entry + 4), let path = reader.int(entry + 8),
                let features = reader.u64(entry + 16)
            else { break }
            guard let name = reader.string(at: start + name), let path = reader.string(at: start + path) else {
                continue
            }
            found.append(Library(name: name, path: path, flags: flags, features: features))
        }
        libraries = found
    }

    /// A machine has thousands.
    private static let most = 65_536

    /// The files that programs of a machine may get for a name; those that every processor of it takes come first.
    ///
    /// - Parameters:
    ///   - name: `libc.so.6`, or `libc` for any version of it.
    ///   - machine: The `e_machine` of the programs.
    package func paths(of name: String, machine: UInt16) -> [String] {
        let machineFlags: UInt32? =
            switch machine {
            case 62: 0x0303
            case 183: 0x0a03
            default: nil
            }
        let fitting = libraries.filter { library in
            machineFlags.map { library.flags & 0xffff == $0 } ?? true && LibraryName.isMeant(library.name, by: name)
        }
        return (fitting.filter { $0.features == 0 } + fitting.filter { $0.features != 0 }).map(\.path)
    }

    /// The files that programs get in place of one on processors that have more features, for a name.
    package func variants(of path: String, machine: UInt16) -> [String] {
        guard let name = libraries.first(where: { $0.path == path })?.name else { return [] }
        return paths(of: name, machine: machine).filter { $0 != path }
    }
}

/// Names of libraries as people write them.
package enum LibraryName {
    /// Whether a file of the name is meant: `libc.so.6` by `libc.so.6`, by `libc.so` and by `libc`.
    package static func isMeant(_ file: some StringProtocol, by name: String) -> Bool {
        if file == name { return true }
        guard file.hasPrefix(name), name.hasPrefix("lib") || name.contains(".so") else { return false }
        let rest = file.dropFirst(name.count)
        if name.contains(".so") { return rest.hasPrefix(".") }
        // libc-2.31.so is a version of libc, and libc-client.so another library.
        let tail = rest.utf8.dropFirst()
        return rest == ".so" || rest.hasPrefix(".so.")
            || rest.hasPrefix("-") && tail.first.map { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") } == true
    }

    /// Whether a file comes before another one of the same library: the newer version does, as in the cache of the
    /// dynamic loader.
    package static func isNewer(_ left: some StringProtocol, than right: some StringProtocol) -> Bool {
        var (left, right) = (Array(left.utf8)[...], Array(right.utf8)[...])
        while let first = left.first, let second = right.first {
            let numbers = (takeNumber(&left), takeNumber(&right))
            if let mine = numbers.0, let other = numbers.1 {
                // By their values: the longer one without zeros in front is larger.
                guard mine.elementsEqual(other) else {
                    return mine.count == other.count
                        ? other.lexicographicallyPrecedes(mine) : mine.count > other.count
                }
                continue
            }
            guard first == second, numbers.0 == nil, numbers.1 == nil else { return first > second }
            left.removeFirst()
            right.removeFirst()
        }
        return left.count > right.count
    }

    /// Takes the digits in front, without zeros before them; nil if there are none.
    private static func takeNumber(_ text: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let digits = text.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        guard !digits.isEmpty else { return nil }
        text = text[digits.endIndex...]
        return digits.drop { $0 == UInt8(ascii: "0") }
    }

    /// The last part of a path.
    package static func last(of path: some StringProtocol) -> String {
        String(path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...])
    }
}
