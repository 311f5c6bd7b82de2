// SPDX-License-Identifier: Apache-2.0

@testable import BPFCore
import BTF
import BPFObject
import Diagnostics
import EventStream
import Glibc

/// A folder whose files a target writes, in the place of /proc and /sys.
let kernelFolder: String = {
    var name = Array("/tmp/fuzz-kernel-XXXXXX".utf8CString)
    guard let path = unsafe mkdtemp(&name) else { fatalError("mkdtemp") }
    return unsafe String(cString: path)
}()

/// Reads any bytes as each small file of the kernel that the tools read: the number of the file comes first.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzKernelText(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let all = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    guard let kind = all.first else { return 0 }
    let bytes = Array(all.dropFirst())
    let text = String(decoding: bytes, as: UTF8.self)
    switch kind % 8 {
    case 0:
        let table = MountTable(parsing: text)
        for type in ["bpf", "tracefs", ""] { _ = table.mounts(ofType: type) }
        for path in ["/sys/fs/bpf/a", "/", ""] { _ = table.mount(containing: path)?.isReadOnly }
    case 1:
        guard let cpus = CPUList.parse(text) else { break }
        // A list that is taken is in order and can be written again.
        precondition(zip(cpus, cpus.dropFirst()).allSatisfy(<) && cpus.count <= 1 << 16)
        precondition(cpus.isEmpty || CPUList.parse(CPUList.text(cpus)) == cpus)
    case 2:
        let image = ELFHead(bytes)
        precondition(image.programHeaders.count <= Int(UInt16.max))
        for address: UInt64 in [0, .max, 0xffff_ffff_8100_0000] {
            _ = KernelText.fileOffset(of: address, count: 64, header: bytes)
        }
        _ = (image.word(at: .max), image.long(at: bytes.count - 3), VDSO.versionCode(in: bytes))
        _ = CallSite.offset(in: bytes, at: .max - 8, calling: 0xffff_ffff_8100_0100)
    case 3:
        if let plain = Gunzip.bytes(bytes, limit: 1 << 20) { precondition(plain.count <= 1 << 20) }
        // The configuration of a kernel: of all options, or of those that are wanted.
        let configuration = KernelConfigText(bytes)
        for (name, value) in configuration.values {
            precondition(KernelConfigText(bytes, names: [name])[name] == value)
            if configuration.values.count > 16 { break }
        }
    case 4:
        // What /proc/self/status, cap_last_cap, lockdown and the list of security modules say.
        write(bytes, to: ["proc/self/status", "proc/self/uid_map", "proc/self/comm", "proc/cmdline"])
        write(bytes, to: ["proc/sys/kernel/cap_last_cap", "proc/sys/kernel/perf_event_paranoid"])
        write(bytes, to: ["sys/kernel/security/lockdown", "sys/kernel/security/lsm"])
        let facts = PermissionFacts.read(roots: roots)
        for capability in Capability.allCases { _ = facts.has(capability) }
    case 5:
        for line in text.split(separator: "\n") { _ = StaleProbes.name(inLine: line) }
        _ = TracefsErrorLog(parsing: text).added(since: TracefsErrorLog(parsing: ""), mentioning: "vfs_read")
        _ = (KernelVersion.parse(text[...]), KernelVersion.fallback(signature: text, version: text, release: text))
    case 6:
        write(bytes, to: ["tracing/available_events"])
        let tracefs = Tracefs(path: kernelFolder + "/tracing")
        for (category, name) in [("sched", "sched_switch"), ("", "")] {
            let error = TraceEvents.missing(category: category, name: name, in: tracefs, roots: roots)
            precondition(!error.diagnostic.message.isEmpty)
        }
    default:
        write(bytes, to: ["modules/6.1/modules.builtin", "modules/6.1/modules.dep"])
        for name in ["ext4", ""] { _ = KernelModules(roots: roots, release: "6.1").state(of: name) }
    }
    return 0
}

private let roots = KernelRoots(
    proc: kernelFolder + "/proc", sys: kernelFolder + "/sys", modules: kernelFolder + "/modules", files: kernelFolder)

private func write(_ bytes: [UInt8], to paths: [String]) {
    for path in paths {
        let parts = path.split(separator: "/")
        var folder = kernelFolder
        for part in parts.dropLast() {
            folder += "/" + part
            mkdir(folder, 0o700)
        }
        let file = open(kernelFolder + "/" + path, O_CREAT | O_TRUNC | O_WRONLY, 0o600)
        precondition(unsafe bytes.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) } == bytes.count)
        close(file)
    }
}
