// SPDX-License-Identifier: Apache-2.0

import BPFObject
import BPFCore
import Foundation
import Records
import TestSupport
import Testing

/// Events as programs that use the library read them.
extension KernelTests {
    @Suite(.kernels("6.1"))
    struct Readers {
        @Test(.cell("default")) func `samples of a probe come to a ring buffer's reader in order, and none is missing`()
            throws
        {
            let loader = try RunningTool("load-kp-bpf", [Lab.fixtures + "/ringbuf_output.o", "sys_bpf"])
            #expect(loader.wait(for: "Running."), "\(loader.stderr)")
            let pin = "/sys/fs/bpf/rb"
            defer { unlink(pin) }
            var reader = try RingReader(pinnedAt: pin)
            var numbers: [UInt64] = []
            var sizes: [Int] = []
            for _ in 0..<10 {
                Traffic.bpf(command: 20_000, count: 500, cpu: 0)
                let isThere = try reader.wait(milliseconds: 60_000)
                #expect(isThere)
                try reader.drain { sample in
                    numbers.append(sample.bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) })
                    sizes.append(sample.bytes.byteCount)
                }
            }
            #expect(numbers == Array(0..<5000))
            #expect(sizes == numbers.map { 8 + Int($0) * 37 % 1024 })
            let account = reader.account
            #expect(account.samples == 5000 && account.lost == nil && account.ringBytes == 1 << 22)
            #expect(loader.end().status == 0)
        }

        @Test(.cell("default")) func `every event of an array is handed out or told as lost, whatever its rings hold`()
            throws
        {
            let path = "/sys/fs/bpf/reader_events"
            let attributes = Map.Attributes(
                type: .perfEventArray, keySize: 4, valueSize: 4, maxEntries: UInt32(try CPUList.possible().count),
                name: "reader_events")
            var pinned = try PinnedMap.openOrCreate(PinPath(path: path), attributes)
            pinned.keepPin()
            defer { unlink(path) }
            let generator = try CountingGenerator(pinnedAt: path)
            var reader = try PerfReader(pinned.map, options: .init(pages: 1))
            var (samples, lost, latest) = (0, UInt64(0), [UInt64](repeating: 0, count: 2))
            func drain() throws {
                try reader.drain { sample in
                    samples += 1
                    guard let cpu = sample.cpu, let time = sample.time else { throw CancellationError() }
                    #expect(time >= latest[cpu], "CPU \(cpu)")
                    latest[cpu] = time
                } lost: { loss in
                    #expect(loss.cause == .ringFull && loss.cpu != nil)
                    lost += try #require(loss.samples)
                }
            }
            for burst in 0..<6 {
                // The third and the sixth are more than a page holds.
                generator.emit(burst % 3 == 2 ? 1000 : 20, cpus: 0..<2)
                let isThere = try reader.wait(milliseconds: 60_000)
                #expect(isThere)
                try drain()
            }
            // The kernel tells of losses in front of the next event that fits.
            generator.emit(1, cpus: 0..<2)
            try drain()
            let made = generator.account
            #expect(made.full > 3000 && samples == made.taken && lost == UInt64(made.full), "\(made) \(lost)")
            #expect(reader.accounts.reduce(0) { $0 + $1.samples } == UInt64(samples))
        }
    }
}
