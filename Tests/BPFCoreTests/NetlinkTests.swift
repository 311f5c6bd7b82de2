// SPDX-License-Identifier: Apache-2.0

import BPFObject
import BTF
import Diagnostics
import Testing

@testable import BPFCore

@Suite struct NetlinkTests {
    private static let owner = ProcessIdentity(namespace: 0xefff_fffc, pid: 4711, start: 0x5f3a)

    /// A message as the kernel sends it.
    private func message(_ type: UInt16, flags: NetlinkRequest.Flags = [], _ fill: (inout NetlinkRequest) -> Void)
        -> [UInt8]
    {
        var request = NetlinkRequest(type: type, flags: flags, sequence: 7)
        fill(&request)
        return request.bytes
    }

    private func filterBytes(name: String?, handle: UInt32 = 1, kind: String = "bpf") -> [UInt8] {
        message(44) { filter in
            for word: UInt32 in [0, 3, handle, 0xffff_fff2, 0xc000_0300] { filter.append(word) }
            filter.attribute(1, kind)
            filter.attribute(2) { options in
                if let name { options.attribute(7, name) }
                options.attribute(11, 99)
            }
        }
    }

    @Test func `a request has its length, and its attributes end on words`() throws {
        let bytes = TrafficMessages.addFilter(program: 5, name: "ab", device: 3, .egress, 9).bytes
        let reader = ByteReader(bytes: bytes, byteOrder: .native)
        #expect(reader.integer(UInt32.self, at: 0) == UInt32(bytes.count))
        #expect(bytes.count % 4 == 0)
        // RTM_NEWTFILTER; REQUEST, ACK, ECHO, CREATE, EXCL
        #expect(reader.integer(UInt16.self, at: 4) == 44)
        #expect(reader.integer(UInt16.self, at: 6) == 0x60d)
        #expect(reader.integer(UInt32.self, at: 8) == 9)
        let body = try #require(NetlinkMessage.all(in: bytes).first?.body)
        #expect(body.integer(UInt32.self, at: 4) == 3)
        #expect(body.integer(UInt32.self, at: 12) == 0xffff_fff3)
        // All protocols, in the order of the network.
        #expect(body.integer(UInt16.self, at: 16) == UInt16(3).bigEndian)
        let attributes = NetlinkAttributes(body, from: 20)
        #expect(attributes.string(1) == "bpf")
        let options = try #require(attributes.nested(2))
        #expect(options.number(6) == 5 && options.string(7) == "ab" && options.number(8) == 1)
    }

    @Test func `a filter is read back, with whose it is`() throws {
        let name = TrafficFilterName(owner: Self.owner, ownsQdisc: true)
        #expect(name.text == "swift_bpf:effffffc:4711:5f3a:qdisc")
        #expect(TrafficFilterName(name.text) == name)
        let found = try #require(
            NetlinkMessage.all(in: filterBytes(name: name.text)).compactMap(TrafficMessages.filter).first)
        #expect(found.device == 3 && found.handle == 1 && found.info == 0xc000_0300 && found.programID == 99)
        #expect(found.owner == name)
    }

    @Test(arguments: [
        "mes_chk.o:[ingress]", "swift_bpf", "swift_bpf:1:2", "swift_bpf:x:2:3", "swift_bpf:1:0:3", "swift_bpf:1:-2:3",
        "swift_bpf:1:2:3:other", "swift_bpf:1:2:3:qdisc:", "other:1:2:3", "",
    ])
    func `a name of others is not ours`(name: String) {
        #expect(TrafficFilterName(name) == nil)
        let filter = NetlinkMessage.all(in: filterBytes(name: name)).compactMap(TrafficMessages.filter).first
        #expect(filter?.owner == nil)
    }

    @Test func `a filter of another kind, without a name, or only a head is not ours`() {
        let name = TrafficFilterName(owner: Self.owner, ownsQdisc: false).text
        let others = [filterBytes(name: name, kind: "u32"), filterBytes(name: nil), filterBytes(name: name, handle: 0)]
        let found = others.flatMap { NetlinkMessage.all(in: $0).compactMap(TrafficMessages.filter) }
        #expect(found.count == 2 && found.allSatisfy { $0.owner == nil })
    }

    @Test func `an answer tells the error and the kernel's words`() throws {
        let answer = message(2, flags: NetlinkRequest.Flags(rawValue: 0x200)) { answer in
            answer.append(UInt32(bitPattern: -2))
            for _ in 0..<4 { answer.append(UInt32(0)) }
            answer.attribute(1, "TC classifier not found")
        }
        let read = try #require(NetlinkMessage.all(in: answer).first?.answer)
        #expect(read.errno == 2 && read.words == "TC classifier not found")
        let good = message(2) { $0.append(UInt32(0)) }
        #expect(NetlinkMessage.all(in: good).first?.answer?.errno == 0)
        // The end of a list, one without its number, and a number that is no errno.
        #expect(NetlinkMessage.all(in: message(3) { $0.append(UInt32(0)) }).first?.answer?.errno == 0)
        #expect(NetlinkMessage.all(in: message(3) { _ in }).first?.answer?.errno == 0)
        #expect(NetlinkMessage.all(in: message(2) { $0.append(UInt32(77)) }).first?.answer?.errno == 22)
        #expect(NetlinkMessage.all(in: filterBytes(name: nil)).first?.answer == nil)
    }

    @Test func `what is cut or wrong is read as far as it goes`() {
        var random = SystemRandomNumberGenerator()
        let whole = filterBytes(name: TrafficFilterName(owner: Self.owner, ownsQdisc: true).text)
        for count in 0..<whole.count {
            #expect(NetlinkMessage.all(in: Array(whole.prefix(count))).isEmpty)
        }
        for _ in 0..<2000 {
            var bytes = whole + whole
            for _ in 0..<3 {
                bytes[Int.random(in: bytes.indices, using: &random)] = .random(in: 0...255, using: &random)
            }
            for message in NetlinkMessage.all(in: bytes) {
                _ = TrafficMessages.filter(message)
                _ = TrafficMessages.qdisc(message)
                _ = message.answer
            }
        }
    }

    @Test func `the nearest name is the one with the fewest errors`() {
        #expect(NetworkDevices.near("eth9", among: ["lo", "eth0", "wlan0"]) == "eth0")
        #expect(NetworkDevices.near("nowhere", among: ["lo", "eth0"]) == nil)
    }

    private static let user: PermissionFacts = {
        var facts = PermissionFacts()
        facts.effectiveUser = 1000
        return facts
    }()

    @Test func `network programs ask for CAP_NET_ADMIN, for which CAP_SYS_ADMIN stands at the load alone`() throws {
        var facts = Self.user
        let load = BPFError(.loadProgram, .programRefused, errno: .notPermitted, "no").needing([.bpf, .netAdmin])
        let attach = BPFError(.attachProbe, .attachRefused, errno: .notPermitted, "no").needing([.netAdmin])
        // CAP_SYS_ADMIN
        facts.effective = 1 << 21
        #expect(load.explained(by: facts).diagnostic.cause?.contains("CAP_NET_ADMIN") != true)
        #expect(attach.explained(by: facts).diagnostic.cause == "EPERM: CAP_NET_ADMIN is missing")
        // CAP_BPF
        facts.effective = 1 << 39
        #expect(load.explained(by: facts).diagnostic.cause == "EPERM: CAP_NET_ADMIN is missing")
        // CAP_NET_ADMIN
        facts.effective = 1 << 12
        #expect(load.explained(by: facts).diagnostic.cause == "EPERM: CAP_BPF is missing")
        facts.perfEventParanoid = 4
        facts.executable = "/usr/bin/load-kp-bpf"
        let words = try #require(load.explained(by: facts).diagnostic.nextStep)
        #expect(words.contains("cap_net_admin"))
    }

    @Test func `a hook of the network that is refused is no matter of ftrace, and a known cause goes before seccomp`() {
        var facts = Self.user
        facts.effective = 1 << 12 | 1 << 39
        facts.ftraceEnabled = 0
        facts.hasSeccompFilter = true
        for errno in [Errno.resourceBusy, .operationNotSupportedByDevice, .notPermitted] {
            let error = BPFError(.attachProbe, .attachRefused, errno: errno, "no", cause: "another is there")
                .needing([.netAdmin])
            #expect(error.explained(by: facts).diagnostic.cause?.hasSuffix("another is there") == true)
            let probe = BPFError(.attachProbe, .attachRefused, errno: errno, "no", cause: "another is there")
            #expect(probe.explained(by: facts).diagnostic.cause?.hasSuffix("another is there") == false)
        }
    }
}
