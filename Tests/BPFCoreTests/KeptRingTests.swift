// SPDX-License-Identifier: Apache-2.0

import BPFObject
import Diagnostics
import EventStream
import Foundation
import Records
import TestSupport
import Testing

@testable import BPFCore

/// Rings of a running kernel that keep their newest events.
@Suite(.enabled(if: EventGenerator.isAvailable, "needs root and bpf(2)"), .serialized)
struct KeptRingTests {
    /// The numbers that samples begin with, and the times of events.
    private struct Collected: SampleSink {
        var numbers: [UInt64] = []
        var cpus: [Int?] = []
        var lost: UInt64 = 0

        mutating func take(_ sample: RawSpan, _ context: SampleContext) -> SampleAnswer {
            // An event of a perf ring has its time 8 bytes behind.
            let at = context.isPadded ? 8 : 0
            numbers.append(sample.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: at, as: UInt64.self) })
            cpus.append(context.cpu)
            return .taken
        }

        mutating func take(_ loss: SampleLoss) -> SampleAnswer {
            lost += loss.samples ?? 0
            return .taken
        }
    }

    @Test func `of perf rings that are written backwards the newest come out in order, and the ring goes on`() throws {
        let map = try Map.create(
            Map.Attributes(type: .perfEventArray, keySize: 4, valueSize: 4, maxEntries: 1 << 10, name: "ring_test"))
        let poll = try EventPoll()
        var options = PerfReader.Options(pages: 4)
        options.keepsNewest = true
        var rings = try PerfRings.open(map: map, poll: poll, options: options)
        let generator = try EventGenerator(map: map.descriptor.rawValue)
        let cpus = try CPUList.online()
        for turn in 1...3 {
            for cpu in cpus { try #expect(generator.emit(3000, cpu: cpu) == 0, "no event is refused") }
            var sink = Collected()
            let failures = rings.copy { copy in
                let end = copy.deliver(copy.count, to: &sink)
                #expect(end.left == 0)
            }
            #expect(failures.isEmpty)
            for cpu in cpus {
                let times = sink.numbers.indices.filter { sink.cpus[$0] == cpu }.map { sink.numbers[$0] }
                // 16 KiB, and 48 bytes an event, but for four that may be under way.
                #expect((330...341).contains(times.count), "\(turn): \(times.count)")
                #expect(times == times.sorted() && Set(times).count > times.count / 2)
            }
            #expect(sink.lost == 0)
        }
        var writer = StreamWriter(format: .capture)
        let round = rings.drain(into: &writer)
        let isEmpty = rings.isEmpty
        #expect(round.samples == 0 && isEmpty)
        rings.countLosses(into: &writer)
        let accounts = rings.accounts
        #expect(accounts.allSatisfy { $0.lost == 0 })
    }

    @Test func `while programs write, what comes out of a backward ring is whole and in order`() throws {
        let map = try Map.create(
            Map.Attributes(type: .perfEventArray, keySize: 4, valueSize: 4, maxEntries: 1 << 10, name: "ring_test"))
        let poll = try EventPoll()
        var options = PerfReader.Options(pages: 16)
        options.keepsNewest = true
        let rings = try PerfRings.open(map: map, poll: poll, options: options)
        let generator = try EventGenerator(map: map.descriptor.rawValue)
        let cpu = try CPUList.online().last ?? 0
        let writing = Repeated { _ = try? generator.emit(20_000, cpu: cpu) }
        for _ in 0..<100 {
            var sink = Collected()
            let failures = rings.copy { copy in _ = copy.deliver(copy.count, to: &sink) }
            #expect(failures.isEmpty)
            #expect(sink.numbers == sink.numbers.sorted())
        }
        writing.end()
    }

    private static let overwriting = Map.Attributes(
        type: .ringbuf, keySize: 0, valueSize: 0, maxEntries: 1 << 14, flags: 1 << 19, name: "ring_test")
    static let canOverwrite: Bool = {
        do {
            _ = try Map.create(overwriting).descriptor.rawValue
            return true
        } catch {
            return false
        }
    }()

    @Test func `a ring buffer that is not in overwrite mode is not read like that`() throws {
        let map = try Map.create(
            Map.Attributes(type: .ringbuf, keySize: 0, valueSize: 0, maxEntries: 4096, name: "ring_test"))
        let error = #expect(throws: BPFError.self) { _ = try OverwrittenRingReader(map).size }
        #expect(error?.code == .ringOtherType)
    }

    @Test(.enabled(if: canOverwrite, "overwrite mode is of Linux 6.19"))
    func `the newest samples of a ring buffer in overwrite mode come out while programs write, and again`() throws {
        let map = try Map.create(Self.overwriting)
        let reader = try OverwrittenRingReader(map)
        let generator = try RingBufferGenerator(map: map.descriptor.rawValue, spread: 64)
        for burst in 0..<50 {
            try #expect(generator.emit(997) == 0, "there is always room")
            for _ in 0..<2 {
                var numbers: [Int] = []
                let pass = try reader.readNewest { sample in
                    let number = sample.bytes.withUnsafeBytes { Int($0.loadUnaligned(as: UInt64.self)) }
                    let isWhole = sample.bytes.withUnsafeBytes { $0.elementsEqual(generator.bytes(of: number)) }
                    #expect(isWhole)
                    numbers.append(number)
                }
                let last = (burst + 1) * 997
                #expect(numbers == Array((last - numbers.count)..<last) && numbers.count > 250)
                #expect(pass.samples == numbers.count && pass.overwritten == 0 && pass.unfinished == 0)
            }
        }
        let done = DispatchGroup()
        done.enter()
        Thread.detachNewThread {
            for _ in 0..<20 { _ = try? generator.emit(20_000, cpu: 1) }
            done.leave()
        }
        var last = 0
        repeat {
            var numbers: [Int] = []
            do {
                try reader.readNewest { sample in
                    numbers.append(sample.bytes.withUnsafeBytes { Int($0.loadUnaligned(as: UInt64.self)) })
                }
            } catch let error as BPFError {
                #expect(error.code == .ringOverwrites)
                continue
            }
            if let first = numbers.first {
                #expect(numbers == Array(first..<(first + numbers.count)) && numbers[numbers.count - 1] >= last)
            }
            last = numbers.last ?? last
        } while done.wait(timeout: .now()) == .timedOut
    }
}
