// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import Diagnostics

/// tracefs where it is mounted nowhere: a mount of our own that no path of the machine leads to.
///
/// It lasts as long as its descriptor, so that nothing is left behind even by SIGKILL.
struct HeldTracefs: ~Copyable {
    private let mount: OwnedDescriptor

    /// Mounts it, with fsopen(2) and fsmount(2) (Linux 5.2); takes `CAP_SYS_ADMIN`.
    init() throws(Errno) {
        let context = try Self.owned(
            unsafe "tracefs".withCString { unsafe cbpf_fsopen($0, UInt32(CBPF_FSOPEN_CLOEXEC)) })
        guard cbpf_fsconfig(context.rawValue, UInt32(CBPF_FSCONFIG_CMD_CREATE)) == 0 else { throw .last }
        let attributes = CBPF_MOUNT_ATTR_NOSUID | CBPF_MOUNT_ATTR_NODEV | CBPF_MOUNT_ATTR_NOEXEC
        mount = try Self.owned(cbpf_fsmount(context.rawValue, UInt32(CBPF_FSMOUNT_CLOEXEC), UInt32(attributes)))
    }

    /// Its files, which can be reached as long as this value lives.
    var tracefs: Tracefs { Tracefs(path: "/proc/self/fd/\(mount.rawValue)") }

    static let note = Diagnostic(
        .tracefsPrivate, .note, stage: .resolve,
        "tracefs is mounted nowhere: read through a mount that only this process sees")

    private static func owned(_ number: Int32) throws(Errno) -> OwnedDescriptor {
        guard number >= 0 else { throw .last }
        return OwnedDescriptor(owning: number)
    }
}
