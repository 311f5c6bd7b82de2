// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import CBPF
internal import CProcess
internal import Diagnostics
internal import Glibc
internal import ToolSupport

/// A program that runs beside this one, without a shell; what it says goes to a file.
struct ChildProcess: ~Copyable {
    private let pid: pid_t
    private let program: String
    private let output: String
    private var isOver = false

    /// What a program ended with.
    struct End {
        /// Its exit code; 128 and the number of the signal that ended it.
        let status: Int32
        /// What it wrote to stdout and stderr, as far as it is read.
        let output: String

        var isSuccess: Bool { status == 0 }
    }

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - command: The path of the program and its arguments.
    ///   - environment: All of it.
    ///   - output: The file for what it says.
    init(_ command: [String], environment: [String], output: String) throws(ProbeError) {
        var actions = unsafe posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawnattr_init(&attributes)
        defer {
            unsafe posix_spawn_file_actions_destroy(&actions)
            unsafe posix_spawnattr_destroy(&attributes)
        }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        _ = unsafe output.withFileName { name in
            unsafe posix_spawn_file_actions_addopen(&actions, 1, name, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        }
        unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // A group of its own, so that what it starts ends with it; and the signals as a program expects them.
        var none = sigset_t()
        var all = sigset_t()
        unsafe sigemptyset(&none)
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        unsafe posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        var pid: pid_t = 0
        let program = command.first ?? ""
        // Bytes as they are on the disk: neither a name nor an argument need be UTF-8.
        let arguments = unsafe command.map { unsafe $0.withFileName { unsafe strdup($0) } } + [nil]
        let values = unsafe environment.map { unsafe $0.withFileName { unsafe strdup($0) } } + [nil]
        defer { unsafe (arguments + values).forEach { unsafe free($0) } }
        cprocess_expect_children()
        let result = unsafe program.withFileName { name in
            unsafe posix_spawn(&pid, name, &actions, &attributes, arguments, values)
        }
        guard result == 0 else { throw Self.failure("cannot run \(program)", Errno(rawValue: result)) }
        self.pid = pid
        self.program = program
        self.output = output
        // posix_spawn(3) sets no limits, and those of this process are not its own to change. A system that gives no other
        // process limits leaves the ones that are inherited.
        _ = cprocess_limit(pid, Self.mostFile, Self.mostMemory, Self.mostSeconds)
    }

    private static func failure(_ message: String, _ errno: Errno) -> ProbeError {
        ProbeError(.probeToolchain, message, cause: errno.described, nextStep: ProbeError.tested)
    }

    deinit {
        if !isOver {
            kill(-pid, SIGKILL)
            var status: Int32 = 0
            while unsafe waitpid(pid, &status, 0) < 0, Errno.last == .interrupted {}
        }
    }

    /// Waits for its end.
    ///
    /// - Parameter isEnding: Whether this process is asked to end; then the program is killed, and nil the answer.
    mutating func wait(isEnding: () -> Bool) throws(ProbeError) -> End? {
        let number = cbpf_pidfd_open(pid)
        let watch = number >= 0 ? OwnedDescriptor(owning: number) : nil
        var status: Int32 = 0
        while true {
            let ended = cprocess_has_ended(pid)
            if ended == 1 { break }
            guard ended == 0 || Errno.last == .interrupted else {
                // Somebody else in this process took its end, and its number may be another's already.
                let errno = Errno.last
                isOver = true
                throw Self.failure("the end of \(program) is lost", errno)
            }
            guard !isEnding() else { return nil }
            Self.pause(on: watch)
        }
        // What it has started ends with it: as long as its end is not taken, the number is nobody else's.
        kill(-pid, SIGKILL)
        isOver = true
        while unsafe waitpid(pid, &status, 0) < 0 {
            guard Errno.last == .interrupted else { throw Self.failure("the end of \(program) is lost", Errno.last) }
        }
        let exit = status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
        return End(status: exit, output: Self.words(in: output, limit: Self.mostOutput))
    }

    /// What a program has written to a file: its beginning if it is more than the limit, without a line that is cut off.
    static func words(in file: String, limit: Int) -> String {
        guard let facts = FileFacts(file) else { return "" }
        let size = Int(clamping: facts.size)
        var bytes = InputFile.head(of: file, count: min(size, limit))
        if size > limit, let end = bytes.lastIndex(of: UInt8(ascii: "\n")) { bytes.removeSubrange((end + 1)...) }
        return String(foreignBytes: bytes)
    }

    /// Until the program ends or a tenth of a second is over, for a look whether this process is to end.
    private static func pause(on watch: borrowing OwnedDescriptor?) {
        // Without pidfds (before 5.3) it is looked at every few milliseconds.
        var entry = pollfd(fd: -1, events: Int16(POLLIN), revents: 0)
        var timeout: Int32 = 5
        switch watch {
        case .some(let watch):
            entry.fd = watch.rawValue
            timeout = 100
        case .none: break
        }
        _ = unsafe poll(&entry, 1, timeout)
    }

    /// A compiler that says more is not read on.
    private static let mostOutput = 8 << 20
    /// No file of a compilation comes near.
    private static let mostFile: UInt64 = 1 << 30
    /// Of addresses, of which a compiler reserves more than it uses.
    private static let mostMemory: UInt64 = 8 << 30
    /// Seconds of processor time that a program may take: a compiler that never ends must not outlive this process.
    private static let mostSeconds: UInt64 = 600
}
