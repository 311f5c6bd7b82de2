// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import Diagnostics
internal import Glibc
internal import ToolSupport

/// The Swift toolchain that compiles probes: `swiftc` and the `clang` beside it.
struct Toolchain: Equatable {
    /// The directory of the programs, without symbolic links.
    let folder: String

    var swiftc: String { folder + "/swiftc" }
    var clang: String { folder + "/clang" }

    /// Where it is looked for if neither the command line nor `PATH` names it; `sudo` passes on a short `PATH`.
    private static let usual = ["/usr/bin", "/usr/local/bin", "/usr/libexec/swift/bin"]

    /// Finds the toolchain.
    ///
    /// - Parameters:
    ///   - chosen: The directory of the command line: that of the programs, or one with `bin` or `usr/bin` in it.
    ///   - path: The value of `PATH`; only absolute directories in it count.
    static func find(_ chosen: String?, path: String?) throws(ProbeError) -> Toolchain {
        if let chosen {
            let places = ["", "/bin", "/usr/bin"].map { chosen + $0 }
            guard let found = places.first(where: hasPrograms) else {
                throw missing("there is no swiftc with a clang beside it in \(chosen)")
            }
            return try trusted(found)
        }
        let places = (path ?? "").split(separator: ":").map(String.init).filter { $0.hasPrefix("/") } + usual
        guard let found = places.first(where: hasPrograms) else {
            throw missing("neither PATH nor \(usual.joined(separator: ", ")) has a swiftc with a clang beside it")
        }
        return try trusted(found)
    }

    private static func hasPrograms(_ folder: String) -> Bool {
        // The programs of swiftly look for the chosen toolchain in the home of who calls, which compilers here do not have.
        guard let real = programs(of: folder), TrustedPath.real(folder + "/swiftc")?.hasSuffix("/swiftly") != true
        else {
            return false
        }
        return isProgram(real + "/swiftc") && isProgram(real + "/clang")
    }

    /// The directory that `swiftc` of a directory really is in.
    private static func programs(of folder: String) -> String? {
        guard let real = TrustedPath.real(folder + "/swiftc"), let slash = real.lastIndex(of: "/") else { return nil }
        return String(real[..<slash])
    }

    private static func isProgram(_ path: String) -> Bool { unsafe path.withFileName { unsafe access($0, X_OK) } == 0 }

    private static func trusted(_ found: String) throws(ProbeError) -> Toolchain {
        let folder = programs(of: found) ?? found
        let start = found.hasPrefix("/") ? found : WorkingFolder.path + "/" + found
        let paths = [start + "/swiftc"] + parts(of: folder).filter(KernelFile.exists)
        for path in paths {
            guard let fault = TrustedPath.fault(path) else { continue }
            throw ProbeError(
                .probeToolchainUntrusted, "the compiler \(path) is not run", cause: fault,
                nextStep: geteuid() == 0
                    ? "compile as its user, and load the object as root: load-kp-bpf --compile PROBE.swift -o probe.o"
                    : "name another toolchain with --toolchain")
        }
        return Toolchain(folder: folder)
    }

    /// What runs of a toolchain, and where it takes its libraries and modules from.
    static func parts(of folder: String) -> [String] {
        let root = folder.split(separator: "/").dropLast().map { "/" + $0 }.joined()
        return ["swiftc", "swift-frontend", "clang"].map { folder + "/" + $0 }
            + ["", "/swift", "/swift/embedded", "/clang"].map { root + "/lib" + $0 }
    }

    private static func missing(_ cause: String) -> ProbeError {
        ProbeError(
            .probeToolchain, "no Swift toolchain is found", cause: cause,
            nextStep:
                "install one from swift.org (tested with Swift 6.3.1), or name its directory with --toolchain; an object that is compiled elsewhere needs none"
        )
    }

    /// What tells it from another version: the files of its programs.
    var fingerprint: String {
        ["swiftc", "swift-frontend", "clang"].map { name in
            guard let real = TrustedPath.real(folder + "/" + name), let facts = FileFacts(real) else { return name }
            return "\(real) \(facts.size) \(facts.written)"
        }.joined(separator: "\n")
    }
}
