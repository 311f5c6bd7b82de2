// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics

extension XDP: KernelAttachKind {
    func resolve(_ kernel: inout TargetResolver) throws(BPFError) -> ResolvedTarget {
        ResolvedTarget(self, at: XDPPlace(device: try NetworkDevices.index(of: device), mode: mode))
    }

    func isThere(_ kernel: TargetResolver) throws(BPFError) -> Bool {
        _ = try NetworkDevices.index(of: device)
        return true
    }
}

/// The receive path of a device.
private struct XDPPlace: AttachPlace {
    let device: UInt32
    let mode: XDPMode?

    func attach(
        _ program: Int32, at target: ResolvedTarget, _ options: AttachOptions
    ) throws(BPFError) -> Link {
        do throws(Errno) {
            let link = try Links.create(
                program: program, target: device, attachType: .xdp, flags: mode?.flag ?? 0)
            return Link(target, way: .xdpLink, hold: PlainHold(link))
        } catch {
            let (cause, step) = meaning(error)
            let isTaken = error == .resourceBusy || error == .fileExists
            throw NetworkFailure.untied(
                error, target, isTaken ? .hookTaken : .attachRefused, cause: cause, nextStep: step)
        }
    }

    private func meaning(_ errno: Errno) -> (cause: String?, nextStep: String?) {
        let other = "see it: bpftool net; take it off: ip link set dev DEVICE xdp off"
        switch errno {
        case .resourceBusy, .fileExists: return ("another XDP program is on the device, which takes one", other)
        case .notSupported, .invalidArgument:
            return mode == .driver
                ? ("the driver of the device cannot run XDP programs", "leave out the mode, or take generic")
                : ("the device takes no such program: it is enslaved, or too large for programs without fragments", nil)
        case .outOfRange, .argListTooLong:
            return (
                "packets of the device may be larger than the program takes", "lower its MTU, or SEC(\"xdp.frags\")"
            )
        default: return (nil, nil)
        }
    }
}

/// Why a program did not get onto a hook of the network.
enum NetworkFailure {
    /// The kernel said no.
    static func untied(
        _ errno: Errno, _ target: ResolvedTarget, _ code: Diagnostic.Code = .attachRefused, cause: String? = nil,
        nextStep: String? = nil
    ) -> BPFError {
        let known = cause ?? (errno == .noSuchAddressOrDevice || errno == .noDevice ? "the device is gone" : nil)
        let message = "cannot attach the program to \(target)"
        let hint = nextStep.map { Diagnostic.Hint($0) }
        let error = BPFError(.attachProbe, code, errno: errno, message, cause: known, nextStep: hint)
            .needing([.netAdmin])
        // Hooks refuse with the same errno as privileges do: with all of them there it is the hook.
        guard cause != nil, error.code == .notPermitted,
            PermissionFacts.read().explain(.attachProbe, errno, needing: [.netAdmin])?.isCertain != true
        else { return error }
        return BPFError(.attachProbe, always: code, errno: errno, message, cause: known, nextStep: hint)
    }
}

extension Errno {
    /// `ENODEV`.
    static var noDevice: Errno { .operationNotSupportedByDevice }
}

/// The ways of programs on the network and on control groups.
extension AttachWay {
    /// bpf_link on a network device (Linux 5.9).
    public static let xdpLink = AttachWay(rawValue: "XDP, bpf_link")
    /// bpf_link on the classifiers of a device (Linux 6.6).
    public static let tcxLink = AttachWay(rawValue: "tcx, bpf_link")
    /// A filter of the qdisc clsact, with direct action (Linux 4.5).
    public static let clsact = AttachWay(rawValue: "clsact qdisc, bpf filter")
    /// bpf_link on a netkit device (Linux 6.7).
    public static let netkitLink = AttachWay(rawValue: "netkit, bpf_link")
    /// bpf_link on a control group (Linux 5.7).
    public static let cgroupLink = AttachWay(rawValue: "cgroup, bpf_link")
    /// bpf_link on a network namespace (Linux 5.8).
    public static let namespaceLink = AttachWay(rawValue: "network namespace, bpf_link")
    /// bpf_link on a hook of netfilter (Linux 6.4).
    public static let netfilterLink = AttachWay(rawValue: "netfilter, bpf_link")
    /// bpf_link on a map of sockets (Linux 6.10).
    public static let socketMapLink = AttachWay(rawValue: "map of sockets, bpf_link")
    /// `BPF_PROG_ATTACH` on a map of sockets (Linux 4.14).
    public static let socketMap = AttachWay(rawValue: "map of sockets, BPF_PROG_ATTACH")
}
