// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics

extension RawTracepoint: KernelAttachKind {
    func resolve(_ kernel: inout TargetResolver) throws(BPFError) -> ResolvedTarget {
        guard isThere(&kernel) else { throw missing(&kernel) }
        return ResolvedTarget(self, at: RawTracepointPlace(name: name))
    }

    func missing(_ kernel: inout TargetResolver) -> BPFError {
        TargetFailure.noTracepoint(name, symbols: kernel.readSymbols(), roots: kernel.roots)
    }

    /// Whether a tracepoint has the name: nearly all have a trace event, and since Linux 5.10 each has a function.
    private func isThere(_ kernel: inout TargetResolver) -> Bool {
        if let tracefs = Tracefs.find(roots: kernel.roots),
            TraceEvents.all(in: tracefs).contains(where: { $0.isOf(name) })
        {
            return true
        }
        let hasFunction = { (symbols: KernelSymbols, name: String) in
            !symbols.functions(named: TargetFailure.caller + name).isEmpty
        }
        // Where nothing tells the tracepoints the kernel is asked, by attaching.
        guard let symbols = kernel.readSymbols(), hasFunction(symbols, "sys_enter") else { return true }
        return hasFunction(symbols, name)
    }
}

/// A tracepoint by its name.
private struct RawTracepointPlace: AttachPlace {
    let name: String

    var hook: String? { "tracepoint \(name)" }

    func attach(
        _ program: Int32, at target: ResolvedTarget, _ options: AttachOptions
    ) throws(BPFError) -> Link {
        do throws(Errno) {
            let link = try Links.openRawTracepoint(program: program, name: name)
            return Link(target, way: .rawTracepoint, hold: PlainHold(link))
        } catch {
            if error == .noSuchFileOrDirectory {
                var resolver = TargetResolver(roots: options.roots)
                var failure = resolver.missing(target.target)
                failure.operation = .attachProbe
                failure.errno = error
                throw failure
            }
            throw BPFError(
                .attachProbe, .attachRefused, errno: error, "cannot attach the program to \(target)",
                cause: error == .invalidArgument
                    ? "the program is of another type, reads more arguments than the tracepoint has, or may sleep where it "
                        + "must not"
                    : nil)
        }
    }
}
