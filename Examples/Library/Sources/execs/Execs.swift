// SPDX-License-Identifier: Apache-2.0

import BPF
import Glibc

/// `execs OBJECT [MILLISECONDS]`: loads `bootstrap.bpf.o`, attaches it where its sections say, and prints its events by
/// type, until Ctrl-C.
@main
struct Execs {
    static func main() async {
        do {
            try await run(CommandLine.arguments)
        } catch {
            print(error)
            exit(1)
        }
    }

    /// The collection lives in a function: its programs are detached when that ends.
    private static func run(_ arguments: [String]) async throws {
        var object = try Object(contentsOf: arguments.count > 1 ? arguments[1] : "bootstrap.bpf.o")
        if arguments.count > 2 { try object.set("min_duration_ns", to: arguments[2] + "000000") }
        var programs = try BPFCollection(object)
        try programs.attach()
        for try await event in try programs.events(of: "rb") {
            print(event["comm"]?.text ?? "", event.json)
            fflush(nil)
        }
    }
}
