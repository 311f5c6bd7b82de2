// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import Foundation
import Testing

/// What the lab says about the machine that the tests run in (Tests/Lab/README.md).
struct Lab {
    /// Whether this is a machine of the lab: without one no kernel test runs.
    static let isHere = environment["LAB"] == "1"
    /// The kernel that was asked for: `5.10`, `6.1`, `6.12` or `newest`.
    static let kernel = environment["LAB_KERNEL"] ?? ""
    /// The state that the machine is in: `default`, `bare` or `cpus`.
    static let cell = environment["LAB_CELL"] ?? ""
    /// The folder of the three tools.
    static let tools = environment["LAB_TOOLS"] ?? "/usr/bin"
    /// Events of the ring buffer's oracle.
    static let events = environment["LAB_EVENTS"].flatMap { Int($0) } ?? 1_000_000
    /// The folder of the compiled examples.
    static let examples = environment["LAB_EXAMPLES"] ?? "/root/examples"

    /// The folder of the compiled fixtures (Tests/Fixtures/kernel).
    static let fixtures = environment["LAB_FIXTURES"] ?? "/root/fixtures"

    /// The part that this kernel looks at of what must hold on all.
    ///
    /// The oldest and the newest kernel of the lab look at all of it, the two between them at one half each: an emulated
    /// machine takes a second for each start of a tool. With `LAB_ALL=1` each looks at all of it.
    static func share<Item>(of all: [Item]) -> [Item] {
        if isAtAnEnd { return all }
        return all.enumerated().filter { $0.offset % 2 == position - 1 }.map(\.element)
    }

    /// The part that this kernel looks at of what is asked of one kernel each: the four together look at all of it.
    static func quarter<Item>(of all: [Item]) -> [Item] {
        looksAtAll ? all : all.enumerated().filter { $0.offset % 4 == position }.map(\.element)
    }

    private static let isAtAnEnd = looksAtAll || position == 0 || position == 3

    /// Whether each kernel runs all tests.
    static let looksAtAll = environment["LAB_ALL"] == "1"

    /// Which of the kernels this one is, from the oldest on.
    private static let position = ["6.0", "6.2", "6.13"].filter { !isOlder(than: $0) }.count

    /// Whether the running kernel is older than a release such as `5.18`.
    static func isOlder(than release: String) -> Bool {
        let numbers = release.split(separator: ".").compactMap { UInt32($0) }
        return KernelRelease(versionCode: KernelVersion.running()) < KernelRelease(numbers[0], numbers[1])
    }

    private static let environment = ProcessInfo.processInfo.environment
}

@Suite(.enabled(if: Lab.isHere, "kernel tests run in the lab: make lab"))
struct LabTests {
    @Test func `the kernel is the one that was asked for`() throws {
        let release = try String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8)
        if Lab.kernel == "newest" {
            let major = try #require(release.split(separator: ".").first.flatMap { Int($0) })
            #expect(major >= 7, "\(release)")
        } else {
            #expect(release.hasPrefix(Lab.kernel + "."), "\(release)")
        }
    }

    @Test(arguments: ["bpf", "tracefs"])
    func `bpffs and tracefs are mounted, but not in the bare cell`(type: String) throws {
        let mounts = try String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)
        let isMounted = mounts.split(separator: "\n").contains {
            $0.split(separator: " ").dropFirst(2).first == type[...]
        }
        #expect(isMounted == (Lab.cell != "bare"))
    }

    @Test func `the machine has two CPUs, and four in the cell for that`() throws {
        let online = try String(contentsOfFile: "/sys/devices/system/cpu/online", encoding: .utf8)
        #expect(online == (Lab.cell == "cpus" ? "0-3\n" : "0-1\n"))
    }

    @Test func `in the bare cell 62 CPUs are possible that are not there, where the kernel believes in them`() throws {
        let possible = try String(contentsOfFile: "/sys/devices/system/cpu/possible", encoding: .utf8)
        // Newer kernels count a CPU that is not there only if the firmware says that it can come.
        let bare = ["5.10", "6.1"].contains(Lab.kernel) ? "0-63\n" : "0-1\n"
        #expect(possible == ["bare": bare, "cpus": "0-3\n"][Lab.cell, default: "0-1\n"])
    }

    @Test(arguments: ["load-kp-bpf", "bpf-eventd", "print-event"])
    func `the tools are there to be run`(tool: String) {
        #expect(FileManager.default.isExecutableFile(atPath: "\(Lab.tools)/\(tool)"))
    }

    @Test(arguments: ["test_prog.o", "test_prog1.o", "test_prog2.o"])
    func `the examples are there to be loaded`(object: String) {
        #expect(FileManager.default.isReadableFile(atPath: "\(Lab.examples)/\(object)"))
    }
}
