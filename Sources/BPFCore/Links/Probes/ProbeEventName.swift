// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import SystemPackage

/// The name of a probe of ours in tracefs: whose it is, and of which function.
///
/// `k_NAMESPACE_PID_START_NUMBER_SYMBOL` in group `swift_bpf`. Process id and start time together name a process for
/// good, within its pid namespace; what makes the name unique comes first, so that cutting it at the end does no harm.
struct ProbeEventName: Equatable {
    /// The group of all probes of this package.
    static let group = "swift_bpf"
    /// `MAX_EVENT_NAME_LEN` counts the NUL.
    static let longest = 63

    /// The process that made it.
    let owner: ProcessIdentity
    /// The event as tracefs has it.
    let event: String

    /// Names a new event.
    ///
    /// - Parameters:
    ///   - owner: This process.
    ///   - number: Different for each event of the process.
    ///   - symbol: The function; what cannot be part of an event name becomes `_`.
    ///   - isReturn: Whether it is a return probe.
    init(owner: ProcessIdentity, number: Int, symbol: String, isReturn: Bool) {
        self.owner = owner
        let clean = symbol.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                byte
            default: UInt8(ascii: "_")
            }
        }
        let front =
            "\(isReturn ? "r" : "k")_\(String(owner.namespace, radix: 16))_\(owner.pid)_"
            + "\(String(owner.start, radix: 16))_\(number)_"
        event = String((front + String(decoding: clean, as: UTF8.self)).prefix(Self.longest))
    }

    /// Reads a name of a list; nil if it is not one of ours.
    init?(group: Substring, event: Substring) {
        guard group == Self.group else { return nil }
        let parts = event.split(separator: "_", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "k" || parts[0] == "r", let namespace = UInt64(parts[1], radix: 16),
            let pid = Int32(parts[2]), pid > 0, let start = UInt64(parts[3], radix: 16), Int(parts[4]) != nil
        else { return nil }
        owner = ProcessIdentity(namespace: namespace, pid: pid, start: start)
        self.event = String(event)
    }

    /// Group and event: `swift_bpf/k_...`.
    var qualified: String { Self.group + "/" + event }
}

/// A process, told from a later one with the same number.
struct ProcessIdentity: Equatable {
    /// The inode of its pid namespace.
    let namespace: UInt64
    /// The process id there.
    let pid: Int32
    /// When it started, in clock ticks since boot: field 22 of proc_pid_stat(5).
    let start: UInt64

    init(namespace: UInt64, pid: Int32, start: UInt64) {
        self.namespace = namespace
        self.pid = pid
        self.start = start
    }

    /// This process; start time and namespace are 0 where /proc does not tell them.
    static func current(roots: KernelRoots) -> ProcessIdentity {
        ProcessIdentity(
            namespace: namespace(roots: roots), pid: getpid(), start: start(of: "self", roots: roots) ?? 0)
    }

    /// Whether it is certain that the process is no more.
    func isGone(roots: KernelRoots) -> Bool {
        guard start != 0, namespace != 0, namespace == Self.namespace(roots: roots) else { return false }
        // The answer of kill(2) does not depend on what /proc hides from us (hidepid).
        if kill(pid, 0) != 0, Errno.last == .noSuchProcess { return true }
        guard let now = Self.start(of: String(pid), roots: roots) else { return false }
        return now != start
    }

    private static func start(of process: String, roots: KernelRoots) -> UInt64? {
        guard let stat = KernelFile.line("\(roots.proc)/\(process)/stat") else { return nil }
        // The name of the program is in parentheses and may hold anything, further parentheses too.
        guard let close = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: close)...].split(separator: " ")
        return fields.count > 19 ? UInt64(fields[19]) : nil
    }

    private static func namespace(roots: KernelRoots) -> UInt64 {
        var status = stat()
        return unsafe stat("\(roots.proc)/self/ns/pid", &status) == 0 ? UInt64(status.st_ino) : 0
    }
}
