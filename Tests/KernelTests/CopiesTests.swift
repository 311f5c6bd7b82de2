// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import Diagnostics
import Foundation
import Testing

/// Functions of one name, and what the kernel finds by itself.
extension KernelTests {
    @Suite(.cell("default"), .kernels("5.10", "newest"))
    struct Copies {
        private func resolve(_ text: String) throws -> [ResolvedTarget] {
            var resolver = TargetResolver()
            return try resolver.resolveAll(.kprobe(try ProbeTarget(parsing: text)))
        }

        @Test func `a name of several functions is refused with the list, and each of them takes a program`() throws {
            let error = #expect(throws: BPFError.self) { try resolve("m_stop") }
            let details = try #require(error).diagnostic.details
            #expect(details.count > 1 && details.first?.hasPrefix("m_stop@1: vmlinux 0x") == true)
            let all = try resolve("m_stop@all")
            #expect(all.count == details.count)
            let address = try #require(details.last?.split(separator: " ").last)
            for target in try all + resolve("m_stop@2") + resolve("m_stop@\(address)") {
                let program = try TinyProgram(section: "kprobe")
                try Link.attach(program: program.descriptor, to: target).detach()
            }
        }

        @Test func `a chosen copy is attached through tracefs too`() throws {
            var options = AttachOptions()
            options.limits = .withoutPMU
            let program = try TinyProgram(section: "kprobe")
            let target = try #require(try resolve("m_stop@2").first)
            try Link.attach(program: program.descriptor, to: target, options: options).detach()
        }

        @Test func `a target that the kernel found by its name is attached as often as it is asked for`() throws {
            let target = try #require(try resolve("vfs_read").first)
            for _ in 0..<3 {
                let program = try TinyProgram(section: "kprobe")
                try Link.attach(program: program.descriptor, to: target).detach()
            }
        }

        @Test func `a function of a module is shown with its module, whoever found it`() throws {
            try shell("insmod /lib/modules/dummy.ko || true")
            defer { _ = try? shell("rmmod dummy || true") }
            #expect(try resolve("dummy_xmit").first?.description == "dummy:dummy_xmit")
        }

        @Test func `what the kernel finds under one of its own names needs no list of symbols`() throws {
            defer { unlink("/sys/fs/bpf/map_event") }
            try shell("insmod /lib/modules/dummy.ko || true; mount --bind /dev/null /proc/kallsyms")
            defer { _ = try? shell("umount /proc/kallsyms; rmmod dummy || true") }
            // The body of bpf(2) takes no probe on 5.10, where its place is found in the code.
            let names = ["dummy:dummy_xmit", "vfs_read+0x0"] + (Lab.kernel == "5.10" ? [] : ["sys_bpf", "__sys_bpf"])
            for name in names {
                let outcome = try RunningTool(
                    "load-kp-bpf", ["--json", "--duration", "300ms", Lab.examples + "/test_prog1.o", name]
                ).finish()
                #expect(outcome.status == 0, "\(name): \(outcome)")
            }
        }

        @Test func `an offset beyond the end of a function is refused although the kernel would take it`() throws {
            let error = #expect(throws: BPFError.self) { try resolve("vfs_read+0x100000") }
            #expect(error?.isTargetMissing == true, "\(String(describing: error))")
        }

        @Test func `a program that was left out is in the report with the reason`() throws {
            let outcome = try RunningTool(
                "load-kp-bpf",
                [
                    "--json", "--duration", "300ms", "--optional", "nowhere", "--optional", "refused",
                    Lab.fixtures + "/left_out.o",
                ]
            ).finish()
            #expect(outcome.status == 0, "\(outcome)")
            for name in ["unasked", "nowhere", "refused"] {
                #expect(outcome.stdout.contains("{\"name\":\"\(name)\""), "\(name) in \(outcome)")
            }
            for reason in ["begins with ?", "there is no function no_such_function_here", "the verifier rejected"] {
                #expect(outcome.stdout.contains(reason), "\(reason) in \(outcome)")
            }
        }

        @Test func `what is loaded and not attached is told in text and JSON`() throws {
            let outcome = try RunningTool(
                "load-kp-bpf", ["--json", "--duration", "300ms", Lab.fixtures + "/partly.o"]
            ).finish()
            #expect(outcome.status == 0, "\(outcome)")
            #expect(outcome.stdout.contains(#""not_attached":[{"name":"filter""#), "\(outcome)")
            #expect(outcome.stderr.contains("loaded and not attached: filter"), "\(outcome)")
            #expect(!outcome.stderr.contains("called"), "a program of a program array is called by others: \(outcome)")
            #expect(outcome.stderr.contains("programs first and second run for the same events"), "\(outcome)")
        }
    }
}
