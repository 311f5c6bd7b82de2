// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import CBPF
import Foundation
import TestSupport
import Testing

/// Devices, groups and packets of the tests.
enum TestNetwork {
    static let ip = "/usr/sbin/ip"
    static let tc = "/usr/sbin/tc"
    static let group = "/sys/fs/cgroup/tests"

    /// Brings the loopback device up, and a pair of veth devices with an address each.
    static func prepare() throws { try ready.get() }

    private static let ready = Result {
        for module in ["llc", "stp", "bridge", "veth", "sch_ingress", "cls_bpf"] {
            try shell("[ ! -e /lib/modules/\(module).ko ] || insmod /lib/modules/\(module).ko || true")
        }
        try shell("\(ip) link set lo up")
        // The other end is in a namespace of its own, so that packets really go through the devices.
        try shell("\(ip) netns add tests; \(ip) link add tva type veth peer name tvc netns tests")
        try shell("\(ip) link add tvb type veth peer name tvd && \(ip) link set tvb up && \(ip) link set tvd up")
        try shell("\(ip) addr add 10.78.0.1/24 dev tva && \(ip) link set tva up")
        try shell("\(ip) -n tests addr add 10.78.0.2/24 dev tvc && \(ip) -n tests link set tvc up")
        // netkit came with 6.7.
        if ["6.12", "newest"].contains(Lab.kernel) {
            try shell("\(ip) link add tnk type netkit && \(ip) link set tnk up && \(ip) link set nk0 up")
            try shell("\(ip) addr add 10.79.0.1/24 dev tnk")
        }
        try mountControlGroups()
        try makeGroup()
    }

    /// Mounts the control groups where nobody has.
    static func mountControlGroups() throws {
        try shell("mkdir -p /sys/fs/cgroup; grep -q cgroup2 /proc/mounts || mount -t cgroup2 none /sys/fs/cgroup")
    }

    static func makeGroup() throws { try shell("mkdir -p \(group)") }

    /// The target of a command line, for a program of a section.
    static func target(_ text: String, section: String) throws -> AttachTarget {
        try #require(try SectionConvention(given: text, inPlaceOf: SectionConvention(section: section)).attachTarget)
    }

    /// The filters of a device, as tc(8) lists them.
    static func filters(of device: String) throws -> String {
        try shell("\(tc) filter show dev \(device) ingress; \(tc) filter show dev \(device) egress")
    }

    /// Sends datagrams over the loopback device, to sockets that are connected and to such that are not.
    static func exchange() {
        let receiver = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        let sender = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        defer {
            close(receiver)
            close(sender)
        }
        var place = address(0)
        _ = withAddress(&place) { bind(receiver, $0, $1) }
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &place) { pointer in
            _ = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(receiver, $0, &length) }
        }
        var value: Int32 = 0
        var size = socklen_t(4)
        getsockopt(receiver, SOL_SOCKET, SO_RCVBUF, &value, &size)
        for _ in 0..<2 { _ = withAddress(&place) { sendto(sender, "x", 1, 0, $0, $1) } }
        _ = withAddress(&place) { connect(sender, $0, $1) }
        for _ in 0..<2 { send(sender, "x", 1, 0) }
        try? withConnection { _, _ in }
    }

    /// Gives a body the two ends of a TCP connection over the loopback device.
    static func withConnection(_ body: (Int32, Int32) throws -> Void) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let first = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer {
            close(listener)
            close(first)
        }
        var place = address(0)
        _ = withAddress(&place) { bind(listener, $0, $1) }
        listen(listener, 1)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &place) { pointer in
            _ = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &length) }
        }
        try #require(withAddress(&place) { connect(first, $0, $1) } == 0)
        let second = accept(listener, nil, nil)
        defer { close(second) }
        try body(first, second)
    }

    /// Packets through the pair of devices.
    static func knock(at host: UInt32 = 0x0a4e_0002) {
        let sender = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(sender) }
        // What comes back is the answer to who has the address, and that nobody listens.
        var place = address(9, host: host)
        _ = withAddress(&place) { sendto(sender, "x", 1, 0, $0, $1) }
    }

    /// A packet to a virtual socket of this machine (AF_VSOCK), where nobody listens.
    static func knockAtVirtualSocket() {
        let sender = socket(40, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(sender) }
        // struct sockaddr_vm: family, reserved, port, VMADDR_CID_LOCAL, zeros.
        var place: (UInt16, UInt16, UInt32, UInt32, UInt32) = (40, 0, 9999, 1, 0)
        let length = socklen_t(MemoryLayout.size(ofValue: place))
        _ = withUnsafePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(sender, $0, length) }
        }
    }

    static func readSetting() { _ = try? String(contentsOfFile: "/proc/sys/kernel/ostype", encoding: .utf8) }

    static func openDevice() { close(open("/dev/null", O_RDONLY)) }

    /// Works as a process of the group.
    static func inGroup(_ body: () -> Void) {
        move(to: group)
        for _ in 0..<3 { body() }
        move(to: "/sys/fs/cgroup")
    }

    private static func move(to group: String) {
        try? "\(getpid())".write(toFile: group + "/cgroup.procs", atomically: false, encoding: .utf8)
    }

    private static func address(_ port: UInt16, host: UInt32 = 0x7f00_0001) -> sockaddr_in {
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = port.bigEndian
        place.sin_addr.s_addr = host.bigEndian
        return place
    }

    private static func withAddress<Result>(
        _ place: inout sockaddr_in, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        withUnsafePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
