// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import CBPF
internal import Diagnostics
internal import ToolSupport

/// The right to drain one map: a record lock on a file named by the map's id.
///
/// The kernel drops the lock with the process, however that ends, and tells who holds it. The lock also goes with the
/// first descriptor of the file that the process closes, so a process opens it once.
struct MapLock: ~Copyable {
    /// The map's pin, as messages name it.
    let pin: String
    /// The process that must be ended before the lock is ours; nil if it is.
    private(set) var holder: Int32?
    /// The time in which nobody drained the map, if the last daemon was killed.
    private(set) var gap: Gap?

    private let name: String
    private let boot: String
    private let folder: RunFolder
    private var file: OwnedDescriptor

    /// How long a daemon that was told to end may take, in nanoseconds.
    private static let patience: UInt64 = 10_000_000_000

    /// Takes the lock, or finds out who has it.
    ///
    /// - Parameters:
    ///   - map: The map's id.
    ///   - pin: Where it is pinned.
    ///   - root: The folder that the folder of locks is in.
    static func take(map: UInt32, pin: String, root: String = "/run") throws(LockFailure) -> MapLock {
        guard let boot = BootID.current, LockRecord.isBootID(boot) else {
            throw .unavailable("\(root)/bpf-eventd", .noSuchFileOrDirectory)
        }
        let name = "map-\(map)"
        let folder = try Self.folder(in: root)
        let file = try Self.open(name, in: folder)
        var lock = MapLock(pin: pin, name: name, boot: boot, folder: folder, file: file)
        lock.holder = try holder(afterLocking: lock.file, pin)
        if lock.holder != nil {
            // It may be one that removes the files of daemons that have ended, and be done in no time.
            usleep(20_000)
            lock.holder = try holder(afterLocking: lock.file, pin)
        }
        // A holder that ends in order removes the file: then the one that is open is nobody's.
        while lock.holder == nil && !lock.folder.holds(lock.file, as: name) {
            lock.file = try Self.open(name, in: lock.folder)
            lock.holder = try holder(afterLocking: lock.file, pin)
        }
        if lock.holder == nil {
            let now = MonotonicClock.nanoseconds
            lock.gap = Gap(after: lock.record(), boot: boot, now: now)
            try lock.begin(now)
        }
        return lock
    }

    private init(
        pin: String, name: String, boot: String, folder: consuming RunFolder, file: consuming OwnedDescriptor
    ) {
        self.pin = pin
        self.name = name
        self.boot = boot
        self.folder = folder
        self.file = file
    }

    /// The refusal of a second daemon; nil if the lock is ours.
    var refusal: LockFailure? { holder.map { Self.busy($0, pin) } }

    /// Has the holder end, and waits until it has.
    ///
    /// - Parameters:
    ///   - told: The processes that were told to end already: a second signal would have them drop events.
    ///   - signals: End the wait.
    mutating func takeOver(told: inout Set<Int32>, signals: borrowing SignalSource) throws(LockFailure) {
        guard let first = holder else { return }
        if told.insert(first).inserted { try end(first) }
        let deadline = MonotonicClock.nanoseconds + Self.patience
        while true {
            let now = MonotonicClock.nanoseconds
            switch try Self.holder(afterLocking: file, pin) {
            case nil where folder.holds(file, as: name):
                holder = nil
                try begin(now)
                return
            case nil: file = try Self.open(name, in: folder)
            case first? where now < deadline:
                guard signals.wait(milliseconds: 20) == nil else { throw .signal }
            case first?:
                throw .refused(
                    Diagnostic(
                        .takeoverStalled, stage: .map, "pid \(first) was asked to end, and still has \(pin) after 10 s",
                        cause: "it may be waiting for the reader of its output",
                        nextStep: "end it by hand: \(.end(pid: first), "kill \(first)")"))
            case let other?: throw Self.busy(other, pin)
            }
        }
    }

    /// Removes the files that daemons left which cannot remove them: they were killed, or had given up their privilege.
    ///
    /// The file of one that was killed stays as long as there is the map: it tells the next one since when nobody drained
    /// it. To be called before a lock is taken.
    ///
    /// - Parameter exists: Says of a map's id whether there is such a map; nil if that is not known.
    static func removeStale(root: String = "/run", exists: (UInt32) -> Bool?) {
        guard let folder = try? RunFolder(root + "/bpf-eventd", isMade: false) else { return }
        for name in folder.names where name.hasPrefix("map-") {
            guard let map = UInt32(name.dropFirst(4)), let known = exists(map) else { continue }
            // Nobody has a map that does not exist, nor will: ids are given anew only after all others.
            if !known || isEnded(name, in: folder) { folder.remove(name) }
        }
    }

    /// Whether a file is of a daemon that ended in order, and nobody has it.
    private static func isEnded(_ name: String, in folder: borrowing RunFolder) -> Bool {
        guard let file = try? folder.open(name), cbpf_lock(file.rawValue) == 0, folder.holds(file, as: name) else {
            return false
        }
        return read(file)?.state == .ended
    }

    /// Notes that this daemon is alive, once a second.
    func touch(_ now: UInt64) throws(Errno) {
        guard holder == nil else { return }
        try write(.running, now)
    }

    /// Notes that this daemon ended in order, and removes the file if that is allowed.
    func markEnded() throws(Errno) {
        guard holder == nil else { return }
        try write(.ended, MonotonicClock.nanoseconds)
        folder.remove(name)
    }

    private static func folder(in root: String) throws(LockFailure) -> RunFolder {
        do throws(RunFolder.Failure) {
            return try RunFolder(root + "/bpf-eventd", isMade: true)
        } catch {
            throw LockFailure(error)
        }
    }

    private static func open(_ name: String, in folder: borrowing RunFolder) throws(LockFailure) -> OwnedDescriptor {
        do throws(RunFolder.Failure) {
            return try folder.open(name)
        } catch {
            throw LockFailure(error)
        }
    }

    private func begin(_ now: UInt64) throws(LockFailure) {
        do throws(Errno) {
            try write(.running, now)
        } catch {
            throw .unavailable("\(folder.path)/\(name)", error)
        }
    }

    private func write(_ state: LockRecord.State, _ now: UInt64) throws(Errno) {
        let bytes = LockRecord(boot: boot, pid: getpid(), state: state, alive: now, pin: pin).bytes
        let count = unsafe bytes.withUnsafeBytes { unsafe pwrite(file.rawValue, $0.baseAddress, $0.count, 0) }
        guard count >= 0 else { throw .last }
        guard count == bytes.count else { throw .noSpace }
    }

    /// What the daemon before this one left in the file.
    private func record() -> LockRecord? { Self.read(file) }

    private static func read(_ file: borrowing OwnedDescriptor) -> LockRecord? {
        var bytes = [UInt8](repeating: 0, count: LockRecord.limit)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe pread(file.rawValue, $0.baseAddress, $0.count, 0) }
        return count > 0 ? LockRecord(Array(bytes.prefix(count))) : nil
    }

    /// Tries to take the lock.
    ///
    /// - Returns: The process that has it; nil if it is ours now.
    private static func holder(afterLocking file: borrowing OwnedDescriptor, _ pin: String) throws(LockFailure)
        -> Int32?
    {
        while true {
            if cbpf_lock(file.rawValue) == 0 { return nil }
            let errno = Errno.last
            guard errno == .resourceTemporarilyUnavailable || errno == .permissionDenied else {
                throw .unavailable("a lock for \(pin)", errno)
            }
            var lock = flock()
            guard unsafe cbpf_get_lock(file.rawValue, &lock) == 0 else {
                throw .unavailable("a lock for \(pin)", .last)
            }
            guard lock.l_type != Int16(F_UNLCK) else { continue }
            guard lock.l_pid > 0 else {
                throw .busy(
                    Diagnostic(
                        .mapDrained, stage: .map, "\(pin) is being drained by a process that cannot be seen from here",
                        cause: "it is in another pid namespace", nextStep: "end it there"))
            }
            return lock.l_pid
        }
    }

    /// Sends SIGTERM to a process, once it is sure that it is the one that has the lock.
    private func end(_ pid: Int32) throws(LockFailure) {
        let number = cbpf_pidfd_open(pid)
        guard number >= 0 else {
            let errno = Errno.last
            if errno == .noSuchProcess { return }
            throw Self.cannotEnd(pid, errno)
        }
        let process = OwnedDescriptor(owning: number)
        // Whoever has the lock now, under the id that the descriptor was opened for, is that process.
        var lock = flock()
        guard unsafe cbpf_get_lock(file.rawValue, &lock) == 0, lock.l_type != Int16(F_UNLCK), lock.l_pid == pid else {
            return
        }
        guard cbpf_pidfd_send_signal(process.rawValue, SIGTERM) != 0 else { return }
        let errno = Errno.last
        if errno != .noSuchProcess { throw Self.cannotEnd(pid, errno) }
    }

    private static func cannotEnd(_ pid: Int32, _ errno: Errno) -> LockFailure {
        .refused(
            Diagnostic(
                errno == .notPermitted ? .takeoverNotPermitted : .takeoverFailed, stage: .map,
                "cannot end pid \(pid), which drains the map", cause: errno.described,
                nextStep: "end it as its user or as root: \(.end(pid: pid), "kill \(pid)")"))
    }

    private static func busy(_ pid: Int32, _ pin: String) -> LockFailure {
        let command = KernelFile.line("/proc/\(pid)/comm").map { " (\($0.terminalSafe))" } ?? ""
        return .busy(
            Diagnostic(
                .mapDrained, stage: .map, "\(pin) is already being drained by pid \(pid)\(command)",
                cause: "two daemons on one map would take each other's events",
                nextStep: "end that one, or take the map over from it: --takeover"))
    }
}
