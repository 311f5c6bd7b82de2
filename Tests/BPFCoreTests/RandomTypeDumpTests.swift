// SPDX-License-Identifier: Apache-2.0

import BTF
import EventDecoding
@testable import EventTypes
import Foundation
import RandomTypes
import TestSupport
import Testing

@testable import BPFCore
@testable import BPFObject

/// Random types of C as values of maps of this kernel, whose bytes bpftool decodes by the same BTF.
///
/// The lab has the same on all its kernels. `SWIFT_BPF_SEED` of the environment makes others.
@Suite(.enabled(if: MapDump.isAvailable, "needs root, bpf(2) and bpftool"))
struct RandomTypeDumpTests {
    @Test(arguments: [1, runSeed])
    func `bpftool makes the same of random bytes as the decoder`(seed: UInt64) throws {
        let made = RandomTypes(40, seed: seed, isForKernel: true)
        var source = made.source
        for (index, type) in made.types.enumerated() { source += "\(type.name) *unused\(index);\n" }
        let object = try Object(
            parsing: compileBPF(source: source, arguments: ["-g", "-Wno-everything"]), name: "random.o")
        var numbers = SeededNumbers(seed: ~seed)
        let types = try MapDump(object)
        for type in made.types {
            let decoder = try EventDecoder(object.eventSchema(named: type.name))
            let bytes = numbers.bytes(decoder.plan.size)
            let comparison = try BPFToolComparison(types.formatted(type.name, bytes), bytes, decoder)
            #expect(comparison.differences == [], "seed \(seed), \(type.name)")
        }
    }
}

/// Maps with values of an object's types, as bpftool shows them.
struct MapDump {
    static let isAvailable =
        geteuid() == 0 && EventGenerator.isAvailable && (try? runProcess("bpftool", ["version"]).status) == 0

    private let types: BTF
    private let bytes: [UInt8]
    private let key: Int

    struct Missing: Error {
        let name: String
    }

    init(_ object: Object) throws {
        guard let types = object.typeInfo.types else { throw Missing(name: "BTF") }
        self.types = types
        let preparation = BTFPreparation(
            types, sections: object.typePlaces.sections, hiddenNames: object.typePlaces.hiddenNames)
        bytes = try preparation.bytes(for: KernelFeatures().support(for: preparation.usedFeatures))
        key = try Self.id(of: "int", in: types) { $0 == .int }
    }

    private static func id(of name: String, in types: BTF, where isWanted: (BTFKind) -> Bool) throws -> Int {
        for id in types.firstID..<types.endID {
            if let type = types[id], isWanted(type.kind), types.name(of: type) == name { return id }
        }
        throw Missing(name: name)
    }

    /// What bpftool shows of a value of a type.
    func formatted(_ name: String, _ value: [UInt8]) throws -> JSONTree {
        let word = name.split(separator: " ").last.map(String.init) ?? name
        let id = try Self.id(of: word, in: types) { $0.isComposite }
        let loaded = try BTFHandle.load(bytes)
        let map = try Map.create(
            Map.Attributes(
                type: .array, keySize: 4, valueSize: UInt32(value.count), maxEntries: 1, name: "random",
                btf: loaded.descriptor.rawValue, keyTypeID: UInt32(key), valueTypeID: UInt32(id)))
        if let refused = map.refusedTypes { throw refused }
        try map.update(key: [0, 0, 0, 0], value: value)
        let outcome = try runProcess("bpftool", ["-j", "map", "dump", "id", "\(map.info().id)"])
        extendLifetime(loaded)
        extendLifetime(map)
        guard case .array(let entries) = try JSONTree(outcome.stdout), let formatted = entries.first?["formatted"],
            let found = formatted["value"]
        else { throw Missing(name: "\(outcome.output) \(outcome.errors)") }
        return found
    }
}
