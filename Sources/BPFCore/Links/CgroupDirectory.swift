// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import Diagnostics
internal import SystemPackage

/// Directories of control groups.
enum CgroupDirectory {
    /// Opens one.
    static func open(_ path: String) throws(BPFError) -> OwnedDescriptor {
        do throws(Errno) {
            return try KernelFile.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        } catch {
            throw BPFError(
                .attachProbe, .noSuchTarget, errno: error, "cannot open the control group \(path)",
                cause: error == .notDirectory ? "it is no directory" : nil,
                nextStep: error == .noSuchFileOrDirectory ? "see which there are: ls /sys/fs/cgroup" : nil)
        }
    }
}
