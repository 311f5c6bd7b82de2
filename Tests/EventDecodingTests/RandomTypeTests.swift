// SPDX-License-Identifier: Apache-2.0

import BPFObject
import EventDecoding
import EventTypes
import Foundation
import RandomTypes
import TestSupport
import Testing

/// Random types of C, decoded and compared with what compilers say of the same bytes.
///
/// `SWIFT_BPF_SEED` of the environment makes others. `SWIFT_BPF_TYPES` is how many objects of 40 types are made.
struct RandomTypeTests {
    private static let typesInObject = 40
    private static let objects = ProcessInfo.processInfo.environment["SWIFT_BPF_TYPES"].flatMap { Int($0) } ?? 3

    /// The seeds of the objects of a run; the first one is always the same.
    static let seeds = [1] + (0..<UInt64(objects)).map { runSeed &+ $0 }

    private func object(_ source: String, target: String) throws -> Object {
        try Object(
            parsing: compileBPF(source: source, target: target, arguments: ["-g", "-Wno-everything"]), name: "random.o")
    }

    private func decoder(_ type: RandomType, _ object: Object) throws -> EventDecoder {
        try EventDecoder(object.eventSchema(named: type.name))
    }

    /// The machine's own compiler reads random bytes, member by member.
    ///
    /// Little-endian 64-bit machines lay structures out as BPF does.
    @Test(arguments: seeds)
    func `random bytes are what a C program of the machine reads from them`(seed: UInt64) throws {
        let made = RandomTypes(Self.typesInObject, seed: seed, isForKernel: false)
        var numbers = SeededNumbers(seed: ~seed)
        var source = made.source
        for (index, type) in made.types.enumerated() { source += "\(type.name) *unused\(index);\n" }
        let object = try object(source, target: "bpfel")
        let decoders = try made.types.map { try decoder($0, object) }
        let bytes = decoders.map { numbers.bytes($0.plan.size) }
        let answers = try HostProgram(made).read(bytes)
        for (index, type) in made.types.enumerated() {
            let event = bytes[index]
            let row = unsafe decoders[index].row(event.span.bytes)
            #expect(answers[index].size == decoders[index].plan.size, "seed \(seed), \(type.name)")
            let json = try JSONTree(row.json.utf8)
            #expect(answers[index].values.count == type.leaves.count)
            for (leaf, value) in zip(type.leaves, answers[index].values) {
                let told = row[leaf.path]
                let shown = json.value(at: leaf.path)
                let isSame = LeafCheck(leaf, decoders[index]).isSame(value, told, shown, bytes[index])
                #expect(
                    isSame,
                    """
                    seed \(seed), \(type.name) \(leaf.path) \(leaf.kind): C has \(value), \
                    the decoder \(String(describing: told)), JSON \(String(describing: shown))
                    """)
            }
            #expect(json.leafPaths(decoders[index].plan) == Set(type.leaves.map(\.path)), "seed \(seed), \(type.name)")
        }
    }

    /// The compiler for the target lays constants out, in either byte order.
    @Test(arguments: seeds, ["bpfel", "bpfeb"])
    func `the bytes that clang lays a value out as are decoded to that value`(seed: UInt64, target: String) throws {
        let made = RandomTypes(Self.typesInObject, seed: seed, isForKernel: false)
        var numbers = SeededNumbers(seed: ~seed)
        var source = made.source
        var values: [[String: LeafValue]] = []
        for (index, type) in made.types.enumerated() {
            var given: [String: LeafValue] = [:]
            var initialisers: [String] = []
            for leaf in type.leaves where leaf.isChosen {
                let value = LeafValue(random: leaf, &numbers)
                given[leaf.path] = value
                initialisers.append(".\(leaf.path) = \(value.initialiser(leaf))")
            }
            source += "\(type.name) v\(index) __attribute__((section(\"data_v\(index)\"))) = {"
            source += initialisers.joined(separator: ", ") + "};\n"
            values.append(given)
        }
        let file = try compileBPF(source: source, target: target, arguments: ["-g", "-Wno-everything"])
        let sections = ELFSections(file)
        let object = try Object(parsing: file, name: "random.o")
        for (index, type) in made.types.enumerated() {
            let bytes = try #require(sections.content["data_v\(index)"])
            let decoder = try decoder(type, object)
            #expect(bytes.count == decoder.plan.size, "seed \(seed), \(type.name)")
            let row = unsafe decoder.row(bytes.span.bytes)
            let json = try JSONTree(row.json.utf8)
            for leaf in type.leaves {
                guard let value = values[index][leaf.path] else { continue }
                let told = row[leaf.path]
                let shown = json.value(at: leaf.path)
                let isSame = LeafCheck(leaf, decoder).isSame(value, told, shown, bytes)
                #expect(
                    isSame,
                    """
                    seed \(seed), \(target), \(type.name) \(leaf.path) \(leaf.kind): clang laid out \(value), \
                    the decoder has \(String(describing: told)), JSON \(String(describing: shown))
                    """)
            }
        }
    }
}
