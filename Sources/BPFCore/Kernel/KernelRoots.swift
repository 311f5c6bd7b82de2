// SPDX-License-Identifier: Apache-2.0

/// Where the kernel shows itself; other folders stand in for it in tests.
public struct KernelRoots: Sendable, Equatable {
    /// The mount point of procfs.
    public var proc = "/proc"
    /// The mount point of sysfs.
    public var sys = "/sys"
    /// The folder that has a folder of modules for each kernel release.
    public var modules = "/lib/modules"
    /// The folder that all other files are looked for in, such as those of /boot; empty is `/`.
    public var files = ""

    /// Creates the usual places.
    public init() {}

    /// Creates other places.
    public init(proc: String, sys: String, modules: String = "/lib/modules", files: String = "") {
        self.proc = proc
        self.sys = sys
        self.modules = modules
        self.files = files
    }
}
