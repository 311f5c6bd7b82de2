// SPDX-License-Identifier: Apache-2.0

/// How probes are compiled.
public struct ProbeOptions: Sendable, Equatable {
    /// The machine whose registers the probes read.
    public enum Architecture: String, Sendable, Equatable, CaseIterable {
        /// x86-64
        case x86
        /// 64-bit Arm
        case arm64

        /// The architecture of this machine.
        public static var current: Architecture {
            #if arch(arm64)
                .arm64
            #else
                .x86
            #endif
        }

        /// The conditions that probes and BPFKit are compiled with.
        var conditions: [String] { self == .arm64 ? ["-D", "PROBE_ARM64"] : [] }
    }

    /// Whether a failed check of Swift (overflow, an index out of range, `!`) ends the run of the program with 0; else
    /// arithmetic wraps as in C, and the verifier alone guards memory.
    public var isChecked = false
    /// The machine whose registers the probes read.
    public var architecture = Architecture.current
    /// The directory of the toolchain; nil looks for one.
    public var toolchain: String?
    /// The directory for objects of earlier compilations; nil is the usual one of the user.
    public var cache: String?

    /// Directories of C modules that the probes import: each has a `module.modulemap`.
    ///
    /// What is compiled with headers is not kept for later, as these may change.
    public var headers: [String] = []

    /// Creates options as they are by default.
    public init() {}
}
