// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// load-kp-bpf with objects that it does not take: told before any privilege is needed, and the same to everybody.
struct LoadKpBpfObjectTests {
    /// A folder that an unprivileged user may read, with files in it.
    private func withObjects(_ files: [String: [UInt8]], _ body: (URL) throws -> Void) throws {
        try withTemporaryFolder { folder in
            chmod(folder.path, 0o755)
            for (name, content) in files {
                let file = folder.appending(path: name)
                try Data(content).write(to: file)
                chmod(file.path, 0o644)
            }
            try body(folder)
        }
    }

    /// Runs the loader as this user and without privilege, as text and as JSON, and compares.
    ///
    /// - Returns: What it says on stderr.
    private func refusal(_ status: Int32, _ arguments: [String]) throws -> String {
        let own = try Tools.run("load-kp-bpf", arguments)
        #expect(own.status == status && own.stdout.isEmpty, "\(arguments): \(own.errors)")
        #expect(own.errors.hasPrefix("load-kp-bpf: error: "), "\(arguments): \(own.errors)")
        let json = try Tools.run("load-kp-bpf", arguments + ["--json"])
        #expect(json.status == status && json.stdout.isEmpty)
        let report = try jsonReport(json)
        let message = try #require(report["message"] as? String)
        #expect(own.errors.contains(message), "\(message)")
        if Tools.canDropPrivilege {
            let other = try Tools.runAsNobody("load-kp-bpf", arguments)
            #expect(other.status == own.status && other.stderr == own.stderr, "\(arguments): \(other.errors)")
        }
        return own.errors
    }

    @Test func `programs of kinds that are not attached are all told, with the option that attaches them`() throws {
        let source = """
            __attribute__((section("xdp"), used)) int packet(void *context) { return 2; }
            __attribute__((section("lirc_mode2"), used)) int user(void *context) { return 0; }
            __attribute__((section("cgroup/connect4"), used)) int connect(void *context) { return 1; }
            char _license[] __attribute__((section("license"), used)) = "GPL";
            """
        try withObjects(["kinds.o": try compileBPF(source: source)]) { folder in
            let object = folder.appending(path: "kinds.o").path
            let errors = try refusal(64, [object])
            #expect(errors.contains("none of its programs is of a kind that is attached here"))
            #expect(errors.contains("--attach packet=xdp:DEVICE[:generic|:driver], such as xdp:eth0"))
            #expect(errors.contains("load-kp-bpf does not attach lirc_mode2 programs"))
            #expect(errors.contains("--attach connect=cgroup/connect4:PATH, such as cgroup/connect4:/sys/fs/cgroup/a"))
            let named = try refusal(64, ["--program", "user", object, "vfs_read"])
            #expect(named.contains("program user is not attached to vfs_read"))
            #expect(named.contains("load-kp-bpf does not attach lirc_mode2 programs"))
        }
    }

    @Test func `a process that no program can be for is refused, and so is one that the target contradicts`() throws {
        let source = """
            const volatile int targ_pid = 0;
            __attribute__((section("kprobe/vfs_read"), used)) int on_read(void *context) { return targ_pid; }
            __attribute__((section("?iter/task:pid=1"), used)) int tasks(void *context) { return 0; }
            __attribute__((section("?perf_event"), used)) int samples(void *context) { return 0; }
            char _license[] __attribute__((section("license"), used)) = "GPL";
            """
        try withObjects(["pid.o": try compileBPF(source: source, arguments: ["-g"])]) { folder in
            let object = folder.appending(path: "pid.o").path
            let none = try refusal(64, [object, "--pid", "4711"])
            #expect(none.contains("--pid 4711 chooses nothing") && none.contains("on_read"), "\(none)")
            #expect(none.contains("--set targ_pid=4711"), "\(none)")
            for (program, target) in [("tasks", "task:pid=1"), ("samples", "perf_event:cpu-clock@99,pid=1")] {
                let other = try refusal(
                    64, [object, "--attach", "\(program)=\(target)", "--program", program, "--pid", "2"])
                #expect(other.contains("name different processes") && other.contains("process or thread 1"), "\(other)")
            }
        }
    }

    @Test(arguments: [
        ["--list", "--stats"], ["--stop", "/sys/fs/bpf/x", "--verbose"], ["--list", "usdt:/bin/sh", "vfs_read"],
        ["--list", "--pid", "1"], ["--list", "usdt:/bin/sh", "--set", "a=1"], ["--list", "--program", "x"],
        ["--stop", "/sys/fs/bpf/x", "--pid", "1"],
    ])
    func `a list takes no words that it does not look at`(arguments: [String]) throws {
        let outcome = try Tools.run("load-kp-bpf", arguments)
        #expect(outcome.status == 64, "\(outcome.errors)")
    }

    @Test func `what is no readable file is exit code 66`() throws {
        try withObjects([:]) { folder in
            try #expect(refusal(66, [folder.appending(path: "none.o").path, "f"]).contains("ENOENT"))
            try #expect(refusal(66, [folder.path, "f"]).contains("EISDIR"))
        }
    }

    @Test func `what is no BPF object is exit code 65, and the message says what it is`() throws {
        try withObjects([
            "empty": [], "text": Array("int main(void) { return 0; }\n".utf8),
            "zeros": [UInt8](repeating: 0, count: 4096),
            "ones": [UInt8](repeating: 0xff, count: 4096), "escape": Array("\u{1b}[2J\u{1b}]0;x\u{7}".utf8),
            "swapped": try compileBPF("seed.c", target: UInt32(1).littleEndian == 1 ? "bpfeb" : "bpfel"),
        ]) { folder in
            func refused(_ name: String) throws -> String {
                try refusal(65, [folder.appending(path: name).path, "f"])
            }
            try #expect(refused("empty").contains("empty"))
            try #expect(refused("text").contains("it is text"))
            try #expect(refused("zeros").contains("not an ELF file"))
            try #expect(refused("ones").contains("not an ELF file"))
            try #expect(refused("escape").contains("not an ELF file"))
            try #expect(refused("swapped").contains("endian"))
            try #expect(refusal(65, [Tools.folder.appending(path: "load-kp-bpf").path, "f"]).contains("not for BPF"))
        }
    }

    @Test func `a FIFO that nobody writes to is not waited for`() throws {
        try withObjects([:]) { folder in
            let fifo = folder.appending(path: "fifo").path
            #expect(mkfifo(fifo, 0o644) == 0)
            try #expect(refusal(65, [fifo, "f"]).contains("empty"))
        }
    }

    @Test func `a truncated object is refused at every length, the same to everybody`() throws {
        let whole = try compileBPF("seed.c")
        let lengths = Array(stride(from: 64, to: whole.count, by: 64))
        try withObjects(Dictionary(uniqueKeysWithValues: lengths.map { ("\($0)", Array(whole[..<$0])) })) { folder in
            for length in lengths {
                let words = try refusal(65, [folder.appending(path: "\(length)").path, "f"])
                #expect(words.contains("object \(folder.path)/\(length)"), "\(words)")
            }
        }
    }

    @Test func `an object without the section names those that it has, and the option`() throws {
        try withObjects(["other.o": try compileBPF(source: Self.other)]) { folder in
            let words = try refusal(65, [folder.appending(path: "other.o").path, "f"])
            #expect(words.contains("no section prog") && words.contains("kprobe/one, kprobe/two"), "\(words)")
            #expect(words.contains("--section"), "\(words)")
        }
    }

    @Test(arguments: [">/dev/full", ">&-", "2>&-", "2>/dev/full", ">&- 2>&-", "<&- >&- 2>&-"])
    func `streams that are full or closed neither stop nor crash it`(redirection: String) throws {
        let outcome = try Tools.shell(#""$T/load-kp-bpf" /no/such/object f \#(redirection)"#)
        #expect(outcome.status == 66)
    }

    @Test(.enabled(if: Tools.canDropPrivilege && EventGenerator.isAvailable, "needs root, setpriv and bpf(2)"))
    func `a good object without privilege is exit code 77, and names the capability or the setting`() throws {
        try withObjects(["seed.o": try compileBPF("seed.c")]) { folder in
            let path = folder.appending(path: "seed.o").path
            let outcome = try Tools.runAsNobody("load-kp-bpf", ["--load-only", path])
            #expect(outcome.status == 77 && outcome.stdout.isEmpty, "\(outcome.errors)")
            #expect(outcome.errors.contains("CAP_") || outcome.errors.contains("unprivileged_bpf"), "\(outcome.errors)")
            #expect(outcome.errors.contains("  next: "), "\(outcome.errors)")
            let json = try Tools.runAsNobody("load-kp-bpf", ["--load-only", "--json", path])
            try #expect(jsonReport(json)["exit"] as? Int == 77)
        }
    }

    private static let other = """
        __attribute__((section("kprobe/one"))) int one(void *ctx) { return 0; }
        __attribute__((section("kprobe/two"))) int two(void *ctx) { return 0; }
        char _license[] __attribute__((section("license"))) = "GPL";
        """
}
