// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// What `--check` says of this kernel, and what loading says: one answer.
extension KernelTests {
    @Suite(.cell("default"))
    struct Checks {
        /// What is asked of an object: loading, after it was checked.
        private func answers(_ path: String) throws -> (check: Outcome, load: Outcome) {
            (
                try run("load-kp-bpf", "--check", "--load-only", "--quiet", path),
                try run("load-kp-bpf", "--load-only", "--quiet", path)
            )
        }

        private func pins() throws -> Set<String> {
            Set(try FileManager.default.contentsOfDirectory(atPath: "/sys/fs/bpf"))
        }

        private func objects(in folder: String) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".o") }.sorted()
                .map { folder + "/" + $0 }
        }

        @Test func `what is told to load loads, and what is told not to does not`() throws {
            let before = Machine.now
            let all = try objects(in: Lab.fixtures + "/corpus") + objects(in: Lab.fixtures)
            #expect(all.count >= 100)
            let paths = Lab.quarter(of: all)
            var (loads, refused, open): (Int, Int, Int) = (0, 0, 0)
            var verifier: [String] = []
            for path in paths {
                let name = String(path.split(separator: "/").last ?? "")
                let pins = try self.pins()
                let (check, load) = try answers(path)
                // A map that is pinned is another object's then.
                for pin in try self.pins().subtracting(pins) {
                    try FileManager.default.removeItem(atPath: "/sys/fs/bpf/" + pin)
                }
                switch check.status {
                case 0:
                    loads += 1
                    // What only the verifier knows is left to it.
                    if load.status == 70 {
                        verifier.append(name)
                    } else {
                        #expect(load.status == 0, "\(name): \(load)")
                    }
                case 4: open += 1
                default:
                    refused += 1
                    #expect(load.status != 0, "\(name): \(check)")
                }
            }
            print("check: \(loads) load, \(refused) do not, \(open) are not known; the verifier refuses \(verifier)")
            #expect(open * 10 <= paths.count)
            // Fixtures are among them that are there to be refused.
            #expect(verifier.count * 5 <= paths.count, "\(verifier)")
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test func `nobody needs a privilege to ask`() throws {
            let outcome = try shell(
                "cp \(Lab.examples)/minimal.bpf.o /tmp/checked.o && chmod 644 /tmp/checked.o && "
                    + "su nobody -s /bin/sh -c '/usr/bin/load-kp-bpf --check /tmp/checked.o' 2>&1; rm /tmp/checked.o")
            #expect(outcome.contains("on Linux ") && outcome.contains("It loads"), "\(outcome)")
        }
    }
}
