// SPDX-License-Identifier: Apache-2.0

import Diagnostics
import Foundation
import TestSupport
import Testing
import ToolSupport

@testable import EventCollecting
@testable import bpf_eventd

/// The lock of a map, and what a killed daemon leaves.
struct SharingTests {
    private let record = LockRecord(
        boot: "0b5d-11", pid: 77, state: .running, alive: 5_000_000_000, pin: "/sys/fs/bpf/a b%\nc")

    @Test func `a lock's record is read back as it was written, whatever follows it`() {
        #expect(LockRecord(record.bytes) == record)
        #expect(LockRecord(record.bytes + Array("rest of a longer one\n\n".utf8)) == record)
        var ended = record
        ended.state = .ended
        ended.alive = .max
        #expect(LockRecord(ended.bytes) == ended)
        #expect(ended.bytes.count == record.bytes.count, "one write renews all of it")
    }

    @Test func `a torn, foreign or huge lock file is no record`() {
        for count in 0..<record.bytes.count { #expect(LockRecord(Array(record.bytes.prefix(count))) == nil) }
        #expect(LockRecord([UInt8](repeating: 10, count: 100)) == nil)
        #expect(LockRecord(record.bytes + [UInt8](repeating: 0, count: 1 << 20)) == nil)
        let text = String(decoding: record.bytes, as: UTF8.self)
        for (from, to) in [
            ("77", "-1"), ("77", "99999999999"), ("running", "dead"), ("0b5d-11", "a b"), ("%0a", "%zz"),
        ] {
            #expect(LockRecord(Array(text.replacingOccurrences(of: from, with: to).utf8)) == nil, "\(from)")
        }
    }

    @Test func `only a daemon of this boot that did not end in order leaves a gap`() throws {
        let gap = try #require(Gap(after: record, boot: "0b5d-11", now: 7_500_000_000))
        #expect(gap.from == 5_000_000_000 && gap.to == 7_500_000_000)
        #expect(gap.diagnostic(map: "m", isRingBuffer: false).message.contains("2.5 s"))
        #expect(Gap(after: record, boot: "another", now: 7_500_000_000) == nil)
        #expect(Gap(after: record, boot: "0b5d-11", now: 4) == nil)
        #expect(Gap(after: nil, boot: "0b5d-11", now: 7) == nil)
        var ended = record
        ended.state = .ended
        #expect(Gap(after: ended, boot: "0b5d-11", now: 7_500_000_000) == nil)
    }

    @Test func `a lock leaves nothing at the end, and a gap if it was not ended`() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "bpf-eventd/map-5").path
            for (ends, hasGap) in [(true, false), (false, false), (true, true)] {
                let lock = try MapLock.take(map: 5, pin: "/p", root: folder.path)
                let (holder, gap) = (lock.holder, lock.gap)
                #expect(holder == nil && (gap != nil) == hasGap)
                try lock.touch(1)
                if ends { try lock.markEnded() }
                #expect(FileManager.default.fileExists(atPath: file) != ends)
            }
        }
    }

    @Test func `a lock that another process holds is refused with its id, and taken over`() throws {
        try withTemporaryFolder { folder in
            try FileManager.default.createDirectory(
                at: folder.appending(path: "bpf-eventd"), withIntermediateDirectories: false)
            let other = try lockHolder(folder.appending(path: "bpf-eventd/map-6").path)
            defer { _ = reap(other, wait: true) }
            var lock = try MapLock.take(map: 6, pin: "/p", root: folder.path)
            let holder = lock.holder
            #expect(holder == other)
            let found = lock.refusal
            let refusal = try #require(found).diagnostic
            #expect(refusal.code == .mapDrained && refusal.message.contains("\(other)"))
            #expect(refusal.nextStep?.contains("--takeover") == true)
            var told: Set<Int32> = []
            let signals = try SignalSource()
            try lock.takeOver(told: &told, signals: signals)
            let left = lock.holder
            #expect(left == nil && told == [other])
        }
    }

    @Test func `files of daemons that could not remove them go, and those that tell of a gap or are in use stay`()
        throws
    {
        try withTemporaryFolder { folder in
            let locks = folder.appending(path: "bpf-eventd")
            try FileManager.default.createDirectory(at: locks, withIntermediateDirectories: false)
            func leave(_ map: Int, _ state: LockRecord.State) throws {
                let file = locks.appending(path: "map-\(map)")
                let record = LockRecord(boot: "b", pid: 1, state: state, alive: 7, pin: "/p")
                try Data(record.bytes).write(to: file)
                #expect(chmod(file.path, 0o600) == 0)
            }
            // The maps 1 to 3 exist, 4 and 5 do not, and of 6 it is not known.
            for map in [1, 4, 6] { try leave(map, .running) }
            for map in [2, 5] { try leave(map, .ended) }
            let other = try lockHolder(locks.appending(path: "map-3").path)
            defer { _ = reap(other, wait: true) }
            try Data().write(to: locks.appending(path: "map-x"))
            MapLock.removeStale(root: folder.path) { $0 <= 3 ? true : $0 == 6 ? nil : false }
            let left = try FileManager.default.contentsOfDirectory(atPath: locks.path).sorted()
            #expect(left == ["map-1", "map-3", "map-6", "map-x"])
            kill(other, SIGTERM)
        }
    }

    @Test func `a lock's folder or file that is a link or that others may write to is refused`() throws {
        try withTemporaryFolder { folder in
            let locks = folder.appending(path: "bpf-eventd")
            try FileManager.default.createSymbolicLink(atPath: locks.path, withDestinationPath: folder.path)
            try refuse(folder)
            try FileManager.default.removeItem(at: locks)
            try FileManager.default.createDirectory(at: locks, withIntermediateDirectories: false)
            #expect(chmod(locks.path, 0o777) == 0)
            try refuse(folder)
            #expect(chmod(locks.path, 0o755) == 0)
            try FileManager.default.createSymbolicLink(
                atPath: locks.appending(path: "map-7").path, withDestinationPath: "target")
            try refuse(folder)
            #expect(!FileManager.default.fileExists(atPath: locks.appending(path: "target").path))
        }
    }

    private func refuse(_ folder: URL) throws {
        do {
            let lock = try MapLock.take(map: 7, pin: "/p", root: folder.path)
            Issue.record("a lock of \(lock.pin) was made")
        } catch {
            guard case .refused(let diagnostic) = error else { throw error }
            #expect(diagnostic.code == .lockUntrusted)
        }
    }

    @Test func `without a place for locks the daemon goes on, and says so`() throws {
        var locks = MapLocks(takesOver: false, root: "/no/such/folder")
        let result = try locks.add(map: 1, pin: "/p", isRingBuffer: false)
        #expect(result.gap == nil && result.notes.map(\.severity) == [.warning])
    }

    /// Starts a process that holds a record lock on a file until it is told to end.
    private func lockHolder(_ path: String) throws -> Int32 {
        // Test threads block all signals. struct flock of 64-bit Linux: type, start and whence 0, length 0; F_SETLK is 6.
        let script = """
            use Fcntl; use POSIX (); POSIX::sigprocmask(POSIX::SIG_SETMASK, POSIX::SigSet->new());
            open(my $f, "+>", $ARGV[0]) or die; chmod 0600, $ARGV[0];
            my $l = pack("s s x4 q q i x4", F_WRLCK, 0, 0, 0, 0); fcntl($f, F_SETLK, $l) or die; syswrite(STDOUT, "x"); sleep 60;
            """
        let pipe = Pipe()
        let pid = try spawn(
            "/usr/bin/perl", ["-e", script, path],
            descriptors: (0, pipe.fileHandleForWriting.fileDescriptor, 2), environment: [:])
        try pipe.fileHandleForWriting.close()
        #expect(try pipe.fileHandleForReading.read(upToCount: 1) == Data("x".utf8))
        return pid
    }
}
