// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import Diagnostics
internal import EventDecoding
internal import EventStream
internal import Synchronization
internal import ToolSupport

/// Where the names of the kernel's addresses come from; the file is read when the first address is shown.
///
/// The symbols of this kernel are read again when modules came or went, which a printer that follows a stream for months
/// lives to see.
final class SymbolSource: SymbolNames {
    private struct Known {
        var addresses: KernelAddresses
        /// The modules that were there.
        var modules: [String]
        /// When they were looked at last, in nanoseconds.
        var looked: UInt64
    }

    private let path: String?
    private let reporter: Reporter
    private let roots: KernelRoots
    private let clock: @Sendable () -> UInt64
    private let known = Mutex<Known?>(nil)

    /// Nanoseconds between two looks at the modules.
    static let interval: UInt64 = 1_000_000_000

    /// - Parameters:
    ///   - path: A copy of `/proc/kallsyms` of the kernel that the events are from; nil for that of this one.
    ///   - reporter: Is told what cannot be read.
    ///   - roots: Where /proc is.
    ///   - clock: Nanoseconds of a clock that does not go back.
    init(
        path: String?, reporter: Reporter, roots: KernelRoots = KernelRoots(),
        clock: @escaping @Sendable () -> UInt64 = { MonotonicClock.nanoseconds }
    ) {
        self.path = path
        self.reporter = reporter
        self.roots = roots
        self.clock = clock
    }

    /// The names for the events of a capture; nil if they are of another boot than the symbols that are to be had.
    ///
    /// - Parameter header: What the capture says of its machine; nil for frames, which say nothing.
    func symbols(of header: CaptureHeader?) -> SymbolSource? {
        let isOtherBoot = header.map { !$0.bootID.isEmpty && $0.bootID != BootID.current } ?? false
        return path == nil && isOtherBoot ? nil : self
    }

    func symbol(at address: UInt64) -> (name: String, offset: UInt64)? {
        place(at: address).map { ($0.function.name, $0.offset) }
    }

    /// The function of the kernel that an address lies in, and the bytes in front of it there.
    func place(at address: UInt64) -> (function: KernelSymbols.Function, offset: UInt64)? {
        known.withLock { known in
            var current = known ?? Known(addresses: read(), modules: modules(), looked: clock())
            if path == nil, clock() &- current.looked >= Self.interval {
                current.looked = clock()
                let modules = modules()
                if modules != current.modules { (current.addresses, current.modules) = (read(), modules) }
            }
            known = current
            return current.addresses.place(at: address)
        }
    }

    /// Reads the symbols, if nobody asked for one so far: those of BPF programs are gone as soon as they are.
    func prepare() {
        known.withLock { known in
            if known == nil { known = Known(addresses: read(), modules: modules(), looked: clock()) }
        }
    }

    /// The modules by name and size; how often each is used changes all the time.
    private func modules() -> [String] {
        guard path == nil, let list = try? KernelFile.text(roots.proc + "/modules") else { return [] }
        return list.split(separator: "\n").map { $0.split(separator: " ").prefix(2).joined(separator: " ") }
    }

    /// Reads the symbols; what cannot be read is reported once, and addresses stay numbers.
    private func read() -> KernelAddresses {
        let name = path ?? roots.proc + "/kallsyms"
        do throws(InputFile.Failure) {
            let addresses = KernelAddresses(KernelSymbols(kallsyms: try InputFile.read(name, stage: .stream)))
            if addresses.isEmpty {
                warn("\(name) has no addresses", "run as root, or set kernel.kptr_restrict to 1 or 0")
            }
            return addresses
        } catch {
            warn("\(error.diagnostic.message)" + (error.diagnostic.cause.map { ": \($0)" } ?? ""), nil)
            return KernelAddresses(KernelSymbols(kallsyms: []))
        }
    }

    private func warn(_ cause: String, _ nextStep: Diagnostic.Hint?) {
        reporter.report(
            Diagnostic(
                .addressesUnnamed, .warning, stage: .stream, "addresses of the kernel are shown as numbers",
                cause: cause,
                nextStep: nextStep))
    }
}
