// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import Diagnostics
internal import ToolSupport
internal import Glibc

/// BPFKit, the module that probes import, compiled for them; kept for the next compilation where that is possible.
///
/// Its directory is locked while it is used: what other versions left is removed when one is made.
struct KitModule: ~Copyable {
    /// The directory of the module.
    let path: String
    private let folder: String
    private let lock: FolderLock

    init(_ options: ProbeOptions, _ toolchain: Toolchain, _ folder: CompilerFolder, work: String) throws(ProbeError) {
        self.folder = folder.keeps ? folder.path : work
        let path = self.folder + "/" + Self.prefix + Self.key(options, toolchain).name
        self.path = path
        for _ in 0..<Self.mostTries {
            guard unsafe path.withFileName({ unsafe mkdir($0, 0o700) }) == 0 || Errno.last == .fileExists else {
                throw Self.failure(path, .last)
            }
            if let lock = FolderLock(path, .shared) {
                self.lock = lock
                return
            }
        }
        throw Self.failure(path, .resourceTemporarilyUnavailable)
    }

    /// What a module is made of; the rules for the code of probes are no part of it.
    static func key(_ options: ProbeOptions, _ toolchain: Toolchain) -> ResultCache.Key {
        var key = ResultCache.Key()
        key.add(toolVersion)
        key.add(KitSources.fingerprint)
        key.add(toolchain.fingerprint)
        key.add(CompilerCommands.fingerprint(toolchain, options))
        key.add("\(options.architecture)")
        return key
    }

    private static let prefix = "kit-"
    private static let mostTries = 16
    private static let mostKits = 8
    private static let mostBytes = 64 << 20

    /// Whether it was compiled before, and nobody else could have put it there.
    var isThere: Bool {
        guard let room = try? RunFolder(path, isMade: false) else { return false }
        return (try? room.read(Self.file, limit: Self.mostBytes)) != nil
    }

    /// The file of the module.
    static let file = "BPFKit.swiftmodule"

    /// Removes the oldest modules that nobody uses.
    func removeOthers() {
        let others = KernelFile.names(in: folder).filter { $0.hasPrefix(Self.prefix) }.map { folder + "/" + $0 }
            .filter { $0 != path }
        guard others.count >= Self.mostKits else { return }
        // One without a module was left in the making.
        let ages = others.map { (path: $0, written: FileFacts($0 + "/" + Self.file)?.written ?? 0) }
        for other in ages.sorted(by: { $0.written < $1.written }).prefix(others.count - Self.mostKits + 1) {
            WorkFolder.removeUnused(other.path)
        }
    }

    /// Moves a module to its place at once, so that others see all of it or nothing.
    func take(_ module: String) throws(ProbeError) {
        let place = path + "/" + Self.file
        let moved = unsafe module.withFileName { from in unsafe place.withFileName { unsafe rename(from, $0) } }
        guard moved == 0 else { throw Self.failure(place, .last) }
    }

    private static func failure(_ path: String, _ errno: Errno) -> ProbeError {
        ProbeError(.outputRefused, "cannot keep BPFKit as it is compiled", cause: "\(path): \(errno.described)")
    }

    /// Writes the sources into the directory of the module: the places in its code then have one name in every compilation.
    ///
    /// Each file is whole for another process that does the same.
    ///
    /// - Returns: The files.
    func writeSources() throws(ProbeError) -> [String] {
        var files: [String] = []
        do throws(OutputFile.Failure) {
            for (name, text) in KitSources.files {
                let file = path + "/" + name
                try AtomicFile(path: file).write(Array(text.utf8))
                files.append(file)
            }
        } catch {
            throw ProbeError(error.diagnostic)
        }
        return files
    }
}
