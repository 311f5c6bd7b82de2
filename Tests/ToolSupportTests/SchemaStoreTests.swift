// SPDX-License-Identifier: Apache-2.0

import BTF
import BPFCore
import BPFObject
import Diagnostics
import EventStream
import EventTypes
import Foundation
import TestSupport
import Testing
import ToolSupport

/// The types that the loader leaves for the daemon.
struct SchemaStoreTests {
    private static let types: [CaptureSchema] = {
        let texts = ["struct a { u32 kind; u64 x; }", "struct b { u32 kind; char name[16]; }"]
        return texts.enumerated().compactMap { index, text in
            guard let schema = try? EventSchema.layout(text) else { return nil }
            let tag = EventTag(field: "kind", value: Int64(index + 1))
            return CaptureSchema(EventType(schema: schema, tag: tag, origin: .layout), source: 0)
        }
    }()

    /// A store in a folder of its own, with what is left of map 7.
    private func withStore(_ body: (SchemaStore, URL) throws -> Void) throws {
        try withTemporaryFolder { root in
            let store = SchemaStore(root: root.path)
            try store.leave(Self.types, map: 7, name: "events", writer: "test")
            try body(store, root.appending(path: "swift-bpf/map-7.schema"))
        }
    }

    private func refusal(_ store: SchemaStore) throws -> Diagnostic {
        try #require(throws: SchemaStore.Failure.self) { try store.schemas(ofMap: 7) }.diagnostic
    }

    @Test func `what is left of a map is found with the number that the capture has for it`() throws {
        try withStore { store, file in
            let found = try store.schemas(ofMap: 7, source: 3)
            #expect(found.map(\.source) == [3, 3])
            #expect(found.map(\.typeName) == ["struct a", "struct b"])
            #expect(found.map(\.tagValue) == [1, 2] && found.map(\.btf) == Self.types.map(\.btf))
            #expect(try store.schemas(ofMap: 8) == [])
            let permissions = [file, file.deletingLastPathComponent()].map {
                try? FileManager.default.attributesOfItem(atPath: $0.path)[.posixPermissions] as? Int
            }
            #expect(permissions == [0o644, 0o755])
            let before = store.identity(ofMap: 7)
            try store.leave([Self.types[0]], map: 7, name: "events", writer: "test")
            #expect(try store.schemas(ofMap: 7).count == 1 && store.identity(ofMap: 7) != before)
            try store.leave([], map: 7, name: "events", writer: "test")
            #expect(try store.identity(ofMap: 7) == nil && store.schemas(ofMap: 7) == [])
        }
    }

    @Test func `a folder that is not there is nothing to read, and one that cannot be made is a warning`() throws {
        let store = SchemaStore(root: "/no/such/folder")
        #expect(try store.schemas(ofMap: 7) == [])
        store.remove(map: 7)
        store.removeStale()
        let error = try #require(throws: SchemaStore.Failure.self) {
            try store.leave(Self.types, map: 7, name: "events", writer: "test")
        }
        #expect(error.diagnostic.severity == .warning && error.diagnostic.cause?.contains("ENOENT") == true)
    }

    @Test func `a file that is cut or has a flipped bit is refused by its name`() throws {
        try withStore { store, file in
            let sound = try [UInt8](Data(contentsOf: file))
            func expectRefused(_ bytes: [UInt8], _ what: String) throws {
                try Data(bytes).write(to: file)
                #expect(try refusal(store).message.contains(file.path), "\(what)")
            }
            for count in stride(from: 0, to: sound.count, by: 7) {
                // What ends between the schemas is whole, and has one less.
                guard (try? CaptureProbe.schemas(Array(sound[..<count]))) == nil else { continue }
                try expectRefused(Array(sound[..<count]), "cut to \(count)")
            }
            for bit in stride(from: 0, to: sound.count * 8, by: 13) {
                var flipped = sound
                flipped[bit / 8] ^= 1 << UInt8(bit % 8)
                try expectRefused(flipped, "bit \(bit)")
            }
            try expectRefused(sound + [0], "a byte more")
        }
    }

    @Test func `types of another map and types that do not fit their BTF are refused`() throws {
        try withStore { store, file in
            try FileManager.default.moveItem(
                at: file, to: file.deletingLastPathComponent().appending(path: "map-9.schema"))
            #expect(throws: SchemaStore.Failure.self) { try store.schemas(ofMap: 9) }
            var wrong = Self.types[0]
            wrong.typeID = 4000
            try store.leave([wrong], map: 7, name: "events", writer: "test")
            #expect(try refusal(store).cause == "it has a type without a size")
            (wrong.typeID, wrong.btf) = (1, [1, 2, 3])
            try store.leave([wrong], map: 7, name: "events", writer: "test")
            #expect(throws: SchemaStore.Failure.self) { try store.schemas(ofMap: 7) }
        }
    }

    @Test func `types of an earlier boot are none`() throws {
        try withTemporaryFolder { root in
            var header = CaptureHeader(bootOffset: 0, began: 0)
            header.bootID = "00000000-0000-0000-0000-000000000000"
            var source = CaptureSource(number: 0)
            source.mapID = 7
            let bytes = try CapturePreamble(header: header, sources: [source], schemas: Self.types).bytes()
            let folder = root.appending(path: "swift-bpf")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
            try Data(bytes).write(to: folder.appending(path: "map-7.schema"))
            #expect(try SchemaStore(root: root.path).schemas(ofMap: 7) == [])
        }
    }

    @Test(.timeLimit(.minutes(30)))
    func `links, FIFOs, files that others may write, and huge ones are not read`() throws {
        try withStore { store, file in
            let elsewhere = file.deletingLastPathComponent().appending(path: "elsewhere")
            try FileManager.default.moveItem(at: file, to: elsewhere)
            #expect(symlink(elsewhere.path, file.path) == 0)
            #expect(try refusal(store).cause?.contains("symbolic link") == true)
            #expect(unlink(file.path) == 0 && mkfifo(file.path, 0o600) == 0)
            #expect(try refusal(store).cause?.contains("another kind") == true)
            #expect(unlink(file.path) == 0)
            try FileManager.default.moveItem(at: elsewhere, to: file)
            #expect(chmod(file.path, 0o664) == 0)
            #expect(try refusal(store).cause?.contains("others may write") == true)
            #expect(chmod(file.path, 0o644) == 0 && truncate(file.path, 17 << 20) == 0)
            #expect(try refusal(store).cause?.contains("more than") == true)
            let folder = file.deletingLastPathComponent().path
            #expect(chmod(folder, 0o777) == 0)
            #expect(try refusal(store).cause?.contains("others may write") == true)
            store.removeStale()
            #expect(chmod(folder, 0o755) == 0 && store.identity(ofMap: 7) != nil)
        }
    }

    @Test(.enabled(if: geteuid() == 0, "needs root"))
    func `a file of another user is not read`() throws {
        try withStore { store, file in
            #expect(chown(file.path, 65534, 65534) == 0)
            let refusal = try refusal(store)
            #expect(refusal.cause?.contains("belongs to uid 65534") == true)
        }
    }

    @Test(.enabled(if: EventGenerator.isAvailable, "needs root and bpf(2)"))
    func `files of maps that are gone are removed, and no others`() throws {
        try withTemporaryFolder { root in
            let store = SchemaStore(root: root.path)
            let map = try Map.create(
                Map.Attributes(type: .array, keySize: 4, valueSize: 4, maxEntries: 1, name: "alive"))
            let id = try map.info().id
            // Ids count up: one that nobody will reach meanwhile.
            for number in [id, 0x7fff_fff0] {
                try store.leave(Self.types, map: number, name: "alive", writer: "test")
            }
            let folder = root.appending(path: "swift-bpf")
            for name in [".map-2147483632.schema.1~", "map-x.schema", "other"] {
                try Data().write(to: folder.appending(path: name))
            }
            store.removeStale()
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            #expect(names == ["map-\(id).schema", "map-x.schema", "other"])
            extendLifetime(map)
        }
    }
}

/// What is whole of the beginning of a file.
private enum CaptureProbe {
    struct Damaged: Error {}

    static func schemas(_ bytes: [UInt8]) throws -> Int {
        var reader = CaptureReader()
        var count = 0
        var isDamaged = false
        let take: CaptureReader.Body = { item, _ in
            switch item {
            case .schema: count += 1
            case .damage: isDamaged = true
            default: break
            }
        }
        try reader.read(bytes.span.bytes, take)
        try reader.finish(take)
        guard count > 0, !isDamaged else { throw Damaged() }
        return count
    }
}
