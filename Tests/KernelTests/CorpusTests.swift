// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Objects as tracing programs make them (Tests/Fixtures/corpus), loaded by libbpf and by us.
extension KernelTests {
    @Suite(.cell("default"))
    struct Corpus {
        private static let folder = Lab.fixtures + "/corpus"

        /// Objects that libbpf refuses on every kernel, and this loader takes.
        private static let onlyOurs = [
            "data-named_sections", "maps-legacy_beside_modern", "programs-unknown_section_beside",
        ]

        @Test func `what libbpf loads, load-kp-bpf loads too, and leaves nothing behind`() throws {
            let before = Machine.now
            let objects = try FileManager.default.contentsOfDirectory(atPath: Self.folder).filter {
                $0.hasSuffix(".o")
            }.sorted()
            #expect(objects.count >= 80)
            let shared = Lab.share(of: objects)
            var ours: Set<String> = []
            var refused: [String] = []
            // What `--check` says of this kernel without bpf(2) is held to what loading says (CheckTests).
            let checked = Set(Lab.quarter(of: objects))
            for object in shared {
                let path = Self.folder + "/" + object
                let name = String(object.dropLast(2))
                let own = try run("load-kp-bpf", "--load-only", path)
                if checked.contains(object) { try Checks.compare(own, path) }
                guard own.status != 0 else {
                    ours.insert(name)
                    continue
                }
                refused.append(name)
                let libbpf = try run("/usr/sbin/bpftool", "prog", "loadall", path, "/sys/fs/bpf/corpus")
                try? FileManager.default.removeItem(atPath: "/sys/fs/bpf/corpus")
                #expect(libbpf.status != 0, "\(name): \(own)")
            }
            print("corpus: of \(shared.count) objects load-kp-bpf loads \(ours.count); nobody loads \(refused)")
            let expected = Set(Self.onlyOurs).intersection(shared.map { String($0.dropLast(2)) })
            #expect(ours.isSuperset(of: expected), "\(expected.subtracting(ours))")
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }
    }
}
