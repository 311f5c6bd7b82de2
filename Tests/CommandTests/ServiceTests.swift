// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// The units of systemd, and the document that shows them.
struct ServiceTests {
    private static let root = fixtures.deletingLastPathComponent().deletingLastPathComponent()
    private static let units = ["load-kp-bpf@.service", "bpf-eventd@.service"]

    private static func unit(_ name: String) throws -> String {
        try String(contentsOf: root.appending(path: "Packaging/systemd/\(name)"), encoding: .utf8)
    }

    private static func blocks() throws -> [String] {
        let page = try String(contentsOf: root.appending(path: "docs/services.md"), encoding: .utf8)
        return page.components(separatedBy: "<!-- check: by=ServiceTests -->\n```ini\n").dropFirst().map {
            $0.components(separatedBy: "```")[0]
        }
    }

    @Test func `the document shows the units that are installed`() throws {
        let blocks = try Self.blocks()
        try #require(blocks.count == 3)
        #expect(try Array(blocks.dropFirst()) == Self.units.map(Self.unit))
        let installed = try FileManager.default.contentsOfDirectory(
            atPath: Self.root.appending(path: "Packaging/systemd").path)
        #expect(installed.sorted() == Self.units.sorted())
    }

    @Test func `the command lines of the example are read by the tools`() throws {
        let lines = try #require(try Self.blocks().first).split(separator: "\n")
        for (variable, tool) in [("LOAD_KP_BPF", "load-kp-bpf"), ("BPF_EVENTD", "bpf-eventd")] {
            let line = try #require(lines.first { $0.hasPrefix(variable + "=") })
            #expect(try Self.units.map(Self.unit).joined().contains("ExecStart=/usr/local/bin/\(tool) $\(variable)\n"))
            let arguments = line.dropFirst(variable.count + 1).split(separator: " ").map { String($0) }
            // There are neither the object nor the pin's file system in the place of the output: the line was read.
            let outcome = try Tools.run(tool, arguments + ["--duration", "soon"])
            #expect(outcome.status == 64 && outcome.errors.contains("--duration"), "\(outcome.errors)")
        }
    }

    @Test(arguments: units) func `a unit has the capabilities that BPF takes, and no more`(name: String) throws {
        let lines = try Self.unit(name).split(separator: "\n")
        #expect(
            lines.filter { $0.contains("Capabilit") } == ["CapabilityBoundingSet=CAP_BPF CAP_PERFMON"])
        for line in ["NoNewPrivileges=yes", "ProtectSystem=strict", "Type=notify", "SuccessExitStatus=3"] {
            #expect(lines.contains(line[...]), "\(line)")
        }
        // These take away what is traced or written to: bpffs, tracefs, processes.
        for word in ["ProtectKernelTunables=", "ProtectProc=", "PrivateNetwork=", "ProtectControlGroups="] {
            #expect(!lines.contains { $0.hasPrefix(word) }, "\(word)")
        }
    }

    @Test(
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-analyze"), "there is no systemd here"))
    func `systemd finds nothing wrong with the units`() throws {
        try withTemporaryFolder { folder in
            for name in Self.units {
                let text = try Self.unit(name).replacing(/\/usr\/local\/bin\/[a-z-]+/, with: "/bin/true")
                try Data(text.utf8).write(to: folder.appending(path: name))
            }
            let outcome = try runProcess(
                "/usr/bin/systemd-analyze", ["verify", "--man=no"] + Self.units.map { folder.appending(path: $0).path })
            #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        }
    }
}
