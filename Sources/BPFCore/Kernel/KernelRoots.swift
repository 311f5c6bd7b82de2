// SPDX-License-Identifier: Apache-2.0

/// Where the kernel shows itself; other folders stand in for it in tests.
package struct KernelRoots: Sendable, Equatable {
    /// The mount point of procfs.
    package var proc = "/proc"
    /// The mount point of sysfs.
    package var sys = "/sys"
    /// The folder that has a folder of modules for each kernel release.
    package var modules = "/lib/modules"
    /// The folder that all other files are looked for in, such as those of /boot; empty is `/`.
    package var files = ""

    /// Creates the usual places.
    package init() {}

    /// Creates other places.
    package init(proc: String, sys: String, modules: String = "/lib/modules", files: String = "") {
        self.proc = proc
        self.sys = sys
        self.modules = modules
        self.files = files
    }
}
