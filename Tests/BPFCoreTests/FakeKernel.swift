// SPDX-License-Identifier: Apache-2.0

import BPFCore
import Foundation

/// Folders that stand in for /proc, /sys and /lib/modules, removed when the last test lets go.
final class FakeKernel: Sendable {
    let folder: String

    init(_ files: [String: String] = [:]) throws {
        folder = NSTemporaryDirectory() + "fake-kernel-" + UUID().uuidString
        for name in ["proc/self", "sys", "modules"] {
            try FileManager.default.createDirectory(atPath: folder + "/" + name, withIntermediateDirectories: true)
        }
        for (path, content) in files { try write(content, to: path) }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var roots: KernelRoots {
        KernelRoots(proc: folder + "/proc", sys: folder + "/sys", modules: folder + "/modules", files: folder)
    }

    func write(_ content: String, to path: String) throws {
        try write(Data(content.utf8), to: path)
    }

    func write(_ content: Data, to path: String) throws {
        let url = URL(fileURLWithPath: folder + "/" + path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try content.write(to: url)
    }

    func read(_ path: String) throws -> String {
        try String(contentsOfFile: folder + "/" + path, encoding: .utf8)
    }
}

/// A few lines of a 6.x kernel.
let sampleSymbols = """
    0000000000000000 A fixed_percpu_data
    ffffffff81000000 T _text
    ffffffff81000100 T vfs_read
    ffffffff81000200 t __pfx_vfs_write
    ffffffff81000210 T vfs_write
    ffffffff81000300 t ip_finish.isra.0
    ffffffff81000340 t inlined_one.cold
    ffffffff81000400 t __sys_bpf
    ffffffff81000500 T __x64_sys_bpf
    ffffffff81000520 T __ia32_sys_bpf
    ffffffff81000600 T ksys_read
    ffffffff81000700 T __x64_sys_read
    ffffffff81000800 T __x64_sys_mount
    ffffffff81000900 t twin
    ffffffff81000a00 t twin
    ffffffff81000b00 W weak_one
    ffffffff81000c00 t same_place
    ffffffff81000c00 t same_place
    ffffffff81000d00 t shared
    ffffffff81000e00 T inet_csk_accept
    ffffffff82000000 D jiffies
    ffffffffc0000000 t xfs_open\t[xfs]
    ffffffffc0000100 t shared\t[xfs]
    ffffffffc0001000 t bpf_prog_1234_x\t[bpf]
    ffffffffc0002000 t ftrace_trampoline\t[__builtin__ftrace]

    """

/// The same symbols with hidden addresses, as a user without CAP_SYSLOG sees them.
var hiddenSymbols: String {
    sampleSymbols.split(separator: "\n").map { String(repeating: "0", count: 16) + $0.dropFirst(16) }
        .joined(separator: "\n")
}
