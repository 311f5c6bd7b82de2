// SPDX-License-Identifier: Apache-2.0

import BTF
import CBPF
import Diagnostics
import Foundation
import RandomTypes
import Records
import TestSupport
import Testing

@testable import BPFCore
@testable import BPFObject

/// Maps read as snapshots, beside bpftool and under programs that write.
extension KernelTests {
    @Suite(.cell("default"), .kernels("5.10", "newest"))
    struct Snapshots {
        /// A map of each type whose elements have keys, with what a process can put into it.
        private static let shapes: [(type: UInt32, key: UInt32, value: UInt32, flags: UInt32, since: String)] = [
            (1, 4, 8, 0, "5.10"), (1, 12, 20, 1, "5.10"), (2, 4, 12, 0, "5.10"), (3, 4, 4, 0, "5.10"),
            (5, 8, 12, 0, "5.10"), (6, 4, 4, 0, "5.10"), (9, 4, 8, 0, "5.10"), (10, 4, 8, 0, "5.10"),
            (11, 8, 8, 1, "5.10"), (11, 20, 4, 1, "5.10"), (14, 4, 4, 0, "5.10"), (16, 4, 4, 0, "5.10"),
            (25, 4, 4, 0, "5.10"), (35, 4, 8, 1, "7.2"),
        ]

        @Test(arguments: shapes.indices)
        func `a snapshot has what bpftool dumps`(index: Int) throws {
            let shape = Self.shapes[index]
            guard !Lab.isOlder(than: shape.since) else { return }
            let map = try Map.create(
                Map.Attributes(
                    type: MapType(rawValue: shape.type), keySize: shape.key, valueSize: shape.value, maxEntries: 40,
                    flags: shape.flags, name: "shape"))
            let program = try TinyProgram(section: "socket")
            try Self.fill(map, 25, program)
            var found = CollectedElements(refusals: 3)
            var snapshots = try MapSnapshots(map, source: 7)
            while try snapshots.read(into: &found) == .sinkFull {}
            #expect(found.head?.source == 7 && found.head?.number == 1)
            #expect(found.end?.extent == .whole && found.end?.elements == UInt64(found.elements.count))
            let dumped = try Self.dump(map, cpus: found.head?.cpus)
            let isSame = found.elements.sorted() == dumped.sorted()
            #expect(isSame, "type \(shape.type): \(found.elements.count) elements, \(dumped.count) of bpftool")
            #expect(!dumped.isEmpty)

            // A second one is as the first, and one of three elements says that there are more.
            while try snapshots.read(into: &found) == .sinkFull {}
            let isSameAgain = found.head?.number == 2 && found.elements.sorted() == dumped.sorted()
            #expect(isSameAgain)
            var few = CollectedElements()
            guard case .done(let end) = try snapshots.read(into: &few, limit: 1) else { throw Errno.ioError }
            #expect(end.extent == (dumped.count == 1 ? .whole : .limited) && few.elements.count == 1)
            extendLifetime(map)
        }

        @Test(arguments: [12, 13] as [UInt32])
        func `the elements of the maps in a map have the keys of both`(type: UInt32) throws {
            let pattern = try Map.create(
                Map.Attributes(type: .hash, keySize: 8, valueSize: 4, maxEntries: 8, name: "inner"))
            let outer = try Map.create(
                Map.Attributes(
                    type: MapType(rawValue: type), keySize: 4, valueSize: 4, maxEntries: 5, name: "outer",
                    innerMapDescriptor: pattern.descriptor.rawValue))
            var snapshots = try MapSnapshots(outer, source: 0)
            #expect(!snapshots.shape.isKnown)
            var found = CollectedElements(refusals: 2)
            while try snapshots.read(into: &found) == .sinkFull {}
            #expect(found.elements.isEmpty && found.end?.extent == .whole)

            var wanted: [CollectedElements.Element] = []
            for slot in [0, 2, 3] as [UInt32] {
                let inner = try Map.create(
                    Map.Attributes(type: .hash, keySize: 8, valueSize: 4, maxEntries: 8, name: "inner"))
                // The second is empty.
                for key in 0..<UInt64(slot) where slot != 2 {
                    let value = UInt32(100 * slot) + UInt32(key)
                    try inner.update(key: key.bytes, value: value.bytes)
                    wanted.append(CollectedElements.Element(key: slot.bytes + key.bytes, values: value.bytes))
                }
                try outer.update(key: slot, value: UInt32(bitPattern: inner.descriptor.rawValue))
            }
            while try snapshots.read(into: &found) == .sinkFull {}
            #expect(found.head?.keySize == 12 && found.head?.valueSize == 4 && snapshots.shape.isKnown)
            #expect(found.elements.sorted() == wanted.sorted() && found.end?.extent == .whole)
            let dumped = try Self.dump(outer, cpus: nil).flatMap { slot in
                let id = slot.values.enumerated().reduce(UInt32(0)) { $0 | UInt32($1.element) << UInt32(8 * $1.offset) }
                return try Self.dump(Map(id: id), cpus: nil).map {
                    CollectedElements.Element(key: slot.key + $0.key, values: $0.values)
                }
            }
            #expect(found.elements.sorted() == dumped.sorted())
            #expect(try snapshots.schema() == nil)
            #expect(try snapshots.plainSchema().size == 20)
            extendLifetime(pattern)
            extendLifetime(outer)
        }

        @Test(arguments: [22, 23] as [UInt32])
        func `of a queue or stack there is what would be taken out next, and it stays`(type: UInt32) throws {
            let map = try Map.create(
                Map.Attributes(type: MapType(rawValue: type), keySize: 0, valueSize: 8, maxEntries: 4, name: "queue"))
            var snapshots = try MapSnapshots(map, source: 0)
            var found = CollectedElements()
            _ = try snapshots.read(into: &found)
            #expect(found.elements.isEmpty)
            for number in [5, 6, 7] as [UInt64] { try map.setBytes(number.bytes, ofKey: []) }
            for _ in 1...2 {
                _ = try snapshots.read(into: &found)
                let next: UInt64 = type == 22 ? 5 : 7
                #expect(found.elements == [CollectedElements.Element(key: [], values: next.bytes)])
                #expect(found.head?.keySize == 0 && found.head?.valueSize == 8)
                let peeked = try JSONTree(shell("bpftool -j map peek id \(map.info().id)").utf8)
                #expect(Self.bytes(peeked["value"]) == next.bytes)
            }
            extendLifetime(map)
        }

        @Test func `storage of tasks has the ids of threads as its keys`() throws {
            guard !Lab.isOlder(than: "5.11") else { return }
            let map = try Self.storage(29)
            let child = try RunningTool("/bin/sleep", ["60"])
            defer { child.end(SIGKILL) }
            for (pid, value) in [(getpid(), 11), (child.pid, 12)] as [(pid_t, UInt64)] {
                let descriptor = OwnedDescriptor(owning: cbpf_pidfd_open(pid))
                try map.setBytes(value.bytes, ofKey: descriptor.rawValue.bytes)
            }
            var snapshots = try MapSnapshots(map, source: 0)
            var found = CollectedElements(refusals: 2)
            while try snapshots.read(into: &found) == .sinkFull {}
            #expect(
                found.elements.sorted()
                    == [(getpid(), 11), (child.pid, 12)].map { (pid: pid_t, value: UInt64) in
                        CollectedElements.Element(key: pid.bytes, values: value.bytes)
                    }.sorted())
            #expect(try snapshots.schema()?.size == 16)
            extendLifetime(map)
        }

        @Test func `storage of control groups has their ids as its keys`() throws {
            guard !Lab.isOlder(than: "6.2") else { return }
            let map = try Self.storage(32)
            try TestNetwork.mountControlGroups()
            let mount = try #require(MountTable().mounts(ofType: "cgroup2").first?.point)
            let folder = mount + "/snapshots"
            #expect(mkdir(folder, 0o700) == 0)
            defer { rmdir(folder) }
            let descriptor = try KernelFile.open(folder, O_RDONLY)
            try map.setBytes(UInt64(42).bytes, ofKey: descriptor.rawValue.bytes)
            var snapshots = try MapSnapshots(map, source: 0)
            var found = CollectedElements(refusals: 2)
            while try snapshots.read(into: &found) == .sinkFull {}
            var status = stat()
            #expect(stat(folder, &status) == 0)
            #expect(
                found.elements
                    == [CollectedElements.Element(key: UInt64(status.st_ino).bytes, values: UInt64(42).bytes)])
            extendLifetime(map)
        }

        @Test(arguments: [19, 21] as [UInt32])
        func `storage of control groups of before is read by its keys, as bpftool does`(type: UInt32) throws {
            let map = try Map.create(
                Map.Attributes(
                    type: MapType(rawValue: type), keySize: 16, valueSize: 12, maxEntries: 0, name: "cgroup_storage"))
            // *bpf_get_local_storage(map, 0): attaching it makes the element of a group.
            let program = try TinyProgram(
                section: "cgroup_skb/egress",
                code: [
                    Instruction(code: 0x18, destination: 1, source: 1, immediate: map.descriptor.rawValue),
                    Instruction(code: 0), Instruction(code: 0xb7, destination: 2),
                    Instruction(code: 0x85, immediate: 81),
                ] + TinyProgram.returning(1))
            try TestNetwork.mountControlGroups()
            try TestNetwork.makeGroup()
            let link = try Link.attach(
                program: program.descriptor,
                to: TestNetwork.target("cgroup:\(TestNetwork.group)", section: "cgroup_skb/egress"))
            var snapshots = try MapSnapshots(map, source: 0)
            var found = CollectedElements(refusals: 2)
            while try snapshots.read(into: &found) == .sinkFull {}
            #expect(found.elements.count == 1 && found.end?.extent == .whole)
            // What traffic may have changed in between is nothing: the program writes nothing.
            // The kernel leaves padding as it was in its memory: the last four bytes of a key, and
            // those behind the twelve of each CPU's value.
            func named(_ elements: [CollectedElements.Element]) -> [CollectedElements.Element] {
                elements.map { element in
                    CollectedElements.Element(
                        key: Array(element.key.prefix(12)),
                        values: element.values.enumerated().filter { $0.offset % 16 < 12 }.map(\.element))
                }
            }
            let dumped = try Self.dump(map, cpus: found.head?.cpus)
            #expect(named(found.elements) == named(dumped))
            #expect((found.head?.cpus != nil) == (type == 21))
            try link.detach()
            extendLifetime(map)
        }

        @Test(arguments: [15, 18, 20] as [UInt32])
        func `maps of sockets have the cookies of those, as bpftool tells them`(type: UInt32) throws {
            let map = try Map.create(
                Map.Attributes(
                    type: MapType(rawValue: type), keySize: 4, valueSize: 8, maxEntries: 4, name: "sockets"))
            var cookies: [CollectedElements.Element] = []
            var sockets: [Int32] = []
            defer { sockets.forEach { close($0) } }
            for key in [1, 3] as [UInt32] {
                let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
                sockets.append(number)
                var isOn: Int32 = 1
                try #require(setsockopt(number, SOL_SOCKET, SO_REUSEPORT, &isOn, socklen_t(4)) == 0)
                // Without a call of bind(2) it gets a port that is free.
                try #require(listen(number, 1) == 0)
                try map.setBytes(UInt64(number).bytes, ofKey: key.bytes)
                var (cookie, size) = (UInt64(0), socklen_t(8))
                let cookieOption: Int32 = 57
                try #require(getsockopt(number, SOL_SOCKET, cookieOption, &cookie, &size) == 0)
                cookies.append(CollectedElements.Element(key: key.bytes, values: cookie.bytes))
            }
            var snapshots = try MapSnapshots(map, source: 0)
            var found = CollectedElements(refusals: 2)
            while try snapshots.read(into: &found) == .sinkFull {}
            #expect(found.elements.sorted() == cookies.sorted() && found.end?.extent == .whole)
            #expect(found.elements.sorted() == (try Self.dump(map, cpus: nil)).sorted())
            extendLifetime(map)
        }

        @Test(arguments: [4, 8, 15, 17, 18, 20, 24, 27, 28, 30, 31, 33] as [UInt32])
        func `a map that cannot be read says why`(type: UInt32) throws {
            let since: [UInt32: String] = [30: "5.16", 31: "6.1", 33: "6.9"]
            if let first = since[type], Lab.isOlder(than: first) { return }
            let map = try Self.unreadable(type)
            let error = try #require(throws: BPFError.self) { _ = try MapSnapshots(map, source: 0) }
            #expect(error.code == .mapNotListed)
            let words =
                [
                    4: "ring", 8: "files, events or sockets", 15: "cookies", 17: "files, events or sockets",
                    18: "cookies",
                    20: "cookies", 24: "sockets", 27: "ring", 28: "inodes", 30: "only answers", 31: "processes write",
                    33: "memory",
                ][type] ?? "nothing"
            #expect(error.diagnostic.cause?.contains(words) == true, "\(error)")
            extendLifetime(map)
        }

        /// A map of a type that cannot be read.
        private static func unreadable(_ type: UInt32) throws -> Map {
            // Keys, values and entries of those that need no types.
            let sizes: [UInt32: (key: UInt32, value: UInt32, entries: UInt32)] = [
                4: (4, 4, 2), 8: (4, 4, 2), 15: (4, 4, 2), 17: (4, 4, 2), 18: (4, 4, 2), 20: (4, 4, 2),
                27: (0, 0, 4096),
                30: (0, 8, 8), 31: (0, 0, 4096), 33: (0, 0, 1),
            ]
            guard let (key, value, entries) = sizes[type] else { return try storage(type) }
            return try Map.create(
                Map.Attributes(
                    type: MapType(rawValue: type), keySize: key, valueSize: value, maxEntries: entries,
                    // An arena is mapped (BPF_F_MMAPABLE).
                    flags: type == 33 ? 1 << 10 : 0, name: "m"))
        }

        /// Puts as many elements into a map as it takes, up to a number.
        private static func fill(_ map: borrowing Map, _ count: Int, _ program: TinyProgram) throws {
            for number in 0..<UInt32(count) {
                var key = number.bytes + [UInt8](repeating: UInt8(number), count: max(map.keySize - 4, 0))
                var value = [UInt8](repeating: 0, count: try map.valueRoom())
                // What a value is filled up to is nothing, as bpftool shows nothing of it.
                let size = (map.valueSize + 7) / 8 * 8
                for index in value.indices where value.count == map.valueSize || index % size < map.valueSize {
                    value[index] = UInt8(truncatingIfNeeded: Int(number) * 7 + index % 5)
                }
                switch map.type.description {
                case "lpm_trie":
                    // Prefixes of several lengths, one within the other.
                    key =
                        (8 + number % 3 * 8).bytes + [10, UInt8(number), 3]
                        + [UInt8](repeating: 0, count: map.keySize - 7)
                case "devmap", "devmap_hash":
                    // The loopback device is the first.
                    value = UInt32(1).bytes
                case "prog_array": value = UInt32(bitPattern: program.descriptor).bytes
                case "cpumap":
                    guard number < 2 else { continue }
                    value = UInt32(64).bytes
                default: break
                }
                try map.setBytes(value, ofKey: key)
            }
        }

        /// The bytes as bpftool writes them: `["0x01","0x00"]`.
        private static func bytes(_ tree: JSONTree?) -> [UInt8] {
            guard case .array(let items) = tree else { return [] }
            return items.compactMap {
                guard case .text(let text) = $0 else { return nil }
                return UInt8(String(decoding: text.dropFirst(2), as: UTF8.self), radix: 16)
            }
        }

        /// The elements as bpftool dumps them.
        private static func dump(_ map: borrowing Map, cpus: Int?) throws -> [CollectedElements.Element] {
            guard case .array(let entries) = try JSONTree(shell("bpftool -j map dump id \(map.info().id)").utf8) else {
                throw Errno.ioError
            }
            let size = (map.valueSize + 7) / 8 * 8
            return entries.compactMap { entry in
                let key = bytes(entry["key"])
                guard cpus != nil, case .array(let values) = entry["values"] else {
                    let value = bytes(entry["value"])
                    // Empty slots are dumped as words.
                    return value.isEmpty ? nil : CollectedElements.Element(key: key, values: value)
                }
                return CollectedElements.Element(
                    key: key,
                    values: values.flatMap {
                        let value = bytes($0["value"])
                        return value + [UInt8](repeating: 0, count: size - value.count)
                    })
            }
        }

        /// A map of storage, which needs types.
        static func storage(_ type: UInt32) throws -> Map {
            var builder = BTFBuilder()
            let int = builder.int("int", isSigned: true)
            let value = builder.int("unsigned long long", size: 8)
            let types = try BTFHandle.load(builder.build())
            let map = try Map.create(
                Map.Attributes(
                    type: MapType(rawValue: type), keySize: 4, valueSize: 8, maxEntries: 0, flags: 1, name: "storage",
                    btf: types.descriptor.rawValue, keyTypeID: UInt32(int), valueTypeID: UInt32(value)))
            extendLifetime(types)
            return map
        }
    }
}
