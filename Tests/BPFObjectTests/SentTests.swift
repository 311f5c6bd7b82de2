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
        "data-kfunc_weak_missing": ("8520000000000000 kfunc", "8500000080185477"),
        "programs-no_license": ("license=\"\"", "license=\"GPL\""),
    ]

    @Test func `there are recorded objects`() {
        #expect(Self.objects.count >= 15)
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
        // An array that was just created is all zeros.
        let lines = expected.split(separator: "\n").map(String.init).filter {
            !($0.hasPrefix("data ") && $0.hasSuffix(" zero"))
        }
        let sent = try SentFacts(plan, of: object, kernelVersion: kernel.version).lines
        for (libbpf, own) in zip(lines, sent) where libbpf != own {
            Issue.record("\(name): libbpf sends\n\(libbpf)\nand this loader\n\(own)")
            break
        }
        #expect(sent.count == lines.count)
    }
}
