// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics
internal import SystemPackage

/// The target in BTF that a program was loaded with, for the kinds that are attached by nothing else.
struct TypedPlace: AttachPlace {
    /// The `expected_attach_type` of its programs.
    let attachType: AttachType
    let hook: String?

    init(_ attachType: AttachType, hook: String?) {
        self.attachType = attachType
        self.hook = hook
    }

    /// `BPF_LINK_CREATE` comes first; before Linux 5.19 `BPF_RAW_TRACEPOINT_OPEN` without a name does the same.
    func attach(
        _ program: Int32, at target: ResolvedTarget, _ options: AttachOptions
    ) throws(BPFError) -> Link {
        let refusal: Errno
        do throws(Errno) {
            let link = try Links.create(program: program, attachType: attachType)
            return Link(target, way: .tracingLink, hold: PlainHold(link))
        } catch {
            guard error == .invalidArgument else { throw Self.untied(error, target) }
            refusal = error
        }
        do throws(Errno) {
            let link = try Links.openRawTracepoint(program: program, name: nil)
            return Link(target, way: .rawTracepoint, hold: PlainHold(link))
        } catch {
            throw Self.untied(error == .notSupported ? refusal : error, target)
        }
    }

    private static func untied(_ errno: Errno, _ target: ResolvedTarget) -> BPFError {
        let cause: String? =
            switch errno {
            case .notSupportedByKernel, .notSupported:
                "this kernel cannot call programs from functions on this architecture (BPF trampolines)"
            case .argListTooLong: "the kernel takes no more programs on this function (38 on x86-64)"
            case .resourceBusy:
                "another user of the function keeps programs off: a live patch, or a program that replaces it"
            case .noSuchFileOrDirectory: "the module that has it is gone"
            case .invalidArgument: "the program was loaded for another way of attaching, or for another target"
            default: nil
            }
        return BPFError(
            .attachProbe, .attachRefused, errno: errno, "cannot attach the program to \(target)", cause: cause)
    }
}
