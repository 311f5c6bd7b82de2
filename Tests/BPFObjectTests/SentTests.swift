// SPDX-License-Identifier: Apache-2.0

import BPFObject
import Foundation
import TestSupport
import Testing

/// What plans would send to bpf(2), compared with what libbpf sent for the same objects (Tests/Fixtures/sent).
struct SentTests {
    private static let folder = fixtures.appending(path: "sent")

    private static let objects: [String] = {
        let files = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
        return (files ?? []).filter { $0.hasSuffix(".sent") }.map { String($0.dropLast(5)) }.sorted()
    }()

    /// What this loader sends otherwise on purpose; why is told in the fixture's README.
    private static let differences: [String: (libbpf: String, own: String)] = [
        // The call of a kernel function that is missing.
        "data-kfunc_weak_missing": ("8520000000000000 kfunc", "8500000080185477"),
        "programs-no_license": ("license=\"\"", "license=\"GPL\""),
    ]

    /// Maps of sections of data that no program refers to: this loader does not make them.
    private static let unusedMaps: [String: Set<String>] = [
        "tools-counts_of_system_calls": ["tools_co.rodata", ".rodata.cst32"]
    ]

    /// Whether libbpf's call is one that this loader does without.
    private static func isLeftOut(_ line: String, _ object: String) -> Bool {
        let words = line.split(separator: " ").map(String.init)
        guard words.count > 1, ["map", "data", "frozen"].contains(words[0]) else { return false }
        // An array that was just created is all zeros.
        if words[0] == "data", words.last == "zero" { return true }
        return unusedMaps[object]?.contains(words[1]) == true
    }

    @Test func `there are recorded objects`() {
        #expect(Self.objects.count >= 50)
    }

    @Test(arguments: objects)
    func `maps, types and programs are those that libbpf sends`(_ name: String) throws {
        let kernel = try RecordedKernel(Self.folder)
        let bytes = try [UInt8](Data(contentsOf: Self.folder.appending(path: name + ".o")))
        let object = try Object(parsing: bytes, name: name)
        var options = LoadPlan.Options()
        options.machine = MapFacts(possibleCPUs: 2, pageSize: 4096)
        let plan = try LoadPlan(object: object, programs: object.programs, kernel: kernel, options: options)

        var expected = try String(contentsOf: Self.folder.appending(path: name + ".sent"), encoding: .utf8)
        if let difference = Self.differences[name] {
            #expect(expected.contains(difference.libbpf))
            expected = expected.replacingOccurrences(of: difference.libbpf, with: difference.own)
        }
        let lines = expected.split(separator: "\n").map(String.init).filter { !Self.isLeftOut($0, name) }
        let sent = try SentFacts(plan, of: object, kernelVersion: kernel.version).lines
        for (libbpf, own) in zip(lines, sent) where libbpf != own {
            Issue.record("\(name): libbpf sends\n\(libbpf)\nand this loader\n\(own)")
            break
        }
        #expect(sent.count == lines.count)
    }
}
