// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// What `--check` says of this kernel, and what loading says: one answer.
extension KernelTests {
    @Suite(.cell("default"))
    struct Checks {
        /// Holds what `--check` says of an object to what loading it gave.
        ///
        /// - Returns: Whether it is known.
        @discardableResult
        static func compare(_ load: Outcome, _ path: String) throws -> Bool {
            let check = try run("load-kp-bpf", "--check", "--load-only", "--quiet", path)
            switch check.status {
            // What only the verifier knows is left to it, and so are privileges and pins.
            case 0: #expect([0, 70].contains(load.status), "\(path): \(load)")
            case 4: return false
            default: #expect(load.status != 0, "\(path): \(check)")
            }
            return true
        }

        private func pins() throws -> Set<String> {
            Set(try FileManager.default.contentsOfDirectory(atPath: "/sys/fs/bpf"))
        }

        @Test func `what is told to load loads, and what is told not to does not`() throws {
            let before = Machine.now
            let all = try FileManager.default.contentsOfDirectory(atPath: Lab.fixtures).filter { $0.hasSuffix(".o") }
            #expect(all.count >= 40)
            var open: [String] = []
            for name in Lab.quarter(of: all.sorted()) {
                let pins = try self.pins()
                let path = Lab.fixtures + "/" + name
                let load = try run("load-kp-bpf", "--load-only", "--quiet", path)
                // A map that is pinned is another object's then.
                for pin in try self.pins().subtracting(pins) {
                    try FileManager.default.removeItem(atPath: "/sys/fs/bpf/" + pin)
                }
                if try !Self.compare(load, path) { open.append(name) }
            }
            print("check: not known are \(open)")
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test(arguments: ["variable", "function", "address"])
        func `of what a kernel has, the way without it is walked where its verifier walks it`(program: String) throws {
            let path = Lab.fixtures + "/weak_symbols.o"
            let load = try run("load-kp-bpf", "--load-only", path, "--program", program)
            let check = try run("load-kp-bpf", "--check", "--load-only", path, "--program", program)
            #expect(load.status == check.status && [0, 70].contains(load.status), "\(load)\n\(check)")
        }

        @Test func `what is for programs under the GPL is told before the verifier tells it`() throws {
            let load = try run("load-kp-bpf", "--load-only", Lab.fixtures + "/proprietary.o")
            let check = try run("load-kp-bpf", "--check", "--load-only", Lab.fixtures + "/proprietary.o")
            #expect(load.status == 70 && check.status == 70, "\(load)\n\(check)")
            #expect(check.stderr.contains("verifier-license") && load.stderr.contains("verifier-license"))
        }

        @Test func `nobody needs a privilege to ask`() throws {
            let outcome = try shell(
                "cp \(Lab.examples)/minimal.bpf.o /tmp/checked.o && chmod 644 /tmp/checked.o && "
                    + "su nobody -s /bin/sh -c '/usr/bin/load-kp-bpf --check /tmp/checked.o' 2>&1; rm /tmp/checked.o")
            #expect(outcome.contains("on Linux ") && outcome.contains("It loads"), "\(outcome)")
        }
    }
}
