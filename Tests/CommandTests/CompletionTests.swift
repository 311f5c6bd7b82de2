// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// What Tab offers in a shell, with the scripts that an installation has.
struct CompletionTests {
    private static let root = fixtures.deletingLastPathComponent().deletingLastPathComponent()
    private static let object = fixtures.appending(path: "sent/bootstrap.bpf.o").path

    /// The scripts of a shell; removed with the last test.
    private static let scripts: URL? = try? {
        let folder = FileManager.default.temporaryDirectory.appending(path: "completions-\(UUID().uuidString)")
        let made = try runProcess(
            root.appending(path: "Scripts/completions").path, [Tools.folder.path, folder.path])
        return made.status == 0 ? folder : nil
    }()

    /// Presses Tab behind the last word in bash.
    ///
    /// - Returns: The words that are offered.
    private static func bash(_ tool: String, _ words: [String], in folder: URL? = nil) throws -> [String] {
        let script = try #require(scripts).appending(path: "bash/\(tool)").path
        let press = """
            . "$0"; tool=$1; shift
            COMP_WORDS=("$tool" "$@") COMP_CWORD=$# COMP_LINE="$tool $*" COMP_POINT=9999 COMPREPLY=()
            function=$(complete -p "$tool"); function=${function##* -F }; function=${function%% *}
            "$function" "$tool" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
            for word in "${COMPREPLY[@]}"; do printf '%s\\n' "$word"; done
            """
        let outcome = try runProcess(
            "/bin/bash", ["--norc", "-c", press, script, tool] + words,
            environment: ["PATH": "\(Tools.folder.path):/usr/bin:/bin"], currentDirectory: folder)
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        return outcome.output.split(separator: "\n").map { String($0) }
    }

    @Test(arguments: [
        (["--program", ""], ["handle_exec", "handle_exit"]), (["--program", "handle_exi"], ["handle_exit"]),
        (["--attach", "handle_exi"], ["handle_exit="]), (["--set", ""], ["min_duration_ns="]),
        (["--map-size", "e"], ["exec_start="]),
        (["--section", "tp/sched/sched_process_exe"], ["tp/sched/sched_process_exec"]),
        (["--map-layout", ""], ["automatic", "samples", "tc"]),
        (["--why", "verifier-null-p"], ["verifier-null-pointer"]),
        (["--pin-l"], ["--pin-links"]), (["--program", "nothing_like_it"], []),
    ])
    func `names of the object, codes and options are completed`(words: [String], offered: [String]) throws {
        #expect(try Self.bash("load-kp-bpf", [Self.object] + words).sorted() == offered)
    }

    @Test func `functions of the kernel are completed once two letters are there`() throws {
        #expect(try Self.bash("load-kp-bpf", [Self.object, "vfs_rea"]).contains("vfs_read"))
        #expect(try Self.bash("load-kp-bpf", [Self.object, "v"]).isEmpty)
    }

    @Test func `fields and maps of the capture are completed, within a list too`() throws {
        var maker = try CaptureMaker(
            map: "execs", layout: "struct { u32 pid; char comm[16]; struct { u64 ns; } took; }")
        maker.end()
        try withTemporaryFolder { folder in
            try Data(maker.bytes).write(to: folder.appending(path: "trace.bev"))
            let offered = { words in try Self.bash("print-event", ["trace.bev"] + words, in: folder) }
            #expect(try offered(["--fields", "pid,co"]) == ["pid,comm"])
            #expect(try offered(["--summary", "t"]) == ["took.ns"])
            #expect(try offered(["--where", "_p"]) == ["_pid"])
            #expect(try offered(["--map", ""]) == ["execs"] && offered(["--map", "other,e"]) == ["other,execs"])
            #expect(try offered(["--color", "al"]) == ["always"])
            #expect(try Self.bash("print-event", ["tra"], in: folder) == ["trace.bev"])
        }
    }

    @Test func `files are completed behind bpf-eventd, where no pin begins like that`() throws {
        try withTemporaryFolder { folder in
            try Data().write(to: folder.appending(path: "events.bev"))
            #expect(try Self.bash("bpf-eventd", ["eve"], in: folder) == ["events.bev"])
            #expect(try Self.bash("bpf-eventd", ["--dump-on", "SIGUSR2"], in: folder) == ["SIGUSR2"])
        }
    }

    @Test func `names that a shell would execute are not offered, and nothing is executed`() throws {
        let names = ["$(touch${IFS}executed)", "`touch${IFS}executed`", "a;touch executed", "*", "-x", "x y"]
        let source =
            names.enumerated().map { index, name in
                """
                int bad\(index)(void *context) __asm__("\(name)");
                __attribute__((section("kprobe/\(name)"), used)) int bad\(index)(void *context) { return \(index); }

                """
            }.joined() + "__attribute__((section(\"kprobe/good\"), used)) int good(void *context) { return 0; }\n"
        let object = try compileBPF(source: source)
        try withTemporaryFolder { folder in
            try Data(object).write(to: folder.appending(path: "hostile.o"))
            for name in names { try Data().write(to: folder.appending(path: name + ".o")) }
            let before = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            #expect(try Self.bash("load-kp-bpf", ["hostile.o", "--program", ""], in: folder) == ["good"])
            #expect(
                try Self.bash("load-kp-bpf", ["hostile.o", "--section", ""], in: folder) == [
                    "kprobe/-x", "kprobe/good",
                ])
            _ = try Self.bash("load-kp-bpf", [""], in: folder)
            _ = try Self.bash("bpf-eventd", [""], in: folder)
            // What has been typed is not run either: it may be a program of the directory.
            try Data("#!/bin/sh\ntouch executed\n".utf8).write(to: folder.appending(path: "load-kp-bpf"))
            chmod(folder.appending(path: "load-kp-bpf").path, 0o755)
            let script = try #require(Self.scripts).appending(path: "bash/load-kp-bpf").path
            let typed = try runProcess(
                "/bin/bash",
                [
                    "--norc", "-c",
                    ". \"$0\"; COMP_WORDS=(./load-kp-bpf hostile.o --program '') COMP_CWORD=3 COMP_LINE=x COMP_POINT=1;"
                        + " _load-kp-bpf ./load-kp-bpf '' --program", script,
                ], environment: ["PATH": "\(Tools.folder.path):/usr/bin:/bin"], currentDirectory: folder)
            #expect(typed.status == 0, "\(typed.errors)")
            let after = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            #expect(after.filter { $0 != "load-kp-bpf" } == before)
        }
    }

    @Test func `files that are no objects or captures, and such as would not end, are no reason to stall`() throws {
        try withTemporaryFolder { folder in
            try Data("\u{7f}ELF and nothing else".utf8).write(to: folder.appending(path: "broken.o"))
            try #require(mkfifo(folder.appending(path: "fifo.o").path, 0o600) == 0)
            for file in ["broken.o", "fifo.o", "missing.o", "/dev/zero"] {
                #expect(try Self.bash("load-kp-bpf", [file, "--program", ""], in: folder).isEmpty)
                #expect(try Self.bash("print-event", [file, "--fields", ""], in: folder).isEmpty)
            }
        }
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/fish"), "there is no fish here"))
    func `fish completes names of the object`() throws {
        let script = try #require(Self.scripts).appending(path: "fish/load-kp-bpf.fish").path
        try withTemporaryFolder { folder in
            let outcome = try runProcess(
                "/usr/bin/fish",
                ["--no-config", "-c", "source \(script); complete -C 'load-kp-bpf \(Self.object) --program '"],
                environment: ["PATH": "\(Tools.folder.path):/usr/bin:/bin", "HOME": folder.path])
            // Behind each word fish has the help of the option.
            let words = outcome.output.split(separator: "\n").map { $0.prefix { $0 != "\t" } }
            #expect(words == ["handle_exec", "handle_exit"], "\(outcome)")
        }
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/zsh"), "there is no zsh here"))
    func `zsh reads the scripts`() throws {
        for tool in ["load-kp-bpf", "bpf-eventd", "print-event"] {
            let script = try #require(Self.scripts).appending(path: "zsh/_\(tool)").path
            #expect(try runProcess("/usr/bin/zsh", ["-n", script]).status == 0)
        }
    }

    @Test(arguments: ["load-kp-bpf", "bpf-eventd", "print-event"])
    func `a script for zsh has one rest of the line and no commands`(tool: String) throws {
        let text = try String(contentsOf: try #require(Self.scripts).appending(path: "zsh/_\(tool)"), encoding: .utf8)
        #expect(!text.contains(":->arg'") && !text.contains(":->command'"))
        #expect(text.contains("'*:function:") == (tool == "load-kp-bpf"))
    }
}
