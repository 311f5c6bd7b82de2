// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import SystemPackage

extension Attachment {
    /// Attaches a program of type raw tracepoint to a tracepoint of the kernel or of a module.
    static func rawTracepoint(
        _ program: Int32, _ name: String, _ target: ResolvedTarget, _ options: AttachOptions
    ) throws(BPFError) -> Attachment {
        do throws(Errno) {
            let link = try Links.openRawTracepoint(program: program, name: name)
            return Attachment(target, way: .rawTracepoint, holder: .link(link))
        } catch {
            if error == .noSuchFileOrDirectory {
                var resolver = TargetResolver(roots: options.roots)
                var failure = resolver.missing(target.target)
                failure.operation = .attachProbe
                failure.errno = error
                throw failure
            }
            throw BPFError(
                .attachProbe, errno: error, "cannot attach the program to \(target)",
                cause: error == .invalidArgument
                    ? "the program is of another type, reads more arguments than the tracepoint has, or may sleep where it "
                        + "must not"
                    : nil)
        }
    }
}
