// SPDX-License-Identifier: Apache-2.0

import Diagnostics
import TestSupport
import Testing

@testable import BPFObject

/// Targets of several names, of which the first is taken that the kernel has, and targets that say the type.
@Suite struct TargetCandidateTests {
    private func names(_ section: String) throws -> [String] {
        try AttachTarget(section: section).candidates.map(\.description)
    }

    @Test func `names of the kernel have bars between them`() throws {
        #expect(try names("kprobe/vfs_read") == ["kprobe vfs_read"])
        #expect(try names("kprobe/do_sys_openat2|do_sys_open") == ["kprobe do_sys_openat2", "kprobe do_sys_open"])
        #expect(try names("kprobe/nf_tables:a|kprobe/b+0x4") == ["kprobe nf_tables:a", "kprobe b+0x4"])
        #expect(try names("kprobe/vfs_*|a,b") == ["kprobe vfs_*", "kprobe a,b"])
        #expect(try names("tp_btf/a|b|c").count == 3)
        #expect(try names("tracepoint/x/a|y/b") == ["tracepoint x/a", "tracepoint y/b"])
        let target = try AttachTarget(section: "fentry/a|b")
        #expect(target.description == "fentry a, or fentry b" && target.typeInKernel?.name == "a")
        #expect(try target == AttachTarget(section: "fentry/a|b") && target != AttachTarget(section: "fentry/a"))
        #expect(try AttachTarget(section: "kprobe/a|vfs_*").isOfMany)
    }

    @Test func `in paths and names of C++ a bar counts in front of a whole target only`() throws {
        #expect(try names("uprobe//bin/x:ns::operator|").count == 1)
        #expect(
            try names("uprobe/libssl.so.3:SSL_read|uprobe:libssl.so.1.1:SSL_read")
                == names("uprobe/libssl.so.3:SSL_read") + names("uprobe/libssl.so.1.1:SSL_read"))
        let own = try #require(SectionConvention(section: "tc/ingress"))
        let given = try SectionConvention(given: "tc:eth0|tc:ens3:ingress", inPlaceOf: own)
        #expect(given.attachTarget?.candidates.map(\.description) == ["tc eth0 ingress", "tc ens3 ingress"])
        #expect(try SectionConvention(given: "cgroup_skb/egress:/a|b", inPlaceOf: nil).attachTarget?.candidates.count == 1)
    }

    @Test(arguments: ["kprobe/|a", "kprobe/a|", "kprobe/a||b", "kprobe/a|b c", "fentry/a|kprobe/b"])
    func `what is no name between bars is refused`(section: String) {
        #expect(throws: AttachTargetError.self) { _ = try AttachTarget(section: section) }
    }

    @Test func `the number of names is limited`() {
        let many = Array(repeating: "a", count: 65).joined(separator: "|")
        let error = #expect(throws: AttachTargetError.self) { _ = try AttachTarget(section: "kprobe/" + many) }
        #expect(error?.diagnostic.cause?.contains("64") == true)
    }

    @Test func `a target says the type of a program whose section says nothing`() throws {
        let egress = try SectionConvention(given: "cgroup:/sys/fs/cgroup/a:egress,preorder", inPlaceOf: nil)
        #expect(egress.type == .cgroupSocketBuffer)
        #expect(egress.attachTarget?.description == "cgroup_inet_egress of /sys/fs/cgroup/a, preorder")
        #expect(try SectionConvention(given: "cgroup/connect4:/a", inPlaceOf: nil).type == .cgroupSocketAddress)
        #expect(
            try SectionConvention(given: "netkit:nk0:peer", inPlaceOf: nil).attachTarget?.description == "netkit nk0 peer")
        let error = #expect(throws: AttachTargetError.self) {
            _ = try SectionConvention(given: "cgroup:/sys/fs/cgroup/a", inPlaceOf: nil)
        }
        let words = error?.diagnostic.hint?.text() ?? ""
        #expect(words.contains("cgroup:PATH:egress") && words.contains("cgroup/connect4:"), "\(words)")
        // A section that says the hook keeps it, and a colon in the name of a group.
        let own = SectionConvention(section: "cgroup/connect4")
        #expect(
            try SectionConvention(given: "cgroup:/a:egress", inPlaceOf: own).attachTarget?.description
                == "cgroup_inet4_connect of /a:egress")
    }
}
