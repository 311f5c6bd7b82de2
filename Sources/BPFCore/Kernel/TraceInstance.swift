// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import Diagnostics

/// What programs print with `bpf_printk`, read from a trace buffer of our own (`tracing/instances`).
///
/// The one `trace_pipe` of the machine gives each line to one reader only; an instance takes nothing from anybody. The
/// lines are those of `trace_pipe`. The kernel does not tell which program printed a line.
package struct TraceInstance: ~Copyable {
    private let folder: String
    /// Closed in deinit, before the folder can go.
    private let pipe: Int32

    /// The beginning of the names of our instances; the process id follows.
    private static let prefix = "swift_bpf_"

    /// Makes the buffer and lets `bpf_printk` write to it (Linux 5.9).
    package init(roots: KernelRoots = KernelRoots()) throws(BPFError) {
        guard let tracefs = Tracefs.find(roots: roots) else {
            throw BPFError(
                .readKernelFile, .tracefsMissing, "cannot read the output of bpf_printk",
                cause: "tracefs is mounted nowhere",
                nextStep: "\(.mount("tracefs"), "mount -t tracefs tracefs /sys/kernel/tracing")")
        }
        Self.removeStale(in: tracefs, roots: roots)
        let folder = tracefs.path + "/instances/" + Self.prefix + "\(getpid())"
        guard unsafe folder.withCString({ unsafe mkdir($0, 0o700) }) == 0 else {
            throw Self.failure(.last, "cannot make a trace buffer: \(folder)")
        }
        do throws(Errno) {
            try KernelFile.write("1", to: folder + "/events/bpf_trace/bpf_trace_printk/enable")
            pipe = try KernelFile.open(folder + "/trace_pipe", O_RDONLY | O_NONBLOCK | O_CLOEXEC).release()
        } catch {
            Self.remove(folder)
            throw Self.failure(error, "cannot read the output of bpf_printk: \(folder)/trace_pipe")
        }
        self.folder = folder
    }

    deinit {
        // The reader first: a buffer that is read is not removed.
        _ = CBPF.close(pipe)
        Self.remove(folder)
    }

    /// For poll(2): readable when there is a line.
    package var descriptor: Int32 { pipe }

    /// Takes the lines that are there, without waiting.
    ///
    /// - Returns: Whole lines with their newlines, at most 64 KiB; empty if there are none.
    package func read() throws(BPFError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe CBPF.read(pipe, buffer.baseAddress, buffer.count)
            }
            if count >= 0 { return Array(bytes.prefix(count)) }
            switch Errno.last {
            case .interrupted: continue
            case .resourceTemporarilyUnavailable: return []
            case let errno: throw Self.failure(errno, "cannot read the output of bpf_printk: \(folder)/trace_pipe")
            }
        }
    }

    private static func failure(_ errno: Errno, _ message: String) -> BPFError {
        BPFError(
            .readKernelFile, .traceOutputRefused, errno: errno, message,
            cause: errno == .noSuchFileOrDirectory ? "this kernel has no trace event for bpf_printk (Linux 5.9)" : nil)
    }

    private static func remove(_ folder: String) {
        // A buffer that stays is removed by the next start.
        _ = unsafe folder.withCString { unsafe rmdir($0) }
    }

    /// Removes what processes left that were killed.
    private static func removeStale(in tracefs: Tracefs, roots: KernelRoots) {
        for name in KernelFile.names(in: tracefs.path + "/instances") where name.hasPrefix(prefix) {
            guard let pid = Int32(name.dropFirst(prefix.count)), !KernelFile.mayExist(roots.proc + "/\(pid)") else {
                continue
            }
            remove(tracefs.path + "/instances/" + name)
        }
    }
}
