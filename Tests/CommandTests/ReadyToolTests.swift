// SPDX-License-Identifier: Apache-2.0

import BPFObject
import Foundation
import TestSupport
import Testing

@testable import load_kp_bpf

/// Tools that are found by their names: what a name is, where it is looked for, and what the object says of itself.
struct ReadyToolTests {
    // MARK: - Names and places

    @Test func `a name is plain, so that none leads out of the directory`() {
        for name in ["opensnoop", "a", "My-tool_2", String(repeating: "x", count: 64)] {
            #expect(ToolName(name)?.description == name)
        }
        for name in [
            "", "-x", ".", "..", "a/b", "/a", "a.o", "opensnoop.bpf.o", "a b", "a\0b", "ä", "a\n", "$x", "~",
            String(repeating: "x", count: 65),
        ] {
            #expect(ToolName(name) == nil, "\(name)")
        }
        #expect(ToolName(file: "opensnoop.bpf.o")?.description == "opensnoop")
        #expect(ToolName(file: "a.o")?.description == "a")
        for file in ["opensnoop.bpf.c", "tool.h", ".o", ".bpf.o", "..o", "a.b.o", "opensnoop"] {
            #expect(ToolName(file: file) == nil, "\(file)")
        }
    }

    @Test func `the directory of the tools is beside that of the executable`() {
        #expect(ToolShelf.beside(executable: "/usr/local/bin/load-kp-bpf") == "/usr/local/lib/swift-bpf/tools")
        #expect(ToolShelf.beside(executable: "/usr/bin/load-kp-bpf (deleted)") == "/usr/lib/swift-bpf/tools")
        #expect(ToolShelf.beside(executable: "/bin/load-kp-bpf") == "/lib/swift-bpf/tools")
        for path in ["", "/", "/load-kp-bpf", "bin/load-kp-bpf"] {
            #expect(ToolShelf.beside(executable: path) == nil, "\(path)")
        }
    }

    // MARK: - How it is shown

    @Test func `what the command line says goes before what the tool says`() throws {
        let preset = try ToolPreset(reading: " --events --table --fields pid,comm  --optional a --optional=b ")
        let all = ["--events", "--table", "--fields=pid,comm", "--optional=a", "--optional=b"]
        #expect(preset.words(beside: ["opensnoop", "--set", "pid=1", "--duration", "1s"]) == all)
        let programs = ["--optional=a", "--optional=b"]
        for other in ["--json", "--csv", "--lines", "--fields", "--fields=pid", "--format={pid}", "--table"] {
            #expect(preset.words(beside: ["opensnoop", other]) == ["--events"] + programs, "\(other)")
        }
        #expect(preset.words(beside: ["opensnoop", "--capture", "x.bev"]) == ["--events"] + programs)
        // A table of what most events have is no table of events; the first rows of a map are.
        for other in [["--top", "comm"], ["--top=comm,pid"]] {
            #expect(preset.words(beside: ["opensnoop"] + other) == ["--events"] + programs, "\(other)")
        }
        for other in [["--top", "5"], ["--top"], ["--", "--top", "comm"]] {
            #expect(preset.words(beside: ["opensnoop"] + other) == all, "\(other)")
        }
        for other in ["--maps", "--show", "--events", "--load-only", "--pin-links=/sys/fs/bpf/x"] {
            #expect(preset.words(beside: ["opensnoop", other]) == programs, "\(other)")
        }
        #expect(preset.words(beside: ["opensnoop", "--optional", "c"]) == all.dropLast(2))
        // What stands behind two dashes is no option.
        #expect(preset.words(beside: ["opensnoop", "--", "--json"]) == all)
        let maps = try ToolPreset(reading: "--maps --map counts --sort -value.count --top 30")
        #expect(maps.words(beside: ["x"]) == ["--maps", "--map=counts", "--sort=-value.count", "--top=30"])
        #expect(
            maps.words(beside: ["x", "--top", "5", "--json"]) == ["--maps", "--map=counts", "--sort=-value.count"])
        // What other programs read, and what is reckoned from all rows, is not cut to what a screen has room for.
        for other in ["--json", "--csv", "--tsv", "--summary=value.count", "--metrics=/x"] {
            let words = maps.words(beside: ["x", other])
            #expect(words == ["--maps", "--map=counts", "--sort=-value.count"], "\(other)")
        }
    }

    @Test func `a tool asks for nothing that writes, pins or hides`() {
        for text in [
            "--capture /etc/passwd", "--events --pin a=/sys/fs/bpf/a", "--pid-file /x", "--verifier-log=/x",
            "--quiet", "--set a=1", "--btf /x", "-q", "events", "--table=1", "--", "--stop /x",
        ] {
            #expect(throws: ToolPreset.Fault.self, "\(text)") { try ToolPreset(reading: text) }
        }
        #expect(throws: ToolPreset.Fault.valueMissing("--top")) { try ToolPreset(reading: "--maps --top") }
        #expect(throws: ToolPreset.Fault.valueMissing("--top")) { try ToolPreset(reading: "--top=") }
        #expect(throws: ToolPreset.Fault.tooLong) {
            try ToolPreset(reading: String(repeating: "--events ", count: 1000))
        }
    }

    // MARK: - What it says of itself

    /// An object with these declarations and a program.
    ///
    /// - Parameters:
    ///   - word: Letters of the object that become others, which C does not let stand in a tag.
    private func object(_ declarations: String, replacing word: String = "", by bytes: [UInt8] = []) throws -> Object {
        let source = """
            #define TAG(text) __attribute__((btf_decl_tag(text)))
            \(declarations)
            __attribute__((section("tp/sched/sched_switch"), used)) int run(void *context) { return 0; }
            """
        var object = try compileBPF(source: source, arguments: ["-g"])
        let letters = Array(word.utf8)
        for index in object.indices.dropLast(4) where !letters.isEmpty && object[index...].starts(with: letters) {
            object.replaceSubrange(index..<index + letters.count, with: bytes)
        }
        return try Object(parsing: object, name: "tool.bpf.o")
    }

    private static let settings = """
        const volatile unsigned pid TAG("help:only this process") = 0;
        const volatile char comm[16] TAG("help:only this name") = "sh";
        const volatile unsigned tracer TAG("help:all but this") TAG("default:tracer") = 0;
        const volatile long internal = 7;
        char LICENSE[] __attribute__((section("license"))) TAG("tool:print what runs") TAG("show:--events")
            TAG("takes:FUNCTION") = "GPL";
        """

    @Test func `the settings are those that have a help, with their types and values`() throws {
        let about = try ToolAbout("runs", object(Self.settings))
        #expect(about.summary == "print what runs" && about.argument == "FUNCTION")
        #expect(about.preset.items == [ToolPreset.Item(name: "--events")])
        #expect(
            about.settings == [
                ToolAbout.Setting(name: "pid", type: "unsigned int", value: "0", help: "only this process"),
                ToolAbout.Setting(name: "comm", type: "char [16]", value: "\"sh\"", help: "only this name"),
                ToolAbout.Setting(name: "tracer", type: "unsigned int", value: nil, help: "all but this"),
            ])
        let help = about.help
        #expect(help.hasPrefix("runs: print what runs\n\nusage: load-kp-bpf runs FUNCTION... "))
        #expect(help.contains("  pid=0           unsigned int  only this process\n"), "\(help)")
        #expect(help.contains("tracer=OWN-PID"))
    }

    @Test func `the tracer's own process is set, unless the command line sets it`() throws {
        var object = try object(Self.settings)
        func value() throws -> String {
            let part = try object.globalPart("tracer")
            return object.text(of: part, in: try #require(object.maps[part.map].content?.bytes))
        }
        try TracerSetting.apply(to: &object, nil, beside: [])
        #expect(try value() == "0")
        try TracerSetting.apply(to: &object, 4711, beside: ["tracer=5"])
        #expect(try value() == "0")
        try TracerSetting.apply(to: &object, 4711, beside: ["pid=5"])
        #expect(try value() == "4711")
    }

    @Test func `an object that says nothing, or lies, is no trap`() throws {
        let silent = try ToolAbout("x", object("char LICENSE[] __attribute__((section(\"license\"))) = \"GPL\";"))
        #expect(silent.settings.isEmpty && silent.preset.items.isEmpty && silent.line == "(does not say what it does)")
        // No line of the help is the object's alone, and no control character comes through.
        let text = try ToolAbout(
            "x",
            object(
                """
                const volatile int a TAG("help:oneQQQQroot") = 1;
                char LICENSE[] __attribute__((section("license"))) TAG("tool:titleQQQQ") = "GPL";
                """, replacing: "QQQQ", by: [0x1b, 0x5d, 0x0a, 0x07]))
        #expect(text.help.contains("root") && text.line.contains("title"))
        #expect(!text.help.utf8.contains(0x1b) && !text.help.utf8.contains(7) && !text.help.contains("\nroot"))
        let long = try ToolAbout(
            "x", object("const volatile int a TAG(\"help:\(String(repeating: "y", count: 600))\") = 1;"))
        #expect(long.settings.first?.help.count == 401)
        let many = try ToolAbout(
            "x", object((0..<300).map { "const volatile int v\($0) TAG(\"help:x\") = 0;" }.joined(separator: "\n")))
        #expect(many.settings.count == 256)
        #expect(throws: ToolAbout.Fault.self) {
            try ToolAbout("x", object("char LICENSE[] TAG(\"show:--capture /etc/passwd\") = \"GPL\";"))
        }
        // What cannot be set to a number is refused in words.
        var pair = try object("const volatile struct { int a, b; } both TAG(\"default:tracer\") = {1, 2};")
        #expect(throws: ObjectError.self) { try TracerSetting.apply(to: &pair, 4711, beside: []) }
    }

    @Test func `an object with any byte changed is described or refused`() throws {
        let bytes = try compileBPF(
            source: "#define TAG(text) __attribute__((btf_decl_tag(text)))\n" + Self.settings, arguments: ["-g"])
        var described = 0
        for index in stride(from: 0, to: bytes.count, by: 3) {
            var changed = bytes
            changed[index] ^= 0xff
            guard var object = try? Object(parsing: changed, name: "x.o") else { continue }
            if let about = try? ToolAbout("x", object) { described += about.help.isEmpty ? 0 : 1 }
            _ = try? TracerSetting.apply(to: &object, 1, beside: [])
        }
        #expect(described > 0)
    }

    // MARK: - The tool

    /// Runs the loader in an empty directory with a directory of tools beside it.
    private func withTools(
        _ files: [String: [UInt8]], mode: mode_t = 0o644, _ body: (_ folder: URL, _ tools: String) throws -> Void
    ) throws {
        try withTemporaryFolder { folder in
            let tools = folder.appending(path: "tools")
            try FileManager.default.createDirectory(at: tools, withIntermediateDirectories: true)
            chmod(tools.path, 0o755)
            for (name, content) in files {
                let file = tools.appending(path: name)
                try Data(content).write(to: file)
                chmod(file.path, mode)
            }
            try body(folder, tools.path)
        }
    }

    private func tool() throws -> [UInt8] {
        try compileBPF(
            source: "#define TAG(text) __attribute__((btf_decl_tag(text)))\n" + Self.settings
                + "\n__attribute__((section(\"kprobe\"), used)) int run(void *context) { return 0; }",
            arguments: ["-g"])
    }

    @Test func `tools are listed and explained, as text and as JSON`() throws {
        try withTools(["runs.bpf.o": tool(), "broken.o": [1, 2, 3], "tool.h": []]) { _, tools in
            let list = try Tools.run("load-kp-bpf", ["--tools", tools, "--list", "tools"])
            #expect(list.status == 0 && list.output == "runs  print what runs\n", "\(list)")
            #expect(list.errors.contains("warning") && list.errors.contains("broken.o"), "\(list.errors)")
            let json = try Tools.run("load-kp-bpf", ["--tools", tools, "--list", "tools", "--json"])
            #expect(json.output.contains(#""tools":[{"name":"runs","about":"print what runs""#), "\(json.output)")
            for line in [["runs", "--help"], ["-h", "runs"], ["runs", "vfs_read", "--help"]] {
                let help = try Tools.run("load-kp-bpf", ["--tools", tools] + line)
                #expect(help.status == 0 && help.output.contains("only this process"), "\(help)")
            }
            let other = try Tools.run("load-kp-bpf", ["--tools", tools, "none", "--help"])
            #expect(other.status == 0 && other.output.contains("USAGE"))
        }
    }

    @Test(arguments: [
        (["--comm", "cat"], "write --set comm=cat"), (["-p", "5"], "write --set pid=5"),
        (["--failed-only"], "write --set failed_only=true"), (["--zzzz"], "sets --help lists its settings"),
        (["5"], "for one process: --set pid=5"), (["vfs_read"], "sets takes options alone"),
        (["--set", "pidd=3"], "did you mean --set pid=VALUE?"),
        (["--set", "nothing_near=3"], "sets --help lists its settings"),
        (["--set", "pid"], "write --set pid=VALUE"), (["--set", "min_us=x"], "in microseconds"),
        (["--set", "min_us=1500ns"], "not a whole number of us"),
    ])
    func `what a newcomer writes for a setting is answered with the setting`(line: [String], words: String) throws {
        let object = try compileBPF(
            source: """
                #define HELP(text) __attribute__((btf_decl_tag("help:" text)))
                const volatile int pid HELP("only this process") = 0;
                const volatile char comm[16] HELP("only processes of this name") = "";
                const volatile _Bool failed_only HELP("only what failed") = 0;
                const volatile unsigned long long min_us HELP("only what takes this long, in microseconds") = 0;
                __attribute__((section("kprobe/vfs_read"), used)) int run(void *context)
                { return pid + comm[0] + failed_only + min_us; }
                char _license[] __attribute__((section("license"), used, btf_decl_tag("tool:set things"))) = "GPL";
                """,
            arguments: ["-g"])
        try withTools(["sets.bpf.o": object]) { _, tools in
            let outcome = try Tools.run("load-kp-bpf", ["--tools", tools, "sets", "--load-only"] + line)
            #expect((64...65).contains(outcome.status) && outcome.errors.contains(words), "\(outcome.errors)")
        }
    }

    @Test func `a file in the working directory is not taken for a tool, and a name that is neither is told`() throws {
        try withTools(["runs.bpf.o": tool()]) { folder, tools in
            func run(_ line: String) throws -> ProcessOutcome {
                try Tools.shell("cd \(folder.path) && \"$T/load-kp-bpf\" --tools \(tools) \(line)")
            }
            let without = try run("runs")
            #expect(without.status == 64 && without.errors.contains("FUNCTION is missing"), "\(without.errors)")
            let near = try run("rums")
            #expect(near.status == 66 && near.errors.contains("did you mean runs?"), "\(near.errors)")
            try Data("no object".utf8).write(to: folder.appending(path: "runs"))
            let file = try run("runs vfs_read")
            #expect(file.status == 64 && file.errors.contains("write ./runs for the file"), "\(file.errors)")
            let plain = try Tools.shell("cd \(folder.path) && \"$T/load-kp-bpf\" runs vfs_read")
            #expect(plain.status == 65, "\(plain.errors)")
            try Data("no object".utf8).write(to: folder.appending(path: "runs.o"))
            let useless = try run("runs.o")
            #expect(useless.status == 64 && useless.errors.contains("--tools goes with"), "\(useless.errors)")
        }
    }

    @Test func `what others may write to is not run, and no link is followed`() throws {
        for mode: mode_t in [0o666, 0o664, 0o646] {
            try withTools(["runs.bpf.o": tool()], mode: mode) { _, tools in
                let outcome = try Tools.run("load-kp-bpf", ["--tools", tools, "runs", "vfs_read"])
                #expect(outcome.status == 66 && outcome.errors.contains("others may write to it"), "\(outcome.errors)")
            }
        }
        try withTools(["runs.bpf.o": tool()]) { folder, tools in
            chmod(tools, 0o777)
            let open = try Tools.run("load-kp-bpf", ["--tools", tools, "runs", "vfs_read"])
            #expect(open.status == 66 && open.errors.contains("others may write to it"), "\(open.errors)")
            chmod(tools, 0o755)
            try FileManager.default.createSymbolicLink(
                atPath: tools + "/link.bpf.o", withDestinationPath: tools + "/runs.bpf.o")
            let link = try Tools.run("load-kp-bpf", ["--tools", tools, "link", "vfs_read"])
            #expect(link.status == 66 && link.errors.contains("symbolic link"), "\(link.errors)")
            let through = folder.path + "/other"
            try FileManager.default.createSymbolicLink(atPath: through, withDestinationPath: tools)
            let folderLink = try Tools.run("load-kp-bpf", ["--tools", through, "runs", "vfs_read"])
            #expect(folderLink.status == 66 && folderLink.errors.contains("symbolic link"), "\(folderLink.errors)")
        }
    }
}
