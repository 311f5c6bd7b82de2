// SPDX-License-Identifier: Apache-2.0

import Foundation
import Records
import Synchronization
import TestSupport
import Testing

@testable import BPFCore
@testable import BPFObject

/// What a snapshot promises while others write.
extension KernelTests {
    @Suite(.cell("default"), .kernels("5.10", "newest"))
    struct SnapshotPromise {
        /// Adds and removes keys until it is told to end.
        private final class Writer: Sendable {
            private let map: Map
            private let mustEnd = Atomic(false)
            private let hasEnded = Atomic(false)

            init(_ map: borrowing Map) throws { self.map = try map.duplicate() }

            /// - Parameters:
            ///   - kept: Elements that are only set anew.
            ///   - moved: Elements that come and go.
            func start(kept: [CollectedElements.Element], moved: [CollectedElements.Element]) {
                Thread.detachNewThread { [self] in
                    var round = 0
                    while !mustEnd.load(ordering: .relaxed) {
                        round += 1
                        for (index, element) in moved.enumerated() {
                            // A key may be there or not; which does not matter.
                            if (index + round) % 2 == 0 {
                                try? map.setBytes(element.values, ofKey: element.key)
                            } else {
                                _ = try? map.removeBytes(ofKey: element.key)
                            }
                            if mustEnd.load(ordering: .relaxed) { break }
                        }
                        for element in kept { try? map.setBytes(element.values, ofKey: element.key) }
                    }
                    hasEnded.store(true, ordering: .releasing)
                }
            }

            func end() {
                mustEnd.store(true, ordering: .relaxed)
                #expect(eventually("the writer ends") { hasEnded.load(ordering: .acquiring) })
            }
        }

        private static let shapes: [(type: UInt32, key: UInt32, value: UInt32, flags: UInt32, since: String)] = [
            (1, 4, 8, 0, "5.10"), (1, 8, 8, 1, "5.10"), (5, 4, 8, 0, "5.10"), (9, 4, 8, 0, "5.10"),
            (11, 8, 8, 1, "5.10"), (25, 4, 4, 0, "5.10"), (35, 4, 8, 1, "7.2"),
        ]

        @Test(arguments: shapes.indices)
        func `a key that is there all the time is in a snapshot once`(index: Int) throws {
            let shape = Self.shapes[index]
            guard !Lab.isOlder(than: shape.since) else { return }
            let map = try Map.create(
                Map.Attributes(
                    type: MapType(rawValue: shape.type), keySize: shape.key, valueSize: shape.value, maxEntries: 4096,
                    flags: shape.flags, name: "promise"))
            let room = try map.valueRoom()
            let elements = (0..<300 as Range<UInt32>).map { number in
                // Half of the prefixes of a trie lie within others.
                let key =
                    shape.type == 11
                    ? UInt32(number % 2 == 0 ? 32 : 31).bytes + [10, 0, UInt8(number / 256), UInt8(number % 256)]
                    : number.bytes + [UInt8](repeating: 0, count: map.keySize - 4)
                let value = shape.type == 25 ? UInt32(1).bytes : [UInt8](repeating: UInt8(number % 251), count: room)
                return CollectedElements.Element(key: key, values: value)
            }
            for element in elements { try map.setBytes(element.values, ofKey: element.key) }
            let kept = elements.enumerated().filter { $0.offset % 3 == 0 }.map(\.element)
            let moved = elements.enumerated().filter { $0.offset % 3 != 0 }.map(\.element)
            let writers = try [Writer(map), Writer(map)]
            // Of a list that is walked key by key, one that is set anew at that moment may be passed.
            for writer in writers { writer.start(kept: shape.type == 25 ? [] : kept, moved: moved) }
            defer { for writer in writers { writer.end() } }

            var snapshots = try MapSnapshots(map, source: 0)
            var whole = 0
            for _ in 1...25 {
                var found = CollectedElements()
                guard case .done(let end) = try snapshots.read(into: &found) else { continue }
                let keys = found.elements.map(\.key)
                #expect(Set(keys).count == keys.count, "no key comes twice")
                guard end.extent == .whole else { continue }
                whole += 1
                let missing = Set(kept.map(\.key)).subtracting(keys)
                // Of a trie the kernel's walk passes what is beside a prefix that is written in that instant.
                let passed = shape.type == 11 ? kept.count / 10 : 0
                #expect(missing.count <= passed, "\(missing.count) of \(keys.count) are missing")
            }
            #expect(whole > 0)
            extendLifetime(map)
        }

        @Test func `many elements stream through little memory`() throws {
            let map = try Map.create(
                Map.Attributes(
                    type: .hash, keySize: 8, valueSize: 64, maxEntries: 1 << 17, flags: 0, name: "many"))
            for number in 0..<100_000 as Range<UInt64> {
                try map.update(key: number.bytes, value: [UInt8](repeating: 1, count: 64))
            }
            var snapshots = try MapSnapshots(map, source: 0)
            var counted = CountedElements()
            _ = try snapshots.read(into: &counted)
            let before = Self.residentKilobytes()
            for _ in 1...5 { _ = try snapshots.read(into: &counted) }
            #expect(counted.count == 100_000 && counted.bytes == 7_200_000)
            #expect(Self.residentKilobytes() - before < 2048)
            extendLifetime(map)
        }

        private static func residentKilobytes() -> Int {
            let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
            let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
            return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        }
    }
}
