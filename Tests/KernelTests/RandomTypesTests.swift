// SPDX-License-Identifier: Apache-2.0

import BTF
@testable import EventTypes
import TestSupport
import EventDecoding
import Foundation
import RandomTypes
import Testing

@testable import BPFCore
@testable import BPFObject

/// Random types of C as values of maps, whose bytes bpftool decodes by the same BTF (`make lab` makes new ones each time).
extension KernelTests {
    @Suite(.cell("default"), .kernels("6.12"))
    struct RandomTypeDumps {
        @Test func `bpftool makes the same of random bytes as the decoder`() throws {
            let before = Machine.now
            let folder = Lab.fixtures + "/random"
            var count = 0
            let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            for file in Lab.share(of: files.filter { $0.hasSuffix(".o") }) {
                let object = try Object(
                    parsing: [UInt8](Data(contentsOf: URL(filePath: folder + "/" + file))), name: file)
                count += try compare(object, file)
            }
            #expect(count >= 20)
            #expect(before.isRestored())
        }

        /// Compares all types of an object whose names are those of random types: t0, t1 and so on.
        private func compare(_ object: Object, _ file: String) throws -> Int {
            // random-SEED.o
            let seed = file.split(whereSeparator: { $0 == "-" || $0 == "." }).dropFirst().first.flatMap { UInt64($0) }
            var numbers = SeededNumbers(seed: ~(seed ?? 0))
            let types = try #require(object.typeInfo.types)
            let preparation = BTFPreparation(
                types, sections: object.typePlaces.sections, hiddenNames: object.typePlaces.hiddenNames)
            let handle = try BTFHandle.load(
                preparation.bytes(for: KernelFeatures().support(for: preparation.usedFeatures)))
            let ids = types.firstID..<types.endID
            let key = try #require(ids.first { types[$0]?.kind == .int && types[$0].map(types.name) == "int" })
            var count = 0
            for id in ids {
                guard let type = types[id], type.kind.isComposite, types.name(of: type).first == "t",
                    Int(types.name(of: type).dropFirst()) != nil
                else { continue }
                let decoder = try EventDecoder(
                    object.eventSchema(named: "\(type.kind == .union ? "union" : "struct") \(types.name(of: type))"))
                let bytes = numbers.bytes(decoder.plan.size)
                let map = try Map.create(
                    Map.Attributes(
                        type: .array, keySize: 4, valueSize: UInt32(bytes.count), maxEntries: 1, name: "random",
                        btf: handle.descriptor.rawValue, keyTypeID: UInt32(key), valueTypeID: UInt32(id)))
                try #require(map.refusedTypes == nil, "\(file) \(types.name(of: type))")
                try map.update(key: [0, 0, 0, 0], value: bytes)
                let dump = try JSONTree(shell("bpftool -j map dump id \(map.info().id)").utf8)
                extendLifetime(map)
                guard case .array(let entries) = dump, let value = entries.first?["formatted"]?["value"] else {
                    Issue.record("\(file) \(types.name(of: type)): \(dump)")
                    continue
                }
                let comparison = try BPFToolComparison(value, bytes, decoder)
                #expect(comparison.differences == [], "\(file) \(types.name(of: type))")
                count += 1
            }
            extendLifetime(handle)
            return count
        }
    }
}
