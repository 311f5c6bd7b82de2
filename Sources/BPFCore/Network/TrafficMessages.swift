// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import BTF

/// The messages of rtnetlink(7) about qdiscs and filters (`struct tcmsg`), tc(8).
enum TrafficMessages {
    /// Numbers of messages.
    enum Kind {
        static let newQdisc: UInt16 = 36
        static let deleteQdisc: UInt16 = 37
        static let getQdisc: UInt16 = 38
        static let newFilter: UInt16 = 44
        static let deleteFilter: UInt16 = 45
        static let getFilter: UInt16 = 46
    }

    /// Attributes of a qdisc or a filter.
    private enum Attribute {
        static let kind: UInt16 = 1
        static let options: UInt16 = 2
    }

    /// Attributes in the options of a filter of kind bpf.
    private enum FilterAttribute {
        static let descriptor: UInt16 = 6
        static let name: UInt16 = 7
        static let flags: UInt16 = 8
        static let programID: UInt16 = 11
    }

    /// `TC_H_CLSACT`, where the qdisc of a device for what is neither queued is.
    private static let clsact: UInt32 = 0xffff_fff1
    /// The handle of that qdisc, as tc(8) prints it `ffff:`.
    private static let handle: UInt32 = 0xffff_0000
    /// All protocols (`ETH_P_ALL` in the order of the network) in the lower half of `tcm_info`.
    private static let allProtocols = UInt32(UInt16(3).bigEndian)
    /// `TCA_BPF_FLAG_ACT_DIRECT`: the program's return value is the verdict.
    private static let directAction: UInt32 = 1

    /// The class of the qdisc that has the filters of a direction.
    static func parent(_ direction: TrafficDirection) -> UInt32 {
        direction == .ingress ? 0xffff_fff2 : 0xffff_fff3
    }

    private static func message(
        _ type: UInt16, _ flags: NetlinkRequest.Flags, _ sequence: UInt32, device: UInt32, handle: UInt32 = 0,
        parent: UInt32 = 0, info: UInt32 = 0
    ) -> NetlinkRequest {
        var request = NetlinkRequest(type: type, flags: flags.union(.request), sequence: sequence)
        // The family, and what fills up the word.
        request.append(UInt32(0))
        request.append(device)
        request.append(handle)
        request.append(parent)
        request.append(info)
        return request
    }

    /// Makes the qdisc clsact; `EEXIST` if it, or the qdisc ingress, is there.
    static func addQdisc(device: UInt32, _ sequence: UInt32) -> NetlinkRequest {
        var request = message(
            Kind.newQdisc, [.acknowledge, .create, .exclusive], sequence, device: device, handle: handle, parent: clsact
        )
        request.attribute(Attribute.kind, "clsact")
        return request
    }

    /// Removes the qdisc clsact.
    static func deleteQdisc(device: UInt32, _ sequence: UInt32) -> NetlinkRequest {
        message(Kind.deleteQdisc, .acknowledge, sequence, device: device, handle: handle, parent: clsact)
    }

    /// Lists the qdiscs of all devices.
    static func listQdiscs(_ sequence: UInt32) -> NetlinkRequest { message(Kind.getQdisc, .dump, sequence, device: 0) }

    /// Adds a filter with a program; the kernel chooses handle and priority, and tells them in an echo.
    static func addFilter(
        program: Int32, name: String, device: UInt32, _ direction: TrafficDirection, _ sequence: UInt32
    ) -> NetlinkRequest {
        var request = message(
            Kind.newFilter, [.acknowledge, .echo, .create, .exclusive], sequence, device: device,
            parent: parent(direction), info: allProtocols)
        request.attribute(Attribute.kind, "bpf")
        request.attribute(Attribute.options) { options in
            options.attribute(FilterAttribute.descriptor, UInt32(bitPattern: program))
            options.attribute(FilterAttribute.name, name)
            options.attribute(FilterAttribute.flags, directAction)
        }
        return request
    }

    /// Removes one filter.
    static func delete(_ filter: TrafficFilter, _ sequence: UInt32) -> NetlinkRequest {
        var request = message(
            Kind.deleteFilter, .acknowledge, sequence, device: filter.device, handle: filter.handle,
            parent: filter.parent, info: filter.info)
        request.attribute(Attribute.kind, "bpf")
        return request
    }

    /// Lists the filters of a direction.
    static func listFilters(
        device: UInt32, _ direction: TrafficDirection, _ sequence: UInt32
    ) -> NetlinkRequest {
        message(Kind.getFilter, .dump, sequence, device: device, parent: parent(direction))
    }

    /// Reads a qdisc of a list; nil if the message is none, or not the one of a device for what is not queued.
    static func qdisc(_ message: NetlinkMessage) -> (device: UInt32, kind: String)? {
        guard message.type == Kind.newQdisc, let device = message.body.integer(UInt32.self, at: 4),
            message.body.integer(UInt32.self, at: 8) == handle,
            let kind = NetlinkAttributes(message.body, from: headSize).string(Attribute.kind)
        else { return nil }
        return (device, kind)
    }

    /// Reads a filter; nil if the message is none, or only the head of those of one priority.
    static func filter(_ message: NetlinkMessage) -> TrafficFilter? {
        guard message.type == Kind.newFilter, let device = message.body.integer(UInt32.self, at: 4),
            let handle = message.body.integer(UInt32.self, at: 8), handle != 0,
            let parent = message.body.integer(UInt32.self, at: 12),
            let info = message.body.integer(UInt32.self, at: 16)
        else { return nil }
        let attributes = NetlinkAttributes(message.body, from: headSize)
        let options = attributes.nested(Attribute.options)
        return TrafficFilter(
            device: device, handle: handle, parent: parent, info: info, kind: attributes.string(Attribute.kind) ?? "",
            name: options?.string(FilterAttribute.name), programID: options?.number(FilterAttribute.programID))
    }

    /// `sizeof(struct tcmsg)`.
    private static let headSize = 20
}

/// A filter of a device, as the kernel tells of it.
struct TrafficFilter: Equatable {
    let device: UInt32
    let handle: UInt32
    let parent: UInt32
    /// The priority in the upper half, the protocol in the lower.
    let info: UInt32
    let kind: String
    /// The name that whoever made it gave it.
    let name: String?
    let programID: UInt32?

    /// What it says of itself, if it is one of ours.
    var owner: TrafficFilterName? { kind == "bpf" ? name.flatMap { TrafficFilterName($0) } : nil }
}

/// The name of a filter of ours: `swift_bpf:NAMESPACE:PID:START`, with `:qdisc` if the qdisc is ours too.
struct TrafficFilterName: Equatable {
    /// What all of them begin with.
    static let prefix = "swift_bpf"

    /// The process that made it.
    let owner: ProcessIdentity
    /// Whether the qdisc was made by this package too, and goes when nobody uses it.
    let ownsQdisc: Bool

    init(owner: ProcessIdentity, ownsQdisc: Bool) {
        self.owner = owner
        self.ownsQdisc = ownsQdisc
    }

    /// Reads a name; nil if it is not one of ours.
    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 4 || (parts.count == 5 && parts[4] == "qdisc"), parts[0] == Self.prefix,
            let namespace = UInt64(parts[1], radix: 16), let pid = Int32(parts[2]), pid > 0,
            let start = UInt64(parts[3], radix: 16)
        else { return nil }
        self.init(
            owner: ProcessIdentity(namespace: namespace, pid: pid, start: start), ownsQdisc: parts.count == 5)
    }

    /// The name as the kernel keeps it.
    var text: String {
        "\(Self.prefix):\(String(owner.namespace, radix: 16)):\(owner.pid):\(String(owner.start, radix: 16))"
            + (ownsQdisc ? ":qdisc" : "")
    }
}
