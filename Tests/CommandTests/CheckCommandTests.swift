// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// `load-kp-bpf --check`: no privilege, no system call of BPF, and exit codes for a build server.
struct CheckCommandTests {
    private static let source = """
        #define SEC(name) __attribute__((section(name), used))
        static long (*bpf_loop)(unsigned, void *, void *, unsigned long long) = (void *)181;
        static int body(unsigned index, void *data) { return 0; }
        SEC("kprobe/do_exit") int on_exit(void *ctx) { bpf_loop(3, body, 0, 0); return 0; }
        char _license[] SEC("license") = "GPL";
        """

    private func withObject(_ body: (URL) throws -> Void) throws {
        try withTemporaryFolder { folder in
            chmod(folder.path, 0o755)
            let file = folder.appending(path: "loop.o")
            try Data(try compileBPF(source: Self.source, arguments: ["-g", "-Wno-everything"])).write(to: file)
            chmod(file.path, 0o644)
            try body(file)
        }
    }

    @Test func `another kernel is known by its release, its symbols, and the code says what loading would end with`()
        throws
    {
        try withObject { file in
            let symbols = file.deletingLastPathComponent().appending(path: "kallsyms")
            try Data("ffffffff81000000 T do_exit\nffffffff81000100 T vfs_read\n".utf8).write(to: symbols)
            let old = try Tools.run(
                "load-kp-bpf", ["--check", "--kernel", "5.10", file.path, "--kallsyms", symbols.path])
            #expect(old.status == 70 && old.errors.contains("bpf_loop, which kernels have since 5.17"), "\(old)")
            #expect(old.output.contains("on Linux 5.10"), "\(old.output)")
            let new = try Tools.run(
                "load-kp-bpf", ["--check", "--kernel", "6.1", file.path, "--kallsyms", symbols.path])
            #expect(new.status == 0 && new.errors.isEmpty, "\(new)")
            #expect(new.output.contains("on_exit  kprobe/do_exit"), "\(new.output)")
            let blind = try Tools.run("load-kp-bpf", ["--check", "--kernel", "6.1", file.path])
            #expect(blind.status == 4 && blind.output.contains("its symbols are not here"), "\(blind)")
            let only = try Tools.run("load-kp-bpf", ["--check", "--load-only", "--kernel", "6.1", file.path])
            #expect(only.status == 0, "\(only)")
            try Data("ffffffff81000000 T do_exot\n".utf8).write(to: symbols)
            let gone = try Tools.run(
                "load-kp-bpf", ["--check", "--kernel", "6.1", file.path, "--kallsyms", symbols.path])
            #expect(gone.status == 78 && gone.errors.contains("do_exot"), "\(gone)")
        }
    }

    @Test func `as JSON it is one object with an answer, reasons, and what is asked for`() throws {
        try withObject { file in
            let outcome = try Tools.run(
                "load-kp-bpf", ["--check", "--load-only", "--kernel", "5.10", "--json", file.path])
            #expect(outcome.status == 70)
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any], "\(outcome)")
            #expect(object["event"] as? String == "check" && object["answer"] as? String == "does-not-load")
            let reasons = try #require(object["reasons"] as? [[String: Any]])
            #expect(reasons.first?["exit"] as? Int == 70)
            let asks = try #require(object["asks"] as? [[String: Any]])
            #expect(asks.contains { $0["name"] as? String == "bpf_loop" && $0["since"] as? String == "5.17" })
        }
    }

    @Test(
        .enabled(if: FileManager.default.isReadableFile(atPath: "/sys/kernel/btf/vmlinux"), "this kernel has no types"))
    func `a directory of kernels is a matrix, older kernels first`() throws {
        try withObject { file in
            let folder = file.deletingLastPathComponent().appending(path: "kernels")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let none = try Tools.run("load-kp-bpf", ["--check", "--btf", folder.path, file.path])
            #expect(none.status == 66 && none.errors.contains("no file of a kernel's types"), "\(none)")
            let types = try Data(contentsOf: URL(fileURLWithPath: "/sys/kernel/btf/vmlinux"))
            for name in ["6.99.btf", "vmlinux-5.10.0-8-amd64"] { try types.write(to: folder.appending(path: name)) }
            let found = try Tools.run("load-kp-bpf", ["--check", "--btf", folder.path, file.path])
            let lines = found.output.split(separator: "\n").map(String.init)
            #expect(lines.count >= 3 && lines[0].hasPrefix("KERNEL"), "\(found)")
            #expect(lines[1].hasPrefix("5.10.0-8-amd64 ") && lines[2].hasPrefix("6.99 "), "\(found)")
            let one = try Tools.run("load-kp-bpf", ["--check", "--kernel", "5.10", "--btf", folder.path, file.path])
            #expect(one.output.contains("on Linux 5.10.0-8-amd64"), "\(one)")
            let other = try Tools.run("load-kp-bpf", ["--check", "--kernel", "4.19", "--btf", folder.path, file.path])
            #expect(other.status == 66 && other.errors.contains("no types of kernel 4.19"), "\(other)")
        }
    }

    @Test(
        .enabled(if: FileManager.default.isReadableFile(atPath: "/sys/kernel/btf/vmlinux"), "this kernel has no types"),
        arguments: [
            ("xdp", "xdp:lo", Int32(0), "xdp lo"), ("xdp", "xdp:nosuchdev0", 78, "no network device nosuchdev0"),
            ("tc", "tc:nosuchdev0:ingress", 78, "no network device nosuchdev0"),
            ("cgroup_skb/ingress", "cgroup:/sys/fs/cgroup/no/such", 78, "no control group"),
            ("uprobe", "uprobe:/no/such/file:main", 78, "cannot read /no/such/file"),
            ("uprobe", "uprobe:/bin/sh:0x40", 0, "/bin/sh"),
        ])
    func `a device, a control group and a file are looked for where the answer is about this machine`(
        section: String, target: String, status: Int32, words: String
    ) throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "target.o")
            let source = """
                #define SEC(name) __attribute__((section(name), used))
                SEC("\(section)") int prog(void *ctx) { return 0; }
                char _license[] SEC("license") = "GPL";
                """
            try Data(try compileBPF(source: source, arguments: ["-g", "-Wno-everything"])).write(to: file)
            let here = try Tools.run("load-kp-bpf", ["--check", "--attach", "prog=\(target)", file.path])
            #expect(here.status == status && (here.output + here.errors).contains(words), "\(here)")
            // Another machine's are not here.
            let other = try Tools.run(
                "load-kp-bpf", ["--check", "--kernel", "6.12", "--attach", "prog=\(target)", file.path])
            #expect(other.status == 0, "\(other)")
        }
    }

    @Test(arguments: [
        (["--kernel", "5.10"], "--kernel goes with --check"), (["--kallsyms", "f"], "--kallsyms goes with"),
        (["--check", "--kallsyms", "f"], "--kernel"), (["--check", "--trace"], "--trace"),
        (["--check", "--events"], "--events"), (["--no-warn", "map-never-usd"], "map-never-used"),
    ])
    func `options that do not go together are told`(options: [String], words: String) throws {
        let outcome = try Tools.run("load-kp-bpf", options + ["x.o"])
        #expect(outcome.status == 64 && outcome.errors.contains(words), "\(outcome)")
    }

    @Test func `a warning is silenced by its code`() throws {
        try withObject { file in
            let source =
                Self.source + """

                    struct { int (*type)[2]; int (*max_entries)[1]; unsigned *key; unsigned *value; } idle SEC(".maps");
                    """
            try Data(try compileBPF(source: source, arguments: ["-g", "-Wno-everything"])).write(to: file)
            let arguments = ["--check", "--load-only", "--kernel", "6.1", file.path]
            let told = try Tools.run("load-kp-bpf", arguments)
            #expect(told.status == 0 && told.errors.contains("no program of the object uses map idle"), "\(told)")
            let silent = try Tools.run("load-kp-bpf", arguments + ["--no-warn", "map-never-used"])
            #expect(silent.status == 0 && silent.errors.isEmpty, "\(silent)")
        }
    }
}
