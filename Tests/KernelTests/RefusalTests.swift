// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Every refusal: a clear message, its exit code, and nothing left behind.
extension KernelTests {
    @Suite(.cell("default"))
    struct Refusals {
        private let object = Lab.examples + "/test_prog1.o"

        /// Runs a loader that must refuse, and looks that the machine is as it was.
        private func refused(
            _ status: Int32, _ words: [String], _ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            let before = Machine.now
            let outcome = try RunningTool("load-kp-bpf", arguments).finish()
            #expect(outcome.status == status, "\(outcome)", sourceLocation: sourceLocation)
            for word in words {
                #expect(outcome.stderr.contains(word), "\(word) is said in: \(outcome)", sourceLocation: sourceLocation)
            }
            #expect(outcome.stdout.isEmpty, sourceLocation: sourceLocation)
            #expect(
                before.isRestored(), "left behind: \(Machine.now)\nbefore: \(before)", sourceLocation: sourceLocation)
        }

        @Test(arguments: [
            ("no_such_function_here", 78, "no_such_function_here"), ("sys_bpff", 78, "sys_bpf"),
            ("vfs_raed", 78, "vfs_read"), ("no_such_module:vfs_read", 78, "no_such_module"),
            ("vfs_read' ; id ; '", 64, "'"), ("vfs_read\np:evil vfs_write", 64, "vfs_read"), ("", 64, "missing"),
            ("vfs_read;reboot", 64, ";"), ("vfs read", 64, "vfs"), ("vfs_read+xyz", 64, "xyz"),
            (String(repeating: "a", count: 600), 64, "aaaa"),
        ])
        func `a function that is not there, or no name at all`(name: String, status: Int32, word: String) throws {
            try refused(status, [word], [object, name])
        }

        @Test func `an offset that is not the start of an instruction`() throws {
            try refused(78, ["vfs_read+0x1"], [object, "vfs_read+0x1"])
        }

        @Test func `a function that is blacklisted`() throws {
            let list = try? String(contentsOfFile: "/sys/kernel/debug/kprobes/blacklist", encoding: .utf8)
            let name = try #require(
                list?.split(separator: "\n").compactMap { $0.split(separator: "\t").last }.first {
                    $0.allSatisfy { $0.isLetter || $0 == "_" }
                }, "Debian's kernels have a blacklist")
            try refused(78, ["blacklist"], [object, String(name)])
        }

        @Test func `an object that is not there, not an ELF, cut short, or without a program`() throws {
            try refused(66, ["/nowhere.o"], ["/nowhere.o", "sys_bpf"])
            try refused(65, ["ELF"], ["/etc/passwd", "sys_bpf"])
            try refused(65, ["/bin/busybox"], ["/bin/busybox", "sys_bpf"])
            try refused(65, ["prog2"], ["--section", "prog2", object, "sys_bpf"])
            let bytes = try Data(contentsOf: URL(fileURLWithPath: object))
            let cut = FileManager.default.temporaryDirectory.appending(path: "cut.o")
            for length in stride(from: 0, to: bytes.count, by: 64) {
                try bytes.prefix(length).write(to: cut)
                try refused(65, ["cut.o"], [cut.path, "sys_bpf"])
            }
        }

        @Test func `a pinned map of another type, with a table of what differs`() throws {
            try shell("bpftool map create /sys/fs/bpf/map_event type array key 4 value 8 entries 3 name map_event")
            defer { _ = try? shell("rm /sys/fs/bpf/map_event") }
            try refused(65, ["array", "perf_event_array", "wanted", "/sys/fs/bpf/map_event"], [object, "sys_bpf"])
            let daemon = try run("bpf-eventd", "/sys/fs/bpf/map_event", "-")
            #expect(daemon.status == 65 && daemon.stderr.contains("array"), "\(daemon)")
            let dump = try shell("bpftool -j map dump pinned /sys/fs/bpf/map_event")
            let zeros = #""value":["0x00","0x00","0x00","0x00""#
            #expect(dump.components(separatedBy: zeros).count == 4, "the other map is not written to: \(dump)")
        }

        @Test func `a pin that is a symbolic link, a folder, a program or somebody else's`() throws {
            defer { _ = try? shell("rm -rf /sys/fs/bpf/map_event /sys/fs/bpf/other") }
            try shell("bpftool map create /sys/fs/bpf/other type perf_event_array key 4 value 4 entries 4 name other")
            try shell("ln -s /sys/fs/bpf/other /sys/fs/bpf/map_event")
            try refused(77, ["symbolic link"], [object, "sys_bpf"])
            try shell("rm /sys/fs/bpf/map_event; mkdir /sys/fs/bpf/map_event")
            try refused(77, ["directory"], [object, "sys_bpf"])
            try shell("rmdir /sys/fs/bpf/map_event; mv /sys/fs/bpf/other /sys/fs/bpf/map_event")
            try shell("chown 1000 /sys/fs/bpf/map_event")
            try refused(77, ["uid 1000"], [object, "sys_bpf"])
        }

        @Test func `a folder for pins that another user owns`() throws {
            try shell("mkdir -p /sys/fs/bpf/tc && chown 1000 /sys/fs/bpf/tc")
            defer { _ = try? shell("rm -rf /sys/fs/bpf/tc") }
            try refused(77, ["/sys/fs/bpf/tc", "uid 1000"], [Lab.examples + "/test_prog.o", "sys_bpf"])
        }

        @Test func `a bpf file system that is mounted read-only`() throws {
            try shell("mount -o remount,ro /sys/fs/bpf")
            defer { _ = try? shell("mount -o remount,rw /sys/fs/bpf") }
            try refused(74, ["read-only"], [object, "sys_bpf"])
            let daemon = try run("bpf-eventd", "/sys/fs/bpf/map_event", "-")
            #expect(daemon.status == 74 && daemon.stderr.contains("read-only"), "\(daemon)")
        }

        @Test func `no privilege: the message names the capability and a command that works`() throws {
            let before = Machine.now
            for tool in ["load-kp-bpf \(object) sys_bpf", "bpf-eventd /sys/fs/bpf/map_event -"] {
                let outcome = try RunningTool("/bin/su", ["-s", "/bin/sh", "tracer", "-c", "\(Lab.tools)/\(tool)"])
                    .finish()
                #expect(outcome.status == 77, "\(outcome)")
                #expect(outcome.stderr.contains("CAP_") || outcome.stderr.contains("root"), "\(outcome)")
                #expect(outcome.stderr.contains("sudo"), "\(outcome)")
            }
            #expect(before.isRestored())
        }
    }
}
