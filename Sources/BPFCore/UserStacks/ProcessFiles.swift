// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import CBPF
internal import Symbolication

/// The files of one process, as it sees them.
struct ProcessFiles {
    let process: Int32
    let roots: KernelRoots
    private let finder: UserFileFinder

    /// - Parameter budget: What reading its files is taken off.
    init(process: Int32, roots: KernelRoots, budget: FileBudget) {
        self.process = process
        self.roots = roots
        finder = UserFileFinder(roots: roots, process: process, budget: budget)
    }

    private var folder: String { "\(roots.proc)/\(process)" }

    /// What tells the process from a later one of its number, and from what it was before execve(2): when it started, and the
    /// file that it runs; nil if it is gone.
    var image: String? {
        guard let start = ProcessIdentity.start(of: String(process), roots: roots) else { return nil }
        return "\(start) \(KernelFile.link(folder + "/exe") ?? "")"
    }

    /// Whether the process is there, and its memory closed to us: who gave up privilege may see only what is its own.
    var isClosed: Bool {
        do throws(Errno) {
            _ = try KernelFile.open(folder + "/maps", O_RDONLY | O_CLOEXEC)
            return false
        } catch {
            return error == .permissionDenied || error == .notPermitted
        }
    }

    /// What it has in its memory to be executed.
    var code: CodeMappings {
        CodeMappings(ProcessMemory.mappings(of: process, roots: roots).compactMap(CodeMapping.init))
    }

    /// Opens the file behind a part of its memory: itself, however it is called since, where we may; else the one of its name.
    func open(_ mapping: CodeMapping) -> UserFile? {
        guard mapping.isFile else { return nil }
        let range = String(mapping.start, radix: 16) + "-" + String(mapping.end, radix: 16)
        if let file = try? UserFile.open("\(folder)/map_files/\(range)", seenAs: mapping.path, budget: finder.budget) {
            return file
        }
        // Another file has the name by now, if any has.
        return mapping.isDeleted ? nil : try? finder.open(mapping.path)
    }

    /// Whether the process has the files of this one, by the same paths.
    var sharesRoot: Bool { finder.sharesRoot }

    /// Opens the file of a part of memory that the process had before it ended: one of the same path and inode.
    ///
    /// - Parameter sharedRoot: Whether its paths were those of this process. Those of a container lead to other files here,
    ///   some of which have the number: they must be of the same device, too.
    func openAfterEnd(_ mapping: CodeMapping, sharedRoot: Bool) -> UserFile? {
        guard mapping.isFile, !mapping.isDeleted, mapping.inode != 0,
            let file = try? UserFileFinder(roots: roots, process: nil, budget: finder.budget).open(mapping.path),
            file.identity.inode == mapping.inode
        else { return nil }
        // File systems that are made of others have one device in the list of the memory and another one here.
        return sharedRoot || file.identity.deviceText == mapping.device ? file : nil
    }

    /// Where debug files of its files are looked for.
    var finderOfDebugFiles: UserFileFinder { finder }

    // MARK: Code that was made while it ran

    /// The list of functions that its compiler made; nil if there is none, or it is not the process's own.
    ///
    /// - Parameter known: What of the list was read before; nil is given back then.
    func perfMap(unless known: FunctionFiles.Key?) -> (key: FunctionFiles.Key, map: PerfMap)? {
        guard let file = perfMapFile else { return nil }
        let key = FunctionFiles.Key(file)
        // Short lines are many, and put in order: that is paid for before it is done.
        guard key != known, let bytes = file.bytes(at: 0, count: Int(file.size)), file.mayUse(PerfMap.cost(of: bytes))
        else { return nil }
        return (key, PerfMap(parsing: bytes))
    }

    /// The end of that list as it is, whole lines of it.
    ///
    /// - Parameters:
    ///   - known: What of the list was read before; nil is given back then.
    ///   - most: How many bytes at most: what is listed last is the newest.
    func perfMapText(
        unless known: FunctionFiles.Key?, atMost most: Int
    ) -> (key: FunctionFiles.Key, text: [UInt8], isCut: Bool)? {
        guard let file = perfMapFile else { return nil }
        let key = FunctionFiles.Key(file)
        let count = min(Int(file.size), most)
        guard key != known, var bytes = file.bytes(at: file.size - UInt64(count), count: count) else { return nil }
        let isCut = file.size > UInt64(count)
        if isCut { bytes.removeSubrange(...(bytes.firstIndex(of: UInt8(ascii: "\n")) ?? bytes.indices.last ?? 0)) }
        // It may be written just now.
        bytes.removeLast(bytes.count - (bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0))
        return (key, bytes, isCut)
    }

    private var perfMapFile: UserFile? {
        guard let facts = facts, let file = try? finder.open("/tmp/perf-\(facts.number).map") else { return nil }
        // Everybody may write into /tmp: what another user says of a process is not shown.
        guard file.owner == 0 || file.owner == facts.user, file.size <= UInt64(PerfMap.largest) else { return nil }
        // An earlier process of the number may have left one.
        if let started, file.modified < started { return nil }
        return file
    }

    /// When the process started, in nanoseconds since 1970, or a little before; nil if that is not known.
    private var started: Int64? {
        guard let ticks = ProcessIdentity.start(of: String(process), roots: roots), ticks > 0 else { return nil }
        let (nanoseconds, isTooFar) = ticks.multipliedReportingOverflow(by: Self.tick)
        let now = Self.read(CLOCK_BOOTTIME)
        guard !isTooFar, let start = Int64(exactly: nanoseconds), start <= now else { return nil }
        // A second less, for a wall clock that is moved a little.
        return Self.read(CLOCK_REALTIME) &- (now &- start) &- 1_000_000_000
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    /// Nanoseconds of a clock tick, as the kernel tells them to programs (`USER_HZ`).
    private static let tick: UInt64 = 10_000_000

    /// The number that the process has for itself, and its user.
    private var facts: (number: String, user: UInt32)? {
        guard let text = try? KernelFile.text(folder + "/status", limit: 1 << 16) else { return nil }
        func words(_ name: String) -> [Substring] {
            text.split(separator: "\n").first { $0.hasPrefix(name + ":") }?.dropFirst(name.utf8.count + 1)
                .split(whereSeparator: { $0 == "\t" || $0 == " " }) ?? []
        }
        let ids = words("Uid")
        guard ids.count > 1, let user = UInt32(ids[1]), let number = words("NSpid").last.flatMap({ Int32($0) }) else {
            return nil
        }
        return (String(number), user)
    }
}
