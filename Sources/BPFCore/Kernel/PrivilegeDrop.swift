// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import Diagnostics

/// Another user to go on as, with nothing that this process may do beyond what anybody may.
///
/// Rings, files and maps that are open stay usable; bpf(2) and perf_event_open(2) are refused afterwards (on 5.10 the
/// slots of an open map too).
package struct PrivilegeDrop: Sendable, Equatable {
    /// The user as the command line names it.
    package let name: String
    /// Its id.
    package let user: UInt32
    /// The id of its group; no other group is kept.
    package let group: UInt32

    /// Finds a user by name, or by number.
    ///
    /// - Throws: `BPFError` of operation `dropPrivilege`: there is no such user, or it is root.
    package init(to name: String) throws(BPFError) {
        guard let (user, group) = Self.look(up: name) else {
            throw BPFError(
                .dropPrivilege, .userUnknown, "there is no user \(name) to run as",
                nextStep: "getent passwd lists the users")
        }
        self.name = name
        self.user = user
        self.group = group
        guard user != 0 else {
            throw BPFError(
                .dropPrivilege, .userIsRoot, "\(name) is root, who has every privilege",
                nextStep: "name a user without any, such as nobody")
        }
    }

    private static func look(up name: String) -> (user: UInt32, group: UInt32)? {
        var entry = unsafe passwd()
        var found: UnsafeMutablePointer<passwd>?
        let number = UInt32(name)
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1 << 16) { room in
            guard let start = room.baseAddress else { return nil }
            if let number {
                unsafe getpwuid_r(number, &entry, start, room.count, &found)
            } else {
                _ = unsafe name.withCString { unsafe getpwnam_r($0, &entry, start, room.count, &found) }
            }
            return unsafe found == nil ? nil : (entry.pw_uid, entry.pw_gid)
        }
    }

    /// Becomes that user, drops every capability, and makes sure that none can come back.
    ///
    /// - Throws: `BPFError` of operation `dropPrivilege`. The process may then be anything in between: it should end.
    package func perform() throws(BPFError) {
        // The bounding set goes first: it takes a capability to shrink it.
        var capability: UInt = 0
        while cbpf_prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0 {
            // Without CAP_SETPCAP it stays as it is, and no_new_privs keeps it from being of use.
            _ = cbpf_prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
            capability += 1
        }
        try check(cbpf_prctl(PR_CAP_AMBIENT, UInt(PR_CAP_AMBIENT_CLEAR_ALL), 0, 0, 0), "clear ambient capabilities")
        try check(setgroups(0, nil), "leave the groups of this process")
        try check(setgid(group), "become group \(group)")
        try check(setuid(user), "become user \(name)")
        try dropCapabilities()
        try check(cbpf_prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "forbid new privileges")
        try verify()
    }

    private func dropCapabilities() throws(BPFError) {
        var header = Self.header
        var none = (__user_cap_data_struct(), __user_cap_data_struct())
        let result = unsafe withUnsafeMutablePointer(to: &none) { pair in
            unsafe pair.withMemoryRebound(to: __user_cap_data_struct.self, capacity: 2) {
                unsafe cbpf_capset(&header, $0)
            }
        }
        try check(result, "drop capabilities")
    }

    /// Asks the kernel whether it is so.
    private func verify() throws(BPFError) {
        var header = Self.header
        var data = (__user_cap_data_struct(), __user_cap_data_struct())
        let result = unsafe withUnsafeMutablePointer(to: &data) { pair in
            unsafe pair.withMemoryRebound(to: __user_cap_data_struct.self, capacity: 2) {
                unsafe cbpf_capget(&header, $0)
            }
        }
        try check(result, "read back the capabilities")
        let left = data.0.effective | data.0.permitted | data.1.effective | data.1.permitted
        guard left == 0, getuid() == user, geteuid() == user, getgid() == group, getegid() == group else {
            throw BPFError(
                .dropPrivilege, .privilegeLeft, "privilege is left after becoming user \(name)",
                cause: "uid \(geteuid()), gid \(getegid()), capabilities \(left == 0 ? "none" : "some")")
        }
    }

    private func check(_ result: Int32, _ deed: String) throws(BPFError) {
        guard result >= 0 else {
            throw BPFError(
                .dropPrivilege, always: .privilegeDropFailed, errno: Errno.last,
                "cannot \(deed) to become user \(name)",
                nextStep: "start as root, or leave \(.user) away")
        }
    }

    /// `_LINUX_CAPABILITY_VERSION_3`: two words of 32 capabilities each.
    private static var header: __user_cap_header_struct {
        __user_cap_header_struct(version: 0x2008_0522, pid: 0)
    }
}
