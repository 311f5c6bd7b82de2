// SPDX-License-Identifier: Apache-2.0

/// The programs of a netkit device (Linux 6.7): `netkit/primary`, with the device given as `netkit:nk0`.
package struct Netkit: AttachKind {
    /// The primary device of the pair.
    package let device: NetworkDevice
    /// Which of the two sends the packets.
    package let end: NetkitEnd
    /// Where among the programs that are there.
    package let order: AttachOrder?

    package static let sections = [
        SectionPattern("netkit/primary", .schedClassifier, .netkitPrimary),
        SectionPattern("netkit/peer", .schedClassifier, .netkitPeer),
    ]
    package static let families = ["netkit"]

    /// Takes a device and an end.
    package init(_ device: NetworkDevice, _ end: NetkitEnd, order: AttachOrder? = nil) {
        self.device = device
        self.end = end
        self.order = order
    }

    package init(reading text: Substring, in section: SectionPattern) throws(AttachTargetError.Reason) {
        let parts = try TargetParts(reading: text, atMost: 2, takesOrder: true)
        let said: NetkitEnd = section.attachType == .netkitPeer ? .peer : .primary
        self.init(
            try NetworkDevice(reading: parts.fields[0]), try parts.word(1, of: NetkitEnd.self) ?? said,
            order: parts.order)
    }

    package static func form(of section: SectionPattern) -> String {
        "\(section.base):DEVICE, such as \(section.base):nk0"
    }

    package func contradiction(to section: SectionPattern) -> String? {
        let said: NetkitEnd = section.attachType == .netkitPeer ? .peer : .primary
        return said == end ? nil : "it says both \(said.rawValue) and \(end.rawValue)"
    }

    package var description: String {
        "netkit \(device) \(end.rawValue)" + (order.map { ", \($0.rawValue)" } ?? "")
    }
}

/// An end of a pair of netkit devices.
public enum NetkitEnd: String, Sendable, CaseIterable {
    /// The device that programs are attached by.
    case primary
    /// The other one, usually in a container.
    case peer
}

extension AttachTarget {
    /// The programs of a netkit device (Linux 6.7).
    ///
    /// - Parameters:
    ///   - device: The primary device of the pair.
    ///   - end: Which of the two sends the packets.
    ///   - order: Where among the programs that are there; nil is behind them.
    public static func netkit(
        _ device: NetworkDevice, _ end: NetkitEnd, order: AttachOrder? = nil
    ) -> AttachTarget { AttachTarget(Netkit(device, end, order: order)) }
}
