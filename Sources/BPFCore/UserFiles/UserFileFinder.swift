// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import CBPF
internal import Diagnostics

/// Finds programs and libraries by path or by name, as the process that is traced sees them, or else as this machine does.
struct UserFileFinder {
    let roots: KernelRoots
    /// The only process that is traced; nil is all.
    let process: Int32?
    /// What reading the files is taken off; nil for those that a user names.
    var budget: FileBudget?

    /// Finds and opens a file.
    ///
    /// - Parameter name: A path; or a name, which the dynamic loader finds (`libc.so.6`, `libc`), or the shell (`bash`).
    /// - Throws: A ``BPFError`` of ``BPFError/Operation/resolveProbe``.
    func find(_ name: String) throws(BPFError) -> UserFile {
        if let process, !KernelFile.exists("\(roots.proc)/\(process)") {
            throw BPFError(
                .resolveProbe, .noSuchProcess, "there is no process \(process)",
                cause: "\(roots.proc) does not have it",
                nextStep: "see which there are: ps -e")
        }
        guard name.contains("/") else { return try findByName(name) }
        do throws(Errno) {
            return try open(name)
        } catch {
            throw BPFError(
                .resolveProbe, .noSuchUserFile, errno: error,
                "cannot read \(name)" + (process.map { " of process \($0)" } ?? ""),
                cause: error.ofUserFile, nextStep: nextStep(error, name).map { Diagnostic.Hint($0) })
        }
    }

    private func nextStep(_ errno: Errno, _ path: String) -> String? {
        guard errno == .noSuchFileOrDirectory else { return nil }
        let name = LibraryName.last(of: path)
        let near = EditDistance.names(near: name, among: KernelFile.names(in: String(path.dropLast(name.count))))
        return near.first.map { "did you mean \(path.dropLast(name.count))\($0)?" }
    }

    // MARK: - Paths

    /// Opens a path as the process sees it; paths of /proc are those of this machine.
    func open(_ path: String) throws(Errno) -> UserFile {
        guard let process, path.hasPrefix("/"), !path.hasPrefix("/proc/"), !sharesRoot(process) else {
            return try UserFile.open(path.hasPrefix("/") ? roots.files + path : path, seenAs: path, budget: budget)
        }
        return try open(path, inRoot: "\(roots.proc)/\(process)/root")
    }

    /// Whether the process that is traced has the same files as this one.
    var sharesRoot: Bool { process.map(sharesRoot) ?? true }

    /// Whether a process has the same files as this one.
    private func sharesRoot(_ process: Int32) -> Bool {
        let ours = KernelFile.link("\(roots.proc)/self/ns/mnt")
        return ours != nil && ours == KernelFile.link("\(roots.proc)/\(process)/ns/mnt")
            && UserFile.Identity(path: "\(roots.proc)/\(process)/root/.") == UserFile.Identity(path: "/.")
    }

    /// Opens a path below a root, where absolute symbolic links lead within it, too (openat2(2), Linux 5.6).
    private func open(_ path: String, inRoot root: String) throws(Errno) -> UserFile {
        let folder = try KernelFile.open(root, Int32(CBPF_O_PATH) | O_DIRECTORY | O_CLOEXEC)
        let flags = UInt64(CBPF_O_PATH) | UInt64(O_CLOEXEC)
        let number = unsafe path.withFileName { unsafe cbpf_open_in_root(folder.rawValue, $0, flags) }
        guard number >= 0 else {
            guard Errno.last == .noFunction else { throw .last }
            return try UserFile.open(root + path, seenAs: path, budget: budget)
        }
        let place = OwnedDescriptor(owning: number)
        let file = try UserFile.reading(place)
        // A name that others can read and that is the same file: what it is called here, or below the root.
        let shown = KernelFile.link("/proc/self/fd/\(number)") ?? path
        var facts = stat()
        guard unsafe fstat(file.rawValue, &facts) == 0 else { throw .last }
        let identity = UserFile.Identity(facts)
        let name = [shown, root + shown, root + path].first { UserFile.Identity(path: $0) == identity }
        return try UserFile(file, path: name ?? root + path, seenAs: path, budget: budget)
    }

    /// The process that a file was named by way of (`/proc/PID/root/…`, `/proc/PID/exe`), and the path by which it sees it.
    ///
    /// Debug files are looked for where it sees them.
    ///
    /// - Returns: Nil for other files, and for what the process does not see there.
    func home(of file: UserFile) -> (finder: UserFileFinder, path: String)? {
        let parts = file.seenAs.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: true)
        guard file.seenAs.hasPrefix("/proc/"), parts.count >= 3, let process = Int32(parts[1]) else { return nil }
        let path: String? =
            switch (parts[2], parts.count) {
            case ("root", 4): "/" + parts[3]
            case ("exe", 3): KernelFile.link("\(roots.proc)/\(process)/exe")
            default: nil
            }
        let finder = UserFileFinder(roots: roots, process: process, budget: budget)
        guard let path, path.hasPrefix("/"), !path.hasPrefix("/proc/"),
            (try? finder.open(path))?.identity == file.identity
        else { return nil }
        return (finder, path)
    }

    // MARK: - Names

    /// What the process has mapped comes first, then what its dynamic loader finds, then commands.
    private func findByName(_ name: String) throws(BPFError) -> UserFile {
        if let file = mapped(name) { return file }
        let cache = libraryCache
        let isLibrary = name.contains(".so") || name.hasPrefix("lib")
        var paths = isLibrary ? cache.paths(of: name, machine: Self.machine) : []
        if isLibrary { paths += Self.libraryFolders.flatMap { folder in versions(of: name, in: folder) } }
        if !name.contains(".so") { paths += Self.commandFolders.map { $0 + "/" + name } }
        var other: UserFile?
        for path in paths {
            guard let file = try? open(path) else { continue }
            // A library's name may be that of a script for the linker, or of a library for another machine.
            if !isLibrary || Self.isOfThisMachine(file) { return file }
            other = other ?? file
        }
        if let other { return other }
        let near = EditDistance.names(near: name, among: Array(Set(cache.libraries.map(\.name))).sorted())
        throw BPFError(
            .resolveProbe, .noSuchUserFile,
            "there is no " + (isLibrary ? "library" : "program") + " \(name)"
                + (process.map { " for process \($0)" } ?? ""),
            cause: isLibrary
                ? "neither /etc/ld.so.cache nor the usual folders have it"
                : "it is in none of \(Self.commandFolders.joined(separator: ", "))",
            details: near.isEmpty ? [] : ["near: " + near.joined(separator: ", ")],
            nextStep: near.first.map { "did you mean \($0)?" } ?? "write its path")
    }

    private static func isOfThisMachine(_ file: UserFile) -> Bool {
        guard let head = file.bytes(at: 0, count: 20) else { return false }
        return head.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2]) && UInt16(head[18]) | UInt16(head[19]) << 8 == machine
    }

    /// Files of a library for processors with more features, one of which programs may get in place of the file.
    func variants(of file: UserFile, named name: String) -> [String] {
        guard !name.contains("/") else { return [] }
        return libraryCache.variants(of: file.seenAs, machine: Self.machine).filter { path in
            (try? open(path)).map { $0.identity != file.identity } ?? false
        }
    }

    /// The files of a folder that are meant by the name of a library.
    private func versions(of name: String, in folder: String) -> [String] {
        let root = process.map { sharesRoot($0) ? "" : "\(roots.proc)/\($0)/root" } ?? roots.files
        let names = KernelFile.names(in: root + folder).filter { LibraryName.isMeant($0, by: name) }
        return names.sorted { $0 == name || ($1 != name && LibraryName.isNewer($0, than: $1)) }.map {
            folder + "/" + $0
        }
    }

    /// The file of that name that the process has in its memory.
    private func mapped(_ name: String) -> UserFile? {
        guard let process else { return nil }
        for mapping in ProcessMemory.mappings(of: process, roots: roots)
        where mapping.isExecutable && mapping.inode != 0 {
            let gone = " (deleted)"
            let isGone = mapping.path.hasSuffix(gone)
            let path = isGone ? String(mapping.path.dropLast(gone.count)) : mapping.path
            guard path.hasPrefix("/"), LibraryName.isMeant(LibraryName.last(of: path), by: name) else { continue }
            if !isGone, let file = try? open(path) { return file }
            // A file that was replaced since is still there by this name.
            let range = String(mapping.start, radix: 16) + "-" + String(mapping.end, radix: 16)
            if let file = try? UserFile.open("\(roots.proc)/\(process)/map_files/\(range)", seenAs: path) {
                return file
            }
        }
        return nil
    }

    /// The cache of the dynamic loader, as the process sees it.
    private var libraryCache: LibraryCache {
        guard let file = try? open("/etc/ld.so.cache"), file.size <= 16 << 20,
            let bytes = file.bytes(at: 0, count: Int(file.size))
        else { return LibraryCache(parsing: []) }
        return LibraryCache(parsing: bytes)
    }

    #if arch(arm64)
        static let machine: UInt16 = 183
        private static let triplet = "aarch64-linux-gnu"
    #else
        static let machine: UInt16 = 62
        private static let triplet = "x86_64-linux-gnu"
    #endif

    private static let libraryFolders = [
        "/lib64", "/usr/lib64", "/lib/\(triplet)", "/usr/lib/\(triplet)", "/lib", "/usr/lib", "/usr/local/lib",
    ]
    // Not those of PATH, which is another user's where sudo keeps it.
    private static let commandFolders = [
        "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
    ]
}

/// The memory of processes, as /proc shows it.
enum ProcessMemory {
    /// The parts of a process's memory; none if it is gone, or closed to us.
    static func mappings(of process: Int32, roots: KernelRoots) -> [ProcessMapping] {
        var found: [ProcessMapping] = []
        _ = try? KernelFile.forEachLine(of: "\(roots.proc)/\(process)/maps") { line in
            if found.count < most, let mapping = ProcessMapping(line: String(decoding: line, as: UTF8.self)) {
                found.append(mapping)
            }
        }
        return found
    }

    /// What the kernel gives a process by default (`vm.max_map_count`).
    private static let most = 65_536

    /// Where processes have a file in their memory, to be executed.
    ///
    /// - Parameter process: The only process; nil is all that there are now.
    static func mappings(of file: UserFile, process: Int32?, roots: KernelRoots) -> [ProcessMapping] {
        let processes = process.map { [$0] } ?? KernelFile.names(in: roots.proc).compactMap { Int32($0) }
        return processes.flatMap { process in
            mappings(of: process, roots: roots).filter {
                $0.isExecutable && $0.inode != 0 && isOne($0, of: file, process, roots)
            }
        }
    }

    /// Whether a part of a process's memory is of a file.
    ///
    /// File systems that are made of others (btrfs, overlayfs) have one device in the list of the memory and another one
    /// for stat(2): there the file itself is asked.
    private static func isOne(
        _ mapping: ProcessMapping, of file: UserFile, _ process: Int32, _ roots: KernelRoots
    ) -> Bool {
        let isSameInode = mapping.inode == file.identity.inode
        if isSameInode, mapping.device == file.identity.deviceText { return true }
        let isSameName = LibraryName.last(of: mapping.path) == LibraryName.last(of: file.seenAs)
        guard isSameInode || isSameName else { return false }
        let range = String(mapping.start, radix: 16) + "-" + String(mapping.end, radix: 16)
        guard let identity = UserFile.Identity(path: "\(roots.proc)/\(process)/map_files/\(range)") else {
            return isSameInode && isSameName
        }
        return identity == file.identity
    }
}
