// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import SystemPackage

extension Attachment {
    /// Attaches a program to the target in BTF that it was loaded with.
    ///
    /// `BPF_LINK_CREATE` comes first; before Linux 5.19 `BPF_RAW_TRACEPOINT_OPEN` without a name does the same.
    static func tracing(
        _ program: Int32, _ kind: TracingKind, _ target: ResolvedTarget
    ) throws(BPFError) -> Attachment {
        let refusal: Errno
        do throws(Errno) {
            let link = try Links.create(program: program, attachType: kind.attachType?.rawValue ?? 0)
            return Attachment(target, way: .tracingLink, holder: .link(link))
        } catch {
            guard error == .invalidArgument else { throw untied(error, target) }
            refusal = error
        }
        do throws(Errno) {
            let link = try Links.openRawTracepoint(program: program, name: nil)
            return Attachment(target, way: .rawTracepoint, holder: .link(link))
        } catch {
            throw untied(error == .notSupported ? refusal : error, target)
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
        return BPFError(.attachProbe, errno: errno, "cannot attach the program to \(target)", cause: cause)
    }
}
