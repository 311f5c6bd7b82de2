// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import Diagnostics
internal import EventDecoding
internal import EventStream
internal import Synchronization
internal import SystemPackage
internal import ToolSupport

/// Where the names of the kernel's addresses come from; the file is read when the first address is shown.
final class SymbolSource: SymbolNames {
    private let path: String?
    private let reporter: Reporter
    private let addresses = Mutex<KernelAddresses?>(nil)

    /// - Parameter path: A copy of `/proc/kallsyms` of the kernel that the events are from; nil for that of this one.
    init(path: String?, reporter: Reporter) {
        self.path = path
        self.reporter = reporter
    }

    /// The names for the events of a capture; nil if they are of another boot than the symbols that are to be had.
    ///
    /// - Parameter header: What the capture says of its machine; nil for frames, which say nothing.
    func symbols(of header: CaptureHeader?) -> (any SymbolNames)? {
        let isOtherBoot = header.map { !$0.bootID.isEmpty && $0.bootID != BootID.current } ?? false
        return path == nil && isOtherBoot ? nil : self
    }

    func symbol(at address: UInt64) -> (name: String, offset: UInt64)? {
        addresses.withLock { addresses in
            if let addresses { return addresses.function(at: address) }
            let read = read()
            addresses = read
            return read.function(at: address)
        }
    }

    /// Reads the symbols; what cannot be read is told once, and addresses stay numbers.
    private func read() -> KernelAddresses {
        let name = path ?? "/proc/kallsyms"
        do throws(InputFile.Failure) {
            let addresses = KernelAddresses(KernelSymbols(kallsyms: try InputFile.read(name, stage: .stream)))
            if addresses.isEmpty {
                warn("\(name) tells no addresses", "run as root, or set kernel.kptr_restrict to 1 or 0")
            }
            return addresses
        } catch {
            warn("\(error.diagnostic.message)" + (error.diagnostic.cause.map { ": \($0)" } ?? ""), nil)
            return KernelAddresses(KernelSymbols(kallsyms: []))
        }
    }

    private func warn(_ cause: String, _ nextStep: String?) {
        reporter.report(
            Diagnostic(
                .warning, stage: .stream, "addresses of the kernel are shown as numbers", cause: cause,
                nextStep: nextStep, exitStatus: .success))
    }
}
