// SPDX-License-Identifier: Apache-2.0

import BPFObject
import CBPF
import Diagnostics
import EventStream
import Foundation
import TestSupport
import Testing

@testable import BPFCore

/// The rings of a running kernel, filled by a program that is run and not attached.
@Suite(.enabled(if: EventGenerator.isAvailable, "needs root and bpf(2)"), .serialized)
struct PerfRingsTests {
    private let cpus = (try? CPUList.online()) ?? [0]

    /// Without context, as frames have none.
    private static func plain(pages: Int? = nil) -> PerfReader.Options {
        var options = PerfReader.Options(pages: pages)
        options.hasContext = false
        return options
    }

    private func map(slots: UInt32 = 1 << 10) throws -> Map {
        try Map.create(
            Map.Attributes(type: .perfEventArray, keySize: 4, valueSize: 4, maxEntries: slots, name: "ring_test"))
    }

    /// Reads everything, as (frame size, CPU, time).
    private func drain(_ rings: inout PerfRings, _ writer: inout StreamWriter) -> [(
        size: Int, cpu: UInt32, time: UInt64
    )] {
        var events: [(Int, UInt32, UInt64)] = []
        var reader = FrameReader()
        var more = true
        while more {
            more = rings.drain(into: &writer).samples > 0
            try? reader.read(writer.pending) { frame, _ in
                frame.withUnsafeBytes {
                    events.append(
                        (
                            $0.count, $0.loadUnaligned(fromByteOffset: 4, as: UInt32.self),
                            $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
                        ))
                }
            }
            writer.discard()
        }
        return events
    }

    @Test func `events of every CPU come out whole, in order and none is missing`() throws {
        let map = try map()
        let poll = try EventPoll()
        var rings = try PerfRings.open(map: map, poll: poll, options: Self.plain())
        var writer = StreamWriter()
        let generator = try EventGenerator(map: map.descriptor.rawValue)
        for cpu in cpus { try #expect(generator.emit(5000, cpu: cpu) == 0) }
        let events = drain(&rings, &writer)
        #expect(events.count == 5000 * cpus.count && events.allSatisfy { $0.size == 20 })
        for cpu in cpus {
            let times = events.filter { $0.cpu == UInt32(cpu) }.map(\.time)
            #expect(times.count == 5000 && times == times.sorted())
        }
        let losses = rings.takeLosses()
        #expect(losses.isEmpty)
        let accounts = rings.accounts
        #expect(accounts.map(\.samples) == cpus.map { _ in 5000 })
        #expect(accounts.allSatisfy { $0.corrupt == 0 && $0.unknown == 0 && $0.lost == 0 })
    }

    @Test(arguments: [1, 3, 4, 100, 1023, 1500] as [UInt32])
    func `events of any size pass through a ring of one page, many times around`(extra: UInt32) throws {
        let map = try map()
        let poll = try EventPoll()
        var rings = try PerfRings.open(map: map, poll: poll, options: Self.plain(pages: 1))
        var writer = StreamWriter()
        let generator = try EventGenerator(map: map.descriptor.rawValue, extra: extra)
        let size = (16 + Int(extra) + 4 + 7) / 8 * 8 - 4
        let count = 3000 / (size + 12)
        for _ in 0..<15 {
            try generator.emit(count, cpu: cpus[0])
            let sizes = drain(&rings, &writer).map(\.size)
            #expect(sizes == Array(repeating: size, count: count))
        }
    }

    @Test func `what is read and what is lost is what was sent, also where the loss comes last`() throws {
        let map = try map()
        let poll = try EventPoll()
        var rings = try PerfRings.open(map: map, poll: poll, options: Self.plain(pages: 2))
        var writer = StreamWriter()
        let generator = try EventGenerator(map: map.descriptor.rawValue)
        try #expect(generator.emit(10_000, cpu: cpus[0]) == -ENOSPC)
        let first = drain(&rings, &writer).count
        rings.countLosses(into: &writer)
        let tail = rings.takeLosses()
        // A second burst brings the record of the loss before it, for kernels that do not count in read(2).
        try generator.emit(1, cpu: cpus[0])
        let second = drain(&rings, &writer).count
        let rest = rings.takeLosses()
        let lost = (tail + rest).reduce(0) { $0 + Int($1.events) }
        #expect(first > 0 && second == 1 && first + second + lost == 10_001)
        #expect((tail + rest).allSatisfy { $0.cpu == cpus[0] })
        let accounts = rings.accounts.filter { $0.cpu == cpus[0] }
        #expect(accounts.map(\.lost) == [UInt64(lost)] && accounts.map(\.samples) == [UInt64(first + second)])
        #expect(accounts.allSatisfy { $0.ringBytes >= 8192 && $0.highWater > $0.ringBytes - 40 })
        let none = rings.takeLosses()
        #expect(none.isEmpty)
    }

    @Test func `a stopped ring refuses events and gives what it held`() throws {
        let map = try map()
        let poll = try EventPoll()
        var rings = try PerfRings.open(map: map, poll: poll, options: Self.plain())
        var writer = StreamWriter()
        let generator = try EventGenerator(map: map.descriptor.rawValue)
        try generator.emit(7, cpu: cpus[0])
        rings.disable()
        try #expect(generator.emit(1, cpu: cpus[0]) == -EOPNOTSUPP)
        let count = drain(&rings, &writer).count
        #expect(count == 7)
    }

    @Test func `a ring that wakes by bytes wakes the poll when it is full, and not for a single event`() throws {
        let map = try map()
        let poll = try EventPoll()
        var options = Self.plain(pages: 4)
        options.wakesAtOnce = false
        let rings = try PerfRings.open(map: map, poll: poll, options: options)
        let generator = try EventGenerator(map: map.descriptor.rawValue)
        try generator.emit(1, cpu: cpus[0])
        let early = poll.wait(milliseconds: 20).count
        #expect(early == 0)
        let isEmpty = rings.isEmpty
        #expect(!isEmpty)
        try generator.emit(300, cpu: cpus[0])
        let late = poll.wait(milliseconds: 60_000).count
        #expect(late == 1)
    }

    @Test func `a silent ring becomes one whose every sample wakes the poll, and a busy one wakes it no more`() throws {
        let map = try map()
        let poll = try EventPoll()
        var options = Self.plain()
        options.dropsPrivilege = true
        var rings = try PerfRings.open(map: map, poll: poll, options: options)
        var writer = StreamWriter()
        let generator = try EventGenerator(map: map.descriptor.rawValue)
        let patience = rings.patience
        #expect(patience == .deadline)
        let isSilent = eventually("every ring is silent") {
            _ = rings.drain(into: &writer)
            return rings.patience == .untilWoken
        }
        let quiet = rings.quietCPUs
        #expect(isSilent && quiet == cpus)

        try generator.emit(1, cpu: cpus[0])
        let woken = poll.wait(milliseconds: 60_000).count
        #expect(woken == 1)
        let samples = rings.drain(into: &writer).samples
        #expect(samples == 1)

        // A machine that is busy with other things may take longer for 100 events than a burst may.
        let isBusy = try eventually("100 events are a burst") {
            try generator.emit(100, cpu: cpus[0])
            let many = rings.drain(into: &writer).samples
            #expect(many == 100)
            return rings.quietCPUs != cpus
        }
        #expect(isBusy)
        let (stillQuiet, patienceNow) = (rings.quietCPUs, rings.patience)
        #expect(stillQuiet == Array(cpus.dropFirst()) && patienceNow == .deadline)
        _ = poll.wait(milliseconds: 0)
        try generator.emit(1, cpu: cpus[0])
        let wokenAgain = poll.wait(milliseconds: 30).count
        #expect(wokenAgain == 0)
        let last = rings.drain(into: &writer).samples
        #expect(last == 1)
    }

    @Test func `rings that can wake by bytes only ask for a deadline while samples come, and for a look now and then`()
        throws
    {
        let map = try map()
        let poll = try EventPoll()
        var options = Self.plain()
        options.wakesAtOnce = false
        var rings = try PerfRings.open(map: map, poll: poll, options: options)
        var writer = StreamWriter()
        for _ in 0..<20 {
            _ = rings.drain(into: &writer)
            usleep(5000)
        }
        let (idle, quiet) = (rings.patience, rings.quietCPUs)
        #expect(idle == .idle && quiet.isEmpty)
        let generator = try EventGenerator(map: map.descriptor.rawValue)
        try generator.emit(1, cpu: cpus[0])
        _ = rings.drain(into: &writer)
        let patience = rings.patience
        #expect(patience == .deadline)
    }

    @Test func `slots that another reader took are taken back`() throws {
        let map = try map()
        let poll = try EventPoll()
        let otherPoll = try EventPoll()
        var rings = try PerfRings.open(map: map, poll: poll, options: Self.plain())
        var others = try PerfRings.open(map: map, poll: otherPoll, options: Self.plain())
        var writer = StreamWriter()
        let generator = try EventGenerator(map: map.descriptor.rawValue)
        try generator.emit(3, cpu: cpus[0])
        let first = (rings.drain(into: &writer).samples, others.drain(into: &writer).samples)
        try rings.setSlots()
        try generator.emit(5, cpu: cpus[0])
        let second = (rings.drain(into: &writer).samples, others.drain(into: &writer).samples)
        #expect(first == (0, 3) && second == (5, 0))
    }

    @Test func `losses through either event of a ring are counted once`() throws {
        let map = try map()
        let poll = try EventPoll()
        var rings = try PerfRings.open(map: map, poll: poll, options: Self.plain(pages: 1))
        var writer = StreamWriter()
        let generator = try EventGenerator(map: map.descriptor.rawValue)
        var (emitted, found) = (0, 0)
        for _ in 0..<3 {
            // Busy at first, quiet after the pause, busy again.
            try generator.emit(1000, cpu: cpus[0])
            emitted += 1000
            rings.countLosses(into: &writer)
            found += drain(&rings, &writer).count
            for _ in 0..<16 {
                _ = rings.drain(into: &writer)
                usleep(5000)
            }
        }
        try generator.emit(1, cpu: cpus[0])
        found += drain(&rings, &writer).count
        rings.countLosses(into: &writer)
        let lost = rings.takeLosses().reduce(0) { $0 + Int($1.events) }
        #expect(found + lost == emitted + 1 && lost > 2000)
    }

    @Test func `rings follow CPUs that go and come, and what the gone one held is kept`() throws {
        try #require(cpus.count > 1)
        try withTemporaryFolder { sys in
            let folder = sys.appending(path: "devices/system/cpu")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            func setOnline(_ list: String) throws {
                try Data(list.utf8).write(to: folder.appending(path: "online"))
            }
            let (stays, goes) = (cpus[0], cpus[1])
            var options = Self.plain()
            options.roots = KernelRoots(proc: "/proc", sys: sys.path)
            try setOnline("\(stays),\(goes)\n")
            let map = try map()
            let poll = try EventPoll()
            var rings = try PerfRings.open(map: map, poll: poll, options: options)
            var writer = StreamWriter()
            let generator = try EventGenerator(map: map.descriptor.rawValue)
            try generator.emit(3, cpu: goes)

            try setOnline("\(stays)\n")
            let gone = rings.followCPUs(poll: poll, into: &writer)
            #expect(gone.map(\.message) == ["CPU \(goes) went offline"] && rings.cpus == [stays])
            try #expect(generator.emit(1, cpu: goes) == -ENOENT)
            let kept = writer.pendingBytes
            #expect(kept == 3 * 24)
            writer.discard()

            try setOnline("\(stays),\(goes)\n")
            let come = rings.followCPUs(poll: poll, into: &writer)
            #expect(come.map(\.message) == ["CPU \(goes) came online"] && rings.cpus == [stays, goes])
            try #expect(generator.emit(2, cpu: goes) == 0)
            let count = drain(&rings, &writer).count
            #expect(count == 2)
            let quiet = rings.followCPUs(poll: poll, into: &writer)
            #expect(quiet.isEmpty)

            try setOnline("")
            let lost = rings.followCPUs(poll: poll, into: &writer)
            #expect(lost.map(\.code) == [.kernelFileMalformed] && lost.map(\.severity) == [.warning])
            #expect(lost.first?.message.hasPrefix("CPUs that come online are not seen: ") == true)
            let told = rings.followCPUs(poll: poll, into: &writer)
            #expect(told.isEmpty && rings.cpus == [stays, goes])
        }
    }

    @Test func `a ring whose event has ended, as after a short absence of its CPU, is opened anew`() throws {
        let map = try map()
        let poll = try EventPoll()
        var rings = try PerfRings.open(map: map, poll: poll, options: Self.plain())
        var writer = StreamWriter()
        let generator = try EventGenerator(map: map.descriptor.rawValue)
        let first = rings.followCPUs(poll: poll, into: &writer)
        #expect(first.isEmpty, "all are alive")
        try generator.emit(1, cpu: cpus[0])
        rings.disable()
        let second = rings.followCPUs(poll: poll, into: &writer)
        let third = rings.followCPUs(poll: poll, into: &writer)
        #expect(Set((second + third).map(\.message)) == Set(cpus.map { "CPU \($0) came online" }))
        try #expect(generator.emit(2, cpu: cpus[0]) == 0)
        let count = drain(&rings, &writer).count
        #expect(count == 3, "what the old ring held is kept")
    }

    @Test func `a CPU that the map has no slot for is told once`() throws {
        try #require(cpus.count > 1)
        let map = try map(slots: 1)
        let poll = try EventPoll()
        let error = #expect(throws: BPFError.self) {
            _ = try PerfRings.open(map: map, poll: poll, options: Self.plain()).cpus
        }
        #expect(error?.diagnostic.message == "the map has 1 slots, and CPU \(cpus[cpus.count - 1]) would need slot 1")
        #expect(error?.code == .ringSlots)
    }
}

struct RingSizeTests {
    @Test func `rings have 2 MiB each, and together no more than 64 MiB`() {
        #expect(PerfRings.defaultPages(cpus: 2, pageSize: 4096) == 512)
        #expect(PerfRings.defaultPages(cpus: 32, pageSize: 4096) == 512)
        #expect(PerfRings.defaultPages(cpus: 33, pageSize: 4096) == 256)
        #expect(PerfRings.defaultPages(cpus: 8192, pageSize: 4096) == 2)
        #expect(PerfRings.defaultPages(cpus: 1 << 20, pageSize: 4096) == 1)
        #expect(PerfRings.defaultPages(cpus: 4, pageSize: 65_536) == 32)
    }

    @Test func `the positions are where the kernel's header has them`() {
        #expect(MemoryLayout<perf_event_mmap_page>.offset(of: \.data_head) == RingMapping.headOffset)
        #expect(MemoryLayout<perf_event_mmap_page>.offset(of: \.data_tail) == RingMapping.headOffset + 8)
    }
}
