// SPDX-License-Identifier: Apache-2.0

/// Classifiers of a network device: `tc`, `tcx/ingress`, with the device given as `tc:eth0:ingress`.
package struct TrafficControl: AttachKind {
    /// The device.
    package let device: NetworkDevice
    /// Which packets of it.
    package let direction: TrafficDirection
    /// Where among the programs that are there.
    package let order: AttachOrder?

    package static let sections = [
        SectionPattern("tc/ingress", .schedClassifier, .tcxIngress),
        SectionPattern("tc/egress", .schedClassifier, .tcxEgress),
        SectionPattern("tcx/ingress", .schedClassifier, .tcxIngress),
        SectionPattern("tcx/egress", .schedClassifier, .tcxEgress),
        SectionPattern("tc", .schedClassifier, nil, [.takesSuffix]),
        SectionPattern("classifier", .schedClassifier, nil, [.takesSuffix]),
        // tc(8) takes any section; these are what its users call theirs.
        SectionPattern("ingress", .schedClassifier),
        SectionPattern("egress", .schedClassifier),
    ]
    package static let families = ["tc", "tcx", "classifier"]

    /// Takes a device and a direction.
    package init(_ device: NetworkDevice, _ direction: TrafficDirection, order: AttachOrder? = nil) {
        self.device = device
        self.direction = direction
        self.order = order
    }

    package init(reading text: Substring, in section: SectionPattern) throws(AttachTargetError.Reason) {
        let parts = try TargetParts(reading: text, atMost: 2, takesOrder: true)
        let device = try NetworkDevice(reading: parts.fields[0])
        let said = TrafficDirection.allCases.first { section.name.hasSuffix($0.rawValue) }
        guard let direction = try parts.word(1, of: TrafficDirection.self) ?? said else {
            throw .form("it does not say which packets: ingress or egress")
        }
        self.init(device, direction, order: parts.order)
    }

    package static func form(of section: SectionPattern) -> String {
        !TrafficDirection.allCases.contains { section.name.hasSuffix($0.rawValue) }
            ? "\(section.base):DEVICE:ingress or \(section.base):DEVICE:egress, such as tc:eth0:ingress"
            : "\(section.base):DEVICE, such as \(section.base):eth0"
    }

    package func contradiction(to section: SectionPattern) -> String? {
        let said = TrafficDirection.allCases.first { section.name.hasSuffix($0.rawValue) }
        guard let said, said != direction else { return nil }
        return "it says both \(said.rawValue) and \(direction.rawValue)"
    }

    package var description: String {
        "tc \(device) \(direction.rawValue)" + (order.map { ", \($0.rawValue)" } ?? "")
    }
}

/// Which packets of a network device.
public enum TrafficDirection: String, Sendable, CaseIterable {
    /// Those that it has received.
    case ingress
    /// Those that it is going to send.
    case egress
}

extension AttachTarget {
    /// The classifiers of a network device: tcx since Linux 6.6, a filter of the qdisc clsact before.
    ///
    /// - Parameters:
    ///   - device: Its name or index.
    ///   - direction: Which packets.
    ///   - order: Where among the programs that are there (tcx only); nil is behind them.
    public static func trafficControl(
        _ device: NetworkDevice, _ direction: TrafficDirection, order: AttachOrder? = nil
    ) -> AttachTarget { AttachTarget(TrafficControl(device, direction, order: order)) }
}

/// Actions of traffic control: `action`.
package enum TrafficAction: SectionKind {
    package static let sections = [SectionPattern("action", .schedAction, nil, [.takesSuffix])]

    package static func otherMeans(for section: SectionPattern, pin: String) -> OtherMeans? {
        .pinned(command: "tc filter add dev DEV ingress matchall action bpf object-pinned \(pin)")
    }
}
