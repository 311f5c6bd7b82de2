// SPDX-License-Identifier: Apache-2.0

import BPFObject
import Diagnostics
import Testing

@Suite struct NetworkTargetTests {
    private func target(_ text: String, in section: String) throws -> AttachTarget? {
        try SectionConvention(given: text, inPlaceOf: SectionConvention(section: section)).attachTarget
    }

    @Test func `what the code of a program is made for holds for each target that it is given`() throws {
        var convention = SectionConvention(section: "xdp.frags")
        for target in ["xdp:eth0", "eth1", "xdp/eth2"] {
            convention = try SectionConvention(given: target, inPlaceOf: convention)
            #expect(convention?.usesXDPFrags == true)
        }
        convention = SectionConvention(section: "uprobe.s")
        for target in ["uprobe:/bin/a:f", "/bin/b:g"] {
            convention = try SectionConvention(given: target, inPlaceOf: convention)
            #expect(convention?.isSleepable == true)
        }
    }

    @Test(arguments: [
        ("xdp:eth0", "xdp", AttachTarget.xdp(.name("eth0")), "xdp eth0"),
        ("xdp/eth0:generic", "xdp", .xdp(.name("eth0"), mode: .generic), "xdp eth0 (generic)"),
        ("eth0:driver", "xdp.frags", .xdp(.name("eth0"), mode: .driver), "xdp eth0 (driver)"),
        ("xdp:12", "xdp/other", .xdp(.index(12)), "xdp 12"),
        ("tc:v1:ingress", "ingress", .trafficControl(.name("v1"), .ingress), "tc v1 ingress"),
        ("tc:v1:ingress", "nothing", .trafficControl(.name("v1"), .ingress), "tc v1 ingress"),
        ("v1", "egress", .trafficControl(.name("v1"), .egress), "tc v1 egress"),
        ("tc:eth0", "tcx/egress", .trafficControl(.name("eth0"), .egress), "tc eth0 egress"),
        ("tc:eth0:ingress", "tcx/egress", .trafficControl(.name("eth0"), .ingress), ""),
        ("tcx/egress:eth0:egress", "tc", .trafficControl(.name("eth0"), .egress), ""),
        (
            "tcx/ingress:eth0,first", "tc", .trafficControl(.name("eth0"), .ingress, order: .first),
            "tc eth0 ingress, first"
        ),
        ("tc:eth0.7:egress,last", "classifier", .trafficControl(.name("eth0.7"), .egress, order: .last), ""),
        ("netkit:nk0", "netkit/peer", .netkit(.name("nk0"), .peer), "netkit nk0 peer"),
        ("netkit/primary:nk0", "tc", .netkit(.name("nk0"), .primary), ""),
        ("netkit:nk0:peer,last", "netkit/primary", .netkit(.name("nk0"), .peer, order: .last), ""),
        (
            "cgroup:/sys/fs/cgroup/a", "cgroup/connect4", .cgroup("/sys/fs/cgroup/a", .cgroupInet4Connect),
            "cgroup_inet4_connect of /sys/fs/cgroup/a"
        ),
        (
            "cgroup_skb/egress:/a,b/c,preorder", "cgroup/skb", .cgroup("/a,b/c", .cgroupInetEgress, order: .preorder),
            "cgroup_inet_egress of /a,b/c, preorder"
        ),
        ("/a:b,c", "sockops", .cgroup("/a:b,c", .cgroupSocketOperations), ""),
        ("sk_lookup:self", "sk_lookup", .socketLookup(), "sk_lookup of the own network namespace"),
        ("sk_lookup:blue", "sk_lookup", .socketLookup(.path("/run/netns/blue")), ""),
        ("/proc/7/ns/net", "flow_dissector", .flowDissector(.path("/proc/7/ns/net")), ""),
        (
            "netfilter:ipv4:local_in", "netfilter", .netfilter(.ipv4, .localIn),
            "netfilter ipv4 local_in, priority 0"
        ),
        (
            "netfilter:ipv6:post_routing:-10,defrag", "netfilter",
            .netfilter(.ipv6, .postRouting, priority: -10, defragments: true), ""
        ),
        (
            "sk_msg:sockets", "sk_msg", .sockets(ofMap: "sockets", .socketMessageVerdict),
            "sk_msg_verdict of map sockets"
        ),
        ("sk_skb:sockets", "sk_skb/stream_parser", .sockets(ofMap: "sockets", .socketStreamParser), ""),
        ("sk_skb/verdict:/sys/fs/bpf/m", "sk_skb", .sockets(ofMap: "/sys/fs/bpf/m", .socketVerdict), ""),
    ])
    func `targets of the network are read from what is given`(
        text: String, section: String, wanted: AttachTarget, description: String
    ) throws {
        let target = try #require(try target(text, in: section))
        #expect(target == wanted)
        #expect(description.isEmpty || target.description == description)
    }

    @Test(arguments: [
        ("xdp:", "xdp", "nothing behind the slash"), ("xdp:eth 0", "xdp", "byte 3"),
        ("xdp:eth0:fast", "xdp", "\"fast\" is none of generic, driver"), ("xdp:a:b:c", "xdp", "more parts than 2"),
        ("xdp:sixteen_letters_", "xdp", "16 bytes, and the kernel has none beyond 15"), ("xdp:0", "xdp", "from 1 to"),
        ("xdp:4294967297", "xdp", "from 1 to"), ("xdp:..", "xdp", "byte 0"), ("xdp::generic", "xdp", "is missing"),
        ("tc:eth0", "tc", "ingress or egress"), ("tc:eth0:up", "tc", "\"up\" is none of ingress, egress"),
        ("tc/egress:eth0:ingress", "tc", "says both egress and ingress"),
        ("tcx/ingress:eth0:egress,first", "tcx/egress", "says both ingress and egress"),
        ("netkit/primary:nk0:peer", "tc", "says both primary and peer"),
        ("tc:eth0:egress,middle", "tc", "not first or last"), ("cgroup:a/b", "sockops", "begins with /"),
        ("cgroup:/a", "cgroup/skb", "which packets"), ("sk_lookup:a/b", "sk_lookup", "begins with /"),
        ("netfilter:ipv4", "netfilter", "which hook"), ("netfilter:arp:forward", "netfilter", "none of ipv4, ipv6"),
        ("netfilter:ipv4:forward:2147483647", "netfilter", "from -2147483647 to 2147483646"),
        ("sk_skb:m", "sk_skb", "what it decides"), ("cgroup:/a\0b", "sockops", "byte 2"),
    ])
    func `what is no target says what is wrong and how one is written`(text: String, section: String, words: String) {
        let error = #expect(throws: AttachTargetError.self) { try target(text, in: section) }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        #expect(error?.diagnostic.nextStep?.hasPrefix("write ") == true)
    }

    @Test func `sections of these kinds name no target, and say how one is given`() throws {
        for section in ["xdp", "xdp.frags", "tc", "ingress", "cgroup/connect4", "sk_lookup", "netfilter", "sk_msg"] {
            let convention = try #require(SectionConvention(section: section))
            #expect(convention.attachTarget == nil && convention.otherMeans(pin: "p") == nil)
            #expect(convention.targetForm?.contains("such as") == true, "\(section)")
        }
        #expect(SectionConvention(section: "kprobe")?.targetForm == nil)
        #expect(SectionConvention(section: "socket")?.otherMeans(pin: "p") != nil)
    }

    @Test func `any text after a kind is a target or an error`() {
        var random = SystemRandomNumberGenerator()
        let alphabet = Array("az09_-.:,/ \n\0é".utf8) + [0xff]
        for section in ["xdp", "tc", "tcx/egress", "netkit/peer", "sockops", "sk_lookup", "netfilter", "sk_msg"] {
            for _ in 0..<300 {
                let bytes = (0..<Int.random(in: 0...24, using: &random)).map { _ in alphabet.randomElement() ?? 0 }
                _ = try? target(section + ":" + String(decoding: bytes, as: UTF8.self), in: section)
            }
        }
    }
}
