// SPDX-License-Identifier: Apache-2.0

import BPFObject
import Diagnostics
import Testing

@testable import BPFCore

@Suite struct TargetResolverTests {
    private static let events = [
        "sched/sched_switch": 301, "sched/sched_process_exec": 302, "syscalls/sys_enter_openat": 700,
        "raw_syscalls/sys_enter": 20,
    ]

    private static let symbols =
        sampleSymbols + """
            ffffffff81100000 T __traceiter_sched_switch
            ffffffff81100100 T __traceiter_sys_enter
            ffffffff81100200 T __traceiter_bare_one
            ffffffff81100300 T bpf_lsm_file_open
            ffffffff81100400 T __x64_sys_openat

            """

    private func kernel(symbols: String = symbols, with files: [String: String] = [:]) throws -> FakeKernel {
        var all = ["proc/kallsyms": symbols]
        for (path, id) in Self.events { all["sys/kernel/tracing/events/\(path)/id"] = "\(id)\n" }
        all["sys/kernel/tracing/available_events"] =
            Self.events.keys.sorted().map { $0.replacing("/", with: ":") + "\n" }.joined()
        return try FakeKernel(all.merging(files) { $1 })
    }

    private func target(_ section: String) throws -> AttachTarget { try AttachTarget(section: section) }

    private func resolve(_ section: String, on kernel: FakeKernel) throws -> ResolvedTarget {
        var resolver = TargetResolver(roots: kernel.roots)
        return try resolver.resolve(try target(section))
    }

    private func refusal(of section: String, on kernel: FakeKernel) throws -> BPFError {
        let error = #expect(throws: BPFError.self) { try resolve(section, on: kernel) }
        return try #require(error)
    }

    @Test(arguments: ["tracepoint/sched/sched_switch", "tp/syscalls/sys_enter_openat", "tp.s/raw_syscalls/sys_enter"])
    func `a trace event that tracefs has is found`(section: String) throws {
        #expect(try resolve(section, on: kernel()).target == target(section))
    }

    @Test(arguments: [
        ("tp/sched/sched_swich", "sched/sched_switch", "the category sched has no event of that name"),
        ("tp/shed/sched_switch", "sched/sched_switch", "it is not in shed but in sched"),
        ("tp/raw_syscalls/sys_enter_openat", "syscalls/sys_enter_openat", "it is not in raw_syscalls but in syscalls"),
    ])
    func `a trace event that is missing is told with the near ones`(section: String, near: String, cause: String) throws
    {
        let error = try refusal(of: section, on: kernel())
        #expect(error.isTargetMissing)
        #expect(error.diagnostic.cause == cause)
        #expect(error.diagnostic.details == ["near: " + near])
        #expect(error.diagnostic.nextStep == "did you mean \(near)?")
    }

    @Test func `a category in a module names the module`() throws {
        let kernel = try kernel()
        let release = UnameFacts.current.release
        try kernel.write("kernel/fs/xfs/xfs.ko.xz:\n", to: "modules/\(release)/modules.dep")
        let error = try refusal(of: "tp/xfs/xfs_file_open", on: kernel)
        #expect(error.diagnostic.cause == "the module xfs is not loaded")
        #expect(error.diagnostic.nextStep == "load it: modprobe xfs")
    }

    @Test func `a kernel without events of system calls names the option`() throws {
        let kernel = try FakeKernel(["sys/kernel/tracing/available_events": "sched:sched_switch\n"])
        try kernel.write("", to: "sys/kernel/tracing/events/header")
        let error = try refusal(of: "tp/syscalls/sys_enter_openat", on: kernel)
        #expect(error.diagnostic.cause?.contains("CONFIG_FTRACE_SYSCALLS") == true)
    }

    @Test func `without tracefs a trace event cannot be found, which no optional program may lack`() throws {
        let error = try refusal(of: "tp/sched/sched_switch", on: FakeKernel())
        #expect(error.diagnostic.cause == "tracefs is not mounted")
        #expect(error.diagnostic.nextStep?.hasPrefix("mount it: mount -t tracefs") == true)
        #expect(!error.isTargetMissing)
    }

    @Test func `an id that is not a number is refused with what it reads`() throws {
        let kernel = try kernel(with: ["sys/kernel/tracing/events/sched/sched_switch/id": "none\n"])
        #expect(try refusal(of: "tp/sched/sched_switch", on: kernel).diagnostic.cause?.contains("none") == true)
    }

    @Test(arguments: [
        "raw_tp/sched_switch", "raw_tracepoint/sys_enter", "raw_tp/bare_one", "raw_tp.w/sched_process_exec",
    ])
    func `a raw tracepoint is found by its event or by the function that calls its programs`(section: String) throws {
        #expect(try resolve(section, on: kernel()).target == target(section))
    }

    @Test func `a raw tracepoint of one system call is told which two there are`() throws {
        let error = try refusal(of: "raw_tp/sys_enter_openat", on: kernel())
        #expect(error.isTargetMissing)
        #expect(error.diagnostic.nextStep == "use tracepoint/syscalls/sys_enter_openat, or sys_enter and the id")
    }

    @Test func `a missing raw tracepoint is told with the near ones`() throws {
        let error = try refusal(of: "raw_tp/sched_swithc", on: kernel())
        #expect(error.diagnostic.details == ["near: sched_switch"])
    }

    @Test func `where nothing tells the tracepoints the kernel is asked`() throws {
        #expect(try resolve("raw_tp/anything", on: FakeKernel()).notes.isEmpty)
        #expect(try resolve("raw_tp/anything", on: kernel(symbols: sampleSymbols)).notes.isEmpty)
    }

    @Test func `a system call is probed at its wrapper, without a word about arguments`() throws {
        let found = try resolve("ksyscall/openat", on: kernel())
        #expect(found.probe?.symbol == "__x64_sys_openat")
        #expect(found.notes.isEmpty)
        #expect(try resolve("kretsyscall/bpf", on: kernel()).probe?.isReturn == true)
        #expect(found.description == "__x64_sys_openat")
    }

    @Test func `a kernel without wrappers has the function itself, and not the ones behind it`() throws {
        let kernel = try kernel(symbols: "ffffffff81000000 T sys_bpf\nffffffff81000100 T __sys_bpf\n")
        #expect(try resolve("ksyscall/bpf", on: kernel).probe?.symbol == "sys_bpf")
    }

    @Test func `a missing system call is told with the near ones`() throws {
        let error = try refusal(of: "ksyscall/opnat", on: kernel())
        #expect(error.isTargetMissing)
        #expect(error.diagnostic.details == ["near: openat"])
    }

    @Test func `where symbols cannot be read the wrapper's name goes to the kernel unchecked`() throws {
        let found = try resolve("ksyscall/bpf", on: FakeKernel())
        #expect(found.probe?.symbol.hasSuffix("sys_bpf") == true)
    }

    @Test func `a kprobe is resolved as the command line's are`() throws {
        let found = try resolve("kprobe/sys_bpf", on: kernel())
        #expect(found.probe?.symbol == "__sys_bpf")
        #expect(found.notes.count == 1)
        #expect(try refusal(of: "kprobe/vfs_raed", on: kernel()).isTargetMissing)
    }

    @Test func `a function that was renamed with its arguments is found under the new name, with a note`() throws {
        let kernel = try kernel(symbols: "ffffffff81000000 T filename_unlinkat\nffffffff81000100 T __kmalloc_noprof\n")
        let found = try resolve("kretprobe/do_unlinkat", on: kernel)
        #expect(found.probe?.symbol == "filename_unlinkat")
        #expect(found.probe?.isReturn == true)
        #expect(found.notes.map(\.message) == ["this kernel has do_unlinkat as filename_unlinkat"])
        #expect(try resolve("kprobe/__kmalloc", on: kernel).probe?.symbol == "__kmalloc_noprof")
        #expect(try refusal(of: "kprobe/do_unlinkat+0x4", on: kernel).isTargetMissing)
        let older = try self.kernel(symbols: "ffffffff81000000 T do_unlinkat\n")
        #expect(try resolve("kprobe/filename_unlinkat", on: older).probe?.symbol == "do_unlinkat")
        #expect(try resolve("kprobe/do_unlinkat", on: older).notes.isEmpty)
    }

    @Test(arguments: ["freplace/f", "lsm_cgroup/socket_bind"])
    func `what is not attached says why`(section: String) throws {
        let error = try refusal(of: section, on: kernel())
        #expect(!error.isTargetMissing)
        #expect(error.diagnostic.message.hasPrefix("a program of this kind is not attached here"))
    }

    @Test func `every kind of target is attached here or says by what other means`() throws {
        for kind in SectionKinds.all {
            for section in kind.sections {
                let isAttached = KernelAttachKinds.all.contains { $0 == kind }
                // Sections of these name one part of a target only.
                let isPart = ["lsm_cgroup+", "freplace+"].contains(section.name)
                #expect(
                    isAttached == (isPart || kind.otherMeans(for: section, pin: "") == nil), "\(section.name)")
            }
        }
    }

    @Test(arguments: [
        ("fentry/vfs_raed", "there is no function vfs_raed in this kernel", "did you mean vfs_read?"),
        ("fexit/ip_finish", "there is no function ip_finish in this kernel", "attach a kprobe to the copy"),
        ("fentry/vfs_read", "vfs_read takes no fentry program", "attach a kprobe to it"),
        (
            "lsm/file_opne", "there is no hook of the security modules file_opne in this kernel",
            "did you mean file_open?"
        ),
        ("tp_btf/sched_swich", "there is no tracepoint sched_swich in this kernel", "did you mean sched_switch?"),
    ])
    func `a target that BTF lacks is explained`(section: String, message: String, next: String) throws {
        let kernel = try kernel()
        var resolver = TargetResolver(roots: kernel.roots)
        let error = resolver.missing(try target(section))
        #expect(error.isTargetMissing)
        #expect(error.diagnostic.message == message)
        #expect(error.diagnostic.nextStep == next)
    }
}
