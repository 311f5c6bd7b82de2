// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// A ring that processes write to and programs read (BPF_MAP_TYPE_USER_RINGBUF, Linux 6.1).
extension KernelTests {
    @Suite(.cell("default"))
    struct UserRings {
        private let object = "\(Lab.fixtures)/user_ring.o"

        @Test func `it is made with the others, and told to be none that is read`() throws {
            let before = Machine.now
            let pin = "/sys/fs/bpf/commands"
            let outcome = try run(
                "load-kp-bpf", object, "--show", "--duration", "300ms", "--pin", "commands=\(pin)")
            guard Lab.kernel != "5.10" else {
                #expect(outcome.status == 69, "\(outcome)")
                for word in ["user_ringbuf", "6.1"] { #expect(outcome.stderr.contains(word), "\(word) in \(outcome)") }
                return #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
            }
            #expect(outcome.status == 0 && outcome.stdout.contains("messages"), "\(outcome)")
            #expect(outcome.stderr.contains("commands: it is a ring that processes write to"), "\(outcome)")
            // The daemon reads it neither as a ring nor as elements.
            let events = try run("bpf-eventd", pin, "-")
            #expect(events.status != 0 && events.stderr.contains("it is of type user_ringbuf"), "\(events)")
            #expect(events.stderr.contains("a ring that processes write to"), "\(events)")
            let elements = try run("bpf-eventd", "--once", pin, "-")
            #expect(elements.status != 0 && elements.stderr.contains("a ring that processes write to"), "\(elements)")
            try FileManager.default.removeItem(atPath: pin)
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }
    }
}
