// SPDX-License-Identifier: Apache-2.0

internal import CBPF

/// The version code that `BPF_PROG_LOAD` wants as `kern_version` of a kprobe program before Linux 5.0.
///
/// It is `LINUX_VERSION_CODE` of the source, which distributions show in different places and uname(2) often not at all.
/// Features are never decided by it.
package enum KernelVersion {
    /// The code of the running kernel: from the vDSO, else from what distributions write, else from uname(2); 0 if nothing
    /// tells it.
    package static func running(_ roots: KernelRoots = KernelRoots()) -> UInt32 {
        if let code = VDSO.versionCode() { return code }
        let signature = KernelFile.line(roots.proc + "/version_signature")
        let names = UnameFacts.current
        return fallback(signature: signature, version: names.version, release: names.release)
    }

    /// `major << 16 | minor << 8 | patch`, with the patch held at 255 as the kernel does it.
    package static func code(_ major: UInt32, _ minor: UInt32, _ patch: UInt32) -> UInt32 {
        min(major, 0xffff) << 16 | min(minor, 255) << 8 | min(patch, 255)
    }

    /// - Parameters:
    ///   - signature: /proc/version_signature of Ubuntu: `Ubuntu 5.15.0-91.101-generic 5.15.131`.
    ///   - version: `#1 SMP Debian 5.10.226-1 (2024-10-03)`
    ///   - release: `5.10.0-33-amd64`
    static func fallback(signature: String?, version: String, release: String) -> UInt32 {
        if let last = signature?.split(separator: " ").last, let code = parse(last) { return code }
        let words = version.split(separator: " ")
        if let debian = words.firstIndex(of: "Debian"), debian + 1 < words.endIndex, let code = parse(words[debian + 1])
        {
            return code
        }
        return parse(release[...]) ?? 0
    }

    /// Reads `5.10.226-1`, `6.1`, `7.2-rc3`.
    static func parse(_ text: Substring) -> UInt32? {
        var numbers: [UInt32] = []
        var rest = text
        while numbers.count < 3 {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard let number = UInt32(digits) else { break }
            numbers.append(number)
            rest = rest.dropFirst(digits.count)
            guard rest.first == "." else { break }
            rest = rest.dropFirst()
        }
        guard numbers.count >= 2 else { return nil }
        return code(numbers[0], numbers[1], numbers.count > 2 ? numbers[2] : 0)
    }
}
