// SPDX-License-Identifier: Apache-2.0

import BPF
import Glibc
import RemovalProbes

/// `removals`: prints each file that is removed, until Ctrl-C.
///
/// The probes are in this program: no object is needed beside it.
@main
struct Removals {
    static func main() {
        do {
            try run()
        } catch {
            print(error)
            exit(1)
        }
    }

    private static func run() throws {
        var programs = try BPFCollection(Object(parsing: ProbeObject.bytes, name: "removals"))
        try programs.attach()
        var reader = try programs.reader(of: "removals")
        print("PID     COMMAND          PATH")
        fflush(nil)
        while try reader.wait() {
            try reader.drain(as: Removal.self) { removal, _ in
                print(pad("\(removal.pid)", 7), pad("\(removal.command)", 16), removal.path)
            } lost: { loss in
                print("\(loss.samples ?? 1) removals were lost")
            }
            fflush(nil)
        }
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, 0))
    }
}
