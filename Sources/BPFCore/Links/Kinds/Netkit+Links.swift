// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics

extension Netkit: KernelAttachKind {
    func resolve(_ kernel: inout TargetResolver) throws(BPFError) -> ResolvedTarget {
        ResolvedTarget(self, at: NetkitPlace(device: try NetworkDevices.index(of: device), end: end, order: order))
    }

    func isThere(_ kernel: TargetResolver) throws(BPFError) -> Bool {
        _ = try NetworkDevices.index(of: device)
        return true
    }
}

/// An end of a pair of netkit devices.
private struct NetkitPlace: AttachPlace {
    let device: UInt32
    let end: NetkitEnd
    let order: AttachOrder?

    func attach(
        _ program: Int32, at target: ResolvedTarget, _ options: AttachOptions
    ) throws(BPFError) -> Link {
        do throws(Errno) {
            let link = try Links.create(
                program: program, target: device, attachType: end == .primary ? .netkitPrimary : .netkitPeer,
                flags: order?.flag ?? 0)
            return Link(target, way: .netkitLink, hold: PlainHold(link))
        } catch {
            guard error == .invalidArgument || error == .noDevice || error == .noSuchAddressOrDevice else {
                throw NetworkFailure.untied(
                    error, target,
                    cause: error == .permissionDenied
                        ? "programs are attached by the primary device of the pair" : MultiProgram.meaning(error))
            }
            throw NetworkFailure.untied(
                error, target,
                cause: "the device is not of kind netkit, which kernels have since Linux 6.7 (CONFIG_NETKIT)",
                nextStep: "on a device of another kind: tc:DEVICE:ingress or tc:DEVICE:egress")
        }
    }
}
