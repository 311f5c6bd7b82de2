// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

extension Link {
    /// Puts another program in the place of this one, without a moment in which neither is there (`BPF_LINK_UPDATE`,
    /// Linux 5.7).
    ///
    /// - Parameter program: A program of the same type, for the same target.
    /// - Throws: A ``BPFError`` of ``BPFError/Operation/updateLink``. Links of iterators and of control groups can be
    ///   updated; those of probes, tracepoints and functions keep their program, and the cause says so.
    public func update(to program: borrowing Program) throws(BPFError) {
        try update(to: program.descriptor.rawValue)
    }

    /// Puts another program in the place of this one, by the program's descriptor.
    package func update(to program: Int32) throws(BPFError) {
        let message = "cannot put another program in place of the one on \(subject)"
        let link = try descriptor(.updateLink, message)
        do throws(Errno) {
            try Links.update(link: link, program: program)
        } catch {
            let instead: Diagnostic.Hint = "attach the new program, and then detach this one"
            // EINVAL is the answer of a kind of link without this operation, and of a program that does not fit.
            let kind = (try? info())?.kind
            let isFixed = error == .invalidArgument && kind?.takesUpdates != true
            throw BPFError(
                .updateLink, .linkUpdateRefused, errno: error, message,
                cause: isFixed
                    ? "the kernel lets \(kind.map { "links of kind \($0)" } ?? "this link") keep the program"
                    : error == .invalidArgument ? "the program is of another type, or for another target" : nil,
                nextStep: isFixed ? instead : nil)
        }
    }
}
