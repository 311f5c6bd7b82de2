// SPDX-License-Identifier: Apache-2.0

internal import BPFObject

/// The symbols of a file that was stripped: in a file that is named by build id or debug link, or compressed within it.
struct MovedSymbols {
    private let elf: UserELF
    private let file: UserFile
    private let finder: UserFileFinder

    /// - Parameter finder: Looks for files as those see them who have the file.
    init(_ elf: UserELF, _ file: UserFile, _ finder: UserFileFinder) {
        self.elf = elf
        self.file = file
        self.finder = finder
    }

    /// The first debug file of which something can be made.
    private func fromDebugFile<Result>(_ body: (UserELF, UserFile) -> Result?) -> Result? {
        // As the process sees it: in a container an absolute link leads to a file of the container.
        let home = self.finder.home(of: file)
        let finder = home?.finder ?? self.finder
        for path in debugPaths(of: home?.path ?? file.seenAs) {
            guard let file = try? finder.open(path), let debug = try? UserELF(file), let result = body(debug, file)
            else { continue }
            return result
        }
        return nil
    }

    /// The file that has the lines of the source (DWARF): itself, or its debug file; nil if there is none.
    var fileWithLines: UserFile? {
        elf.hasLines ? file : fromDebugFile { debug, file in debug.hasLines && belongs(debug, file) ? file : nil }
    }

    /// The table of the symbols.
    var table: UserSymbolTable? {
        let moved = fromDebugFile { debug, file in
            debug.hasSymbols && belongs(debug, file) ? debug.symbols : nil
        }
        if let moved { return moved }
        guard let packed = elf.compressedSymbols, let bytes = XZ.unpacked(packed, limit: Self.mostUnpacked),
            file.mayUse(bytes.count)
        else { return nil }
        return (try? UserELF(FileInMemory(bytes)))?.symbols
    }

    /// Why the symbols that are compressed within the file are not known; nil if it has none, or they are.
    var lack: String? {
        guard !elf.hasSymbols, let packed = elf.compressedSymbols else { return nil }
        guard XZ.isThere else {
            return
                "its own symbols are compressed (.gnu_debugdata), and this machine has no liblzma.so.5 to unpack them"
        }
        return XZ.unpacked(packed, limit: Self.mostUnpacked) == nil
            ? "its own symbols are compressed (.gnu_debugdata), and damaged or larger than 64 MiB" : nil
    }

    /// Bytes of symbols that were compressed.
    private static let mostUnpacked = 64 << 20

    /// - Parameter path: The path of the file, as those see it who have its debug files.
    private func debugPaths(of path: String) -> [String] {
        let root = "/usr/lib/debug"
        var paths = elf.buildID.map { [root + Self.path(ofBuildID: $0) + ".debug"] } ?? []
        if let link = elf.debugLink?.name {
            let folder = String(path.dropLast(LibraryName.last(of: path).count))
            paths += [folder + link, folder + ".debug/" + link, root + folder + link]
        }
        return paths
    }

    /// Where folders of debug files have those of a build id: `/.build-id/12/3456…`.
    static func path(ofBuildID id: [UInt8]) -> String {
        let digits = id.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        return "/.build-id/" + (digits.first ?? "") + "/" + digits.dropFirst().joined()
    }

    /// Whether a file has the symbols of this one, and not of another build.
    private func belongs(_ debug: UserELF, _ file: UserFile) -> Bool {
        guard file.identity != self.file.identity else { return false }
        if let id = elf.buildID, let other = debug.buildID { return id == other }
        return elf.debugLink.map { $0.crc == file.crc() } ?? false
    }
}
