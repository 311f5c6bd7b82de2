// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics

/// A function of the kernel that takes programs at its entry.
struct TraceableFunction: Sendable, Equatable {
    let name: String
    /// The module that has it; nil is the kernel image.
    let module: String?
    /// Where ftrace calls from it, or where it starts; nil where that is not told.
    let address: UInt64?

    /// The function as `[MODULE:]NAME`.
    var place: String { (module.map { $0 + ":" } ?? "") + name }
}

/// The functions that ftrace can call programs from, as tracefs lists them.
enum TraceableFunctions {
    /// The list of a kernel, and how it was found.
    struct Listed {
        var functions: [TraceableFunction]
        var notes: [Diagnostic] = []
    }

    /// Reads those that are meant.
    ///
    /// `available_filter_functions_addrs` (Linux 6.5) has the addresses too. Where tracefs is mounted nowhere it is read
    /// through a mount of our own.
    ///
    /// - Throws: A ``BPFError`` of ``BPFError/Operation/resolveProbe`` where the kernel shows no list.
    static func matching(_ pattern: FunctionPattern, roots: KernelRoots) throws(BPFError) -> Listed {
        if let tracefs = Tracefs.find(roots: roots) {
            return Listed(functions: try matching(pattern, in: tracefs))
        }
        // Only the machine's own kernel can be mounted.
        if roots == KernelRoots(), let held = try? HeldTracefs() {
            let functions = try matching(pattern, in: held.tracefs)
            extendLifetime(held)
            return Listed(functions: functions, notes: [HeldTracefs.note])
        }
        throw BPFError(
            .resolveProbe, .tracefsMissing, "cannot see which functions \(pattern) means",
            cause: "tracefs is not mounted",
            nextStep: "mount it: mount -t tracefs tracefs \(roots.sys)/kernel/tracing")
    }

    private static func matching(
        _ pattern: FunctionPattern, in tracefs: Tracefs
    ) throws(BPFError) -> [TraceableFunction] {
        let list = tracefs.path + "/available_filter_functions"
        do throws(Errno) {
            return try read(list + "_addrs", hasAddresses: true, pattern)
        } catch {
            do throws(Errno) {
                return try read(list, hasAddresses: false, pattern)
            } catch {
                let isAbsent = error == .noSuchFileOrDirectory
                throw BPFError(
                    .resolveProbe, isAbsent ? .noSuchTarget : .kernelFileUnreadable, errno: error,
                    "cannot see which functions \(pattern) means: \(list)",
                    cause: isAbsent ? "this kernel has no function tracer (CONFIG_DYNAMIC_FTRACE)" : nil,
                    nextStep: isAbsent ? "name each function" : nil)
            }
        }
    }

    private static func read(
        _ path: String, hasAddresses: Bool, _ pattern: FunctionPattern
    ) throws(Errno) -> [TraceableFunction] {
        var found: [TraceableFunction] = []
        try KernelFile.forEachLine(of: path) { line in
            guard let function = Self.function(line, hasAddress: hasAddresses, pattern) else { return }
            found.append(function)
        }
        return found
    }

    /// Reads `name [module]`, or the same behind an address, if the pattern means it.
    static func function(
        _ line: ArraySlice<UInt8>, hasAddress: Bool, _ pattern: FunctionPattern
    ) -> TraceableFunction? {
        let space = UInt8(ascii: " ")
        var rest = line
        var address: ArraySlice<UInt8>?
        if hasAddress {
            guard let end = rest.firstIndex(of: space) else { return nil }
            address = rest[..<end]
            rest = rest[(end + 1)...]
        }
        // Newer kernels list further columns of functions that something is attached to already.
        let name = rest.prefix { $0 > space }
        func module() -> String? {
            guard let open = rest.firstIndex(of: UInt8(ascii: "[")),
                let close = rest[open...].firstIndex(of: UInt8(ascii: "]"))
            else { return nil }
            return String(decoding: rest[(open + 1)..<close], as: UTF8.self)
        }
        guard pattern.matches(name, in: module() ?? "vmlinux"), !name.starts(with: invalid) else { return nil }
        let number = address.flatMap { UInt64(String(decoding: $0, as: UTF8.self), radix: 16) }
        return TraceableFunction(
            name: String(decoding: name, as: UTF8.self), module: module(), address: number == 0 ? nil : number)
    }

    /// In front of what the kernel shows in place of functions that were dropped.
    private static let invalid = Array("__ftrace_invalid_address__".utf8)
}
