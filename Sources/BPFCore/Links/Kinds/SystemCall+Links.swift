// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics

extension SystemCall: KernelAttachKind {
    func resolve(_ kernel: inout TargetResolver) throws(BPFError) -> ResolvedTarget {
        ResolvedTarget(self, probe: try probe(&kernel))
    }

    func doubts(_ roots: KernelRoots) -> [Diagnostic] { ProbePlace.doubts(roots) }

    private func probe(_ kernel: inout TargetResolver) throws(BPFError) -> ResolvedProbe {
        // Where there are wrappers each architecture has one, and the kernel knows it by its name.
        let native = try probe(SyscallHandler.native(name))
        if SyscallHandler.nativeIsWrapper, let found = try kernel.resolveByName(native, isExact: true) {
            return found.requested(as: native, notes: [])
        }
        guard let symbols = kernel.readSymbols() else {
            return try ProbeResolver.resolve(native, roots: kernel.roots)
        }
        guard let handler = SyscallHandler.find(name, symbols) else { throw missing(symbols) }
        let found = try ProbeResolver.resolve(probe(handler), symbols: symbols, roots: kernel.roots)
        // Its notes tell of the wrapper, which BPF_KSYSCALL expects.
        return found.requested(as: found.requested, notes: [])
    }

    private func probe(_ symbol: String) throws(BPFError) -> ProbeTarget {
        do throws(ProbeTargetError) {
            return try ProbeTarget(parsing: symbol, isReturn: isReturn)
        } catch {
            throw BPFError(
                .resolveProbe, .noSuchSystemCall, error.diagnostic.message, cause: error.diagnostic.cause)
        }
    }

    /// No system call has the name.
    private func missing(_ symbols: KernelSymbols) -> BPFError {
        let near = SyscallHandler.near(name, symbols)
        return BPFError(
            .resolveProbe, .noSuchSystemCall, "there is no system call \(name) in this kernel",
            cause: "it has no function \(SyscallHandler.native(name)) and none of the other names of a system call",
            details: near.isEmpty ? [] : ["near: " + near.joined(separator: ", ")],
            nextStep: near.first.map { "did you mean \(.chooseName([$0]), $0)?" } ?? "see the names in syscalls(2)")
    }
}
