// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics

extension TrafficControl: KernelAttachKind {
    func resolve(_ kernel: inout TargetResolver) throws(BPFError) -> ResolvedTarget {
        ResolvedTarget(
            self,
            at: TrafficPlace(device: try NetworkDevices.index(of: device), direction: direction, order: order))
    }

    func isThere(_ kernel: TargetResolver) throws(BPFError) -> Bool {
        _ = try NetworkDevices.index(of: device)
        return true
    }
}

/// The classifiers of a device.
private struct TrafficPlace: AttachPlace {
    let device: UInt32
    let direction: TrafficDirection
    let order: AttachOrder?

    /// tcx first; before Linux 6.6 the qdisc clsact, which came with 4.5.
    func attach(
        _ program: Int32, at target: ResolvedTarget, _ options: AttachOptions
    ) throws(BPFError) -> Link {
        if !options.limits.contains(.withoutLink) {
            do throws(Errno) {
                let type: AttachType = direction == .ingress ? .tcxIngress : .tcxEgress
                let link = try Links.create(
                    program: program, target: device, attachType: type, flags: order?.flag ?? 0)
                return Link(target, way: .tcxLink, hold: PlainHold(link))
            } catch {
                guard error == .invalidArgument else {
                    throw NetworkFailure.untied(error, target, cause: MultiProgram.meaning(error))
                }
            }
        }
        guard order == nil else {
            throw BPFError(
                .attachProbe, .attachRefused, "cannot attach the program to \(target)",
                cause: "an order among programs takes tcx, which kernels have since Linux 6.6",
                nextStep: "leave out the order: filters of clsact run one after the other, the newest first")
        }
        return try ClsactFilter.attach(
            program, device: device, direction, at: target, roots: options.roots)
    }
}

/// Hooks that several programs share since Linux 6.6 (`bpf_mprog`).
enum MultiProgram {
    static func meaning(_ errno: Errno) -> String? {
        switch errno {
        case .fileExists: "the program is there already"
        case .outOfRange: "64 programs are there already, and the kernel takes no more"
        default: nil
        }
    }
}
