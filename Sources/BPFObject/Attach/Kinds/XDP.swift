// SPDX-License-Identifier: Apache-2.0

/// The receive path of a network device: `xdp`, with the device given as `xdp:eth0` or `xdp:eth0:generic`.
package struct XDP: AttachKind {
    /// The device.
    package let device: NetworkDevice
    /// Where on the path; nil is the driver if it can, else the generic place.
    package let mode: XDPMode?

    package static let sections = [
        SectionPattern("xdp", .xdp, .xdp, [.attachTypeIsOptional, .takesSuffix]),
        SectionPattern("xdp.frags", .xdp, .xdp, [.xdpFrags, .takesSuffix]),
    ]

    /// Takes a device and a mode.
    package init(_ device: NetworkDevice, mode: XDPMode? = nil) {
        self.device = device
        self.mode = mode
    }

    package init(reading text: Substring, in section: SectionPattern) throws(AttachTargetError.Reason) {
        let parts = try TargetParts(reading: text, atMost: 2)
        self.init(try NetworkDevice(reading: parts.fields[0]), mode: try parts.word(1, of: XDPMode.self))
    }

    package static func form(of section: SectionPattern) -> String {
        "\(section.base):DEVICE[:generic|:driver], such as \(section.base):eth0"
    }

    package var description: String { "xdp \(device)" + (mode.map { " (\($0.rawValue))" } ?? "") }
}

/// Where on the receive path an XDP program runs.
public enum XDPMode: String, Sendable, CaseIterable {
    /// In the stack, on every device (`XDP_FLAGS_SKB_MODE`).
    case generic
    /// In the driver of the device, if that can (`XDP_FLAGS_DRV_MODE`).
    case driver

    /// The flag of the link.
    package var flag: UInt32 { self == .generic ? 1 << 1 : 1 << 2 }
}

extension AttachTarget {
    /// The receive path of a network device.
    ///
    /// - Parameters:
    ///   - device: Its name or index, as ``NetworkDevice`` has them.
    ///   - mode: Where on the path; nil is the driver if it can, else the generic place.
    public static func xdp(_ device: NetworkDevice, mode: XDPMode? = nil) -> AttachTarget {
        AttachTarget(XDP(device, mode: mode))
    }
}

/// Programs of the entries of device and CPU maps: `xdp/devmap`.
package enum XDPMapEntries: SectionKind {
    package static let sections = [
        SectionPattern("xdp/devmap", .xdp, .xdpDevmap),
        SectionPattern("xdp.frags/devmap", .xdp, .xdpDevmap, [.xdpFrags]),
        SectionPattern("xdp/cpumap", .xdp, .xdpCpumap),
        SectionPattern("xdp.frags/cpumap", .xdp, .xdpCpumap, [.xdpFrags]),
    ]

    package static func otherMeans(for section: SectionPattern, pin: String) -> OtherMeans? {
        .notAlone("it is for entries of a map")
    }
}
