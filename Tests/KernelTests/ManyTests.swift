// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import Foundation
import TestSupport
import Testing

/// Programs on many functions at once.
extension KernelTests {
    @Suite(.cell("default"), .kernels("5.10", "newest"))
    struct Many {
        private static let object = Lab.fixtures + "/many.o"
        /// Links to many functions: Debian's 6.1 is built without CONFIG_FPROBE.
        private static let hasLinks = Lab.kernel != "5.10" && Lab.kernel != "6.1"
        private static let isNewest = Lab.kernel == "newest"

        /// Runs a program while files are read, looks at what bpftool lists, ends it with a signal, and looks that nothing is left.
        ///
        /// - Returns: The facts of its one place, and its runs.
        private func runs(
            _ program: String, _ functions: [String] = [], listed: String? = nil, signal: Int32 = SIGINT
        ) throws -> (place: [String: Any], runs: Int) {
            let before = Machine.now
            let tool = try RunningTool(
                "load-kp-bpf", ["--json", "--dump-globals", "--program", program, Self.object] + functions)
            #expect(tool.wait(for: #""event":"running""#), "\(tool.stderr)")
            for _ in 0..<50 { _ = try String(contentsOfFile: "/proc/uptime", encoding: .utf8) }
            if let listed { #expect(try shell("bpftool link list").contains(listed), "\(program)") }
            let outcome = tool.end(signal)
            #expect(outcome.status == (signal == SIGKILL ? 128 + SIGKILL : 0), "\(outcome)")
            let running = try #require(Self.event("running", outcome))
            let place = try #require((running["attachments"] as? [[String: Any]])?.first, "\(outcome)")
            let globals = Self.event("globals", outcome)?["variables"] as? [String: Any]
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
            return (place, globals?["\(program)_runs"] as? Int ?? 0)
        }

        private static func event(_ name: String, _ outcome: Outcome) -> [String: Any]? {
            outcome.stdout.split(separator: "\n").lazy.compactMap { line in
                (try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any]
            }.first { $0["event"] as? String == name }
        }

        @Test func `one link covers many functions, and where there is none each gets a probe`() throws {
            let listed = Self.hasLinks ? "kprobe_multi" : nil
            for (program, functions) in [
                ("multi", []), ("multi_return", []), ("plain", []), ("bare", ["vfs_re*", "vfs_write"]),
            ] {
                let (place, runs) = try runs(program, functions, listed: listed)
                #expect(runs >= 50, "\(program) ran \(runs) times")
                let names = place["function_names"] as? [String] ?? []
                #expect(names.contains("vfs_read") && names.count == place["functions"] as? Int, "\(place)")
                #expect((place["way"] as? String)?.hasPrefix("kprobe.multi") == Self.hasLinks, "\(place)")
            }
            _ = try runs("plain", signal: SIGKILL)
        }

        @Test func `a session runs at the entry and at the return`() throws {
            guard Self.hasLinks else {
                let outcome = try run("load-kp-bpf", "--program", "session", Self.object)
                #expect(outcome.status == 78, "\(outcome)")
                #expect(outcome.stderr.contains("take Linux 6.10") && outcome.stderr.contains("kretprobe.multi"))
                return
            }
            #expect(try runs("session").runs >= 100)
        }

        @Test func `many functions by BTF take one link on the newest kernel, and others say what to do`() throws {
            guard Self.isNewest else {
                let outcome = try run("load-kp-bpf", "--program", "typed", Self.object)
                #expect(outcome.status == 78, "\(outcome)")
                #expect(outcome.stderr.contains("take Linux 7.2") && outcome.stderr.contains("kprobe.multi"))
                return
            }
            #expect(try runs("typed").runs >= 50)
            #expect(try runs("typed_return").runs >= 50)
            #expect(try runs("typed_session").runs >= 100)
            _ = try runs("typed", signal: SIGKILL)
        }

        @Test func `what takes no probe is told, and so are patterns that mean nothing or too much`() throws {
            let told = try run(
                "load-kp-bpf", "--verbose", "--duration", "10ms", "--program", "bare", Self.object, "vfs_*")
            #expect(told.status == 0, "\(told)")
            #expect(told.stderr.contains("takes no program") || told.stderr.contains("take no program"), "\(told)")
            #expect(told.stderr.contains("vfs_caches_init: "), "\(told)")
            let nothing = try run("load-kp-bpf", "--program", "bare", Self.object, "vfs_raed*")
            #expect(nothing.status == 78, "\(nothing)")
            #expect(nothing.stderr.contains("no function of this kernel is meant by vfs_raed*"), "\(nothing)")
            // A name beside a pattern, or beside another one, is wanted.
            for target in [
                "multi=kprobe.multi:vfs_re*,nowhere", "plain=kprobe:vfs_read,nowhere",
                "typed=fentry.multi:vfs_read,nowhere",
            ] {
                let absent = try run("load-kp-bpf", Self.object, "--attach", target)
                #expect(absent.status == 78, "\(absent)")
                let isKnown = Self.isNewest || !target.hasPrefix("typed")
                #expect(!isKnown || absent.stderr.contains("there is no function nowhere"), "\(absent)")
            }
            let all = try run("load-kp-bpf", "--program", "bare", Self.object, "*")
            #expect(all.status == 64 && all.stderr.contains("more than"), "\(all)")
        }

        @Test(.enabled(if: Self.hasLinks, "kernels with links to many functions"))
        func `names are left to the kernel, and one that it lacks is named`() throws {
            let names = (0..<20).map { "nowhere_\($0)" }
            let outcome = try RunningTool(
                "load-kp-bpf", ["--program", "bare", Self.object, "vfs_read"] + names
            ).finish()
            #expect(outcome.status == 78, "\(outcome)")
            #expect(outcome.stderr.contains("there is no function nowhere_0"), "\(outcome)")
        }

        @Test func `a program that was loaded for single functions takes many all the same`() throws {
            let before = Machine.now
            try {
                let program = try TinyProgram(section: "kprobe")
                let link = try Link.attach(
                    program: program.descriptor, to: try .kprobes("vfs_read,vfs_readv,vfs_re?d"))
                #expect(link.target?.functions.sorted() == ["vfs_read", "vfs_readv"])
            }()
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }
    }

    /// Targets that are parts of something, named where programs are attached.
    @Suite(.cell("default"), .kernels("5.10", "newest"))
    struct Parts {
        private static let object = Lab.fixtures + "/parts.o"
        private static let isOld = Lab.kernel == "5.10"

        private func outcome(_ arguments: String...) throws -> Outcome {
            try RunningTool("load-kp-bpf", ["--quiet", Self.object] + arguments).finish()
        }

        private func counter(_ name: String, _ outcome: Outcome) -> Int {
            let line = outcome.stdout.split(separator: "\n").first { $0.hasPrefix("\(name) = ") }
            return line.flatMap { Int($0.split(separator: " ").last ?? "") } ?? 0
        }

        @Test func `iterators show the parts of a map, a process and a control group`() throws {
            let elements = try outcome("--attach", "elements=iter:bpf_map_elem:map=squares")
            #expect(elements.stdout == "element 0\nelement 1\nelement 2\n", "\(elements)")
            let wrong = try outcome("--attach", "elements=bpf_map_elem:map=squarez")
            #expect(wrong.status == 64 && wrong.stderr.contains("did you mean squares?"), "\(wrong)")
            let unnamed = try outcome("--program", "elements")
            #expect(unnamed.status != 0 && unnamed.stderr.contains("map=NAME"), "\(unnamed)")
            let own = getpid()
            let tasks = try outcome("--attach", "tasks=task:pid=\(own)")
            let thread = try outcome("--attach", "tasks=task:tid=\(own)")
            if Self.isOld {
                let process = try outcome("--program", "tasks", "--pid", "\(own)")
                for refused in [tasks, thread, process] {
                    #expect(refused.status != 0 && refused.stdout.isEmpty, "\(refused)")
                    #expect(refused.stderr.contains("since 6.1"), "\(refused)")
                }
            } else {
                #expect(thread.stdout == "task \(own)\n", "\(thread)")
                let unplaced = try outcome("--program", "groups")
                #expect(unplaced.status != 0 && unplaced.stderr.contains("cgroup=DIRECTORY"), "\(unplaced)")
                let lines = tasks.stdout.split(separator: "\n")
                #expect(!lines.isEmpty && lines.allSatisfy { $0 == "task \(own)" }, "\(tasks)")
                #expect(try outcome("--program", "tasks", "--pid", "\(own)").stdout.hasPrefix("task \(own)\n"))
                try shell("mkdir -p /tmp/cg && mount -t cgroup2 none /tmp/cg && mkdir -p /tmp/cg/a/b")
                defer { _ = try? shell("rmdir /tmp/cg/a/b /tmp/cg/a && umount /tmp/cg") }
                let groups = try outcome("--attach", "groups=cgroup:cgroup=/tmp/cg/a,order=descendants_post")
                #expect(groups.stdout.split(separator: "\n").count == 2, "\(groups)")
                let hook = try outcome(
                    "--duration", "10ms", "--attach", "hook=lsm_cgroup:socket_post_create:/tmp/cg/a")
                #expect(hook.status == 0, "\(hook)")
                let nowhere = try outcome("--attach", "hook=lsm_cgroup:socket_post_create:/tmp/cg/none")
                #expect(nowhere.stderr.contains("there is no control group /tmp/cg/none"), "\(nowhere)")
                let other = try outcome("--attach", "hook=lsm_cgroup:socket_post_create:/tmp")
                #expect(other.stderr.contains("/tmp is not a control group"), "\(other)")
            }
        }

        @Test func `samples are taken of events, on chosen CPUs, of a process`() throws {
            let clock = try RunningTool(
                "load-kp-bpf",
                ["--dump-globals", "--duration", "500ms", Self.object, "--attach", "samples=perf_event:cpu-clock@499"]
            ).finish()
            // A tenth of what one CPU alone would give.
            #expect(counter("samples_runs", clock) >= 25, "\(clock)")
            let faults = try RunningTool(
                "load-kp-bpf", ["--dump-globals", Self.object, "--attach", "samples=page-faults@cpu=0,cpu=1"])
            #expect(faults.wait(for: "Running."))
            try shell("true; true; true")
            #expect(counter("samples_runs", faults.end()) >= 1)
            let process = try RunningTool(
                "load-kp-bpf",
                [
                    "--dump-globals", Self.object, "--attach", "samples=perf_event:task-clock@99", "--pid",
                    "\(getpid())",
                ])
            #expect(process.wait(for: "Running."))
            Traffic.bpf(command: 14_000, count: 20_000)
            let sampled = process.end()
            #expect(sampled.status == 0)
            // Only threads of the process: kernels can tell them from children since 5.13.
            #expect(sampled.stderr.contains("processes that the sampled one starts") == Self.isOld, "\(sampled)")
            let cpu = try outcome("--attach", "samples=cpu-clock@cpu=77")
            #expect(cpu.stderr.contains("CPU 77 is not online"), "\(cpu)")
            let counter = try outcome("--attach", "samples=cache-misses@period=1000")
            #expect(counter.stderr.contains("no counter of cache-misses"), "\(counter)")
            let gone = try outcome("--attach", "samples=cpu-clock@pid=999999")
            #expect(
                gone.status == 78 && gone.stderr.contains("no such process"), "\(gone)")
        }

        @Test func `programs watch functions of a loaded program, and stand in for one`() throws {
            let before = Machine.now
            let watched = try RunningTool(
                "load-kp-bpf", ["--dump-globals", "--program", "watched", Self.object])
            #expect(watched.wait(for: "Running."), "\(watched.stderr)")
            let watching = try RunningTool(
                "load-kp-bpf",
                [
                    "--dump-globals", "--duration", "300ms", Self.object, "--attach",
                    "watcher=fentry:prog:watched:answer",
                    "--attach", "watcher_exit=prog:watched:answer",
                ]
            ).finish()
            #expect(counter("watcher_runs", watching) > 0 && counter("watcher_exits", watching) > 0, "\(watching)")
            let replacing = try RunningTool(
                "load-kp-bpf",
                ["--dump-globals", "--duration", "300ms", Self.object, "--attach", "replacement=watched:answer"]
            ).finish()
            #expect(counter("replacement_runs", replacing) > 0, "\(replacing)")
            let names = ["watched_by_its_long_name", "watched_by_its_other_name"]
            let both = try RunningTool("load-kp-bpf", names.flatMap { ["--program", $0] } + [Self.object])
            #expect(both.wait(for: "Running."), "\(both.stderr)")
            let one = try RunningTool(
                "load-kp-bpf",
                ["--dump-globals", "--duration", "300ms", Self.object, "--attach", "watcher=fentry:prog:\(names[1])"]
            ).finish()
            #expect(counter("watcher_runs", one) > 0, "\(one)")
            let neither = try outcome("--attach", "watcher=prog:watched_by_its_third_name")
            #expect(neither.stderr.contains("no program watched_by_its_third_name is loaded"), "\(neither)")
            #expect(both.end().status == 0)
            let absent = try outcome("--attach", "watcher=prog:watched:answr")
            #expect(absent.status == 78, "\(absent)")
            #expect(absent.stderr.contains("did you mean answer?"), "\(absent)")
            let nobody = try outcome("--attach", "watcher=prog:nobody:answer")
            #expect(nobody.stderr.contains("no program nobody is loaded"), "\(nobody)")
            #expect(watched.end().status == 0)
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test func `a pin names the program, and who has its function is named to the next who wants it`() throws {
            let before = Machine.now
            let pins = "/sys/fs/bpf/watched_by_pin"
            let tells = Lab.kernel != "5.10"
            let watched = try RunningTool(
                "load-kp-bpf", ["--program", "watched", "--pin-programs", pins, Self.object])
            #expect(watched.wait(for: "Running."), "\(watched.stderr)")
            func start(_ program: String, _ kind: String) throws -> RunningTool {
                try RunningTool(
                    "load-kp-bpf",
                    ["--dump-globals", Self.object, "--attach", "\(program)=\(kind):\(pins)/watched:answer"])
            }
            func refused(_ program: String, _ kind: String, _ words: String) throws {
                let outcome = try start(program, kind).finish()
                #expect(outcome.status != 0 && outcome.stderr.contains("EBUSY"), "\(outcome)")
                #expect(outcome.stderr.contains(tells ? words : "does not tell which"), "\(outcome)")
            }
            let replacing = try start("replacement", "freplace")
            #expect(replacing.wait(for: "Running."), "\(replacing.stderr)")
            try refused("watcher", "fentry", "(replacement) stands in for")
            let replaced = replacing.end()
            #expect(counter("replacement_runs", replaced) > 0, "\(replaced)")
            let watching = try start("watcher", "fentry")
            #expect(watching.wait(for: "Running."), "\(watching.stderr)")
            try refused("replacement", "freplace", "(watcher) watches")
            let seen = watching.end()
            #expect(counter("watcher_runs", seen) > 0, "\(seen)")
            #expect(watched.end().status == 0)
            // What was asked to be pinned stays.
            try shell("rm -r \(pins)")
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }
    }
}
