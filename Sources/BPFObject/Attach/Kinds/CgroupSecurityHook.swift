// SPDX-License-Identifier: Apache-2.0

/// A hook of the security modules, for the processes of a control group (Linux 6.0): `lsm_cgroup/socket_bind`.
///
/// A section names the hook alone; the control group is said where the program is attached.
package struct CgroupSecurityHook: AttachKind {
    /// The name of the hook.
    package let name: String
    /// The directory of the control group; nil is none that is known.
    package let cgroup: String?

    /// The `expected_attach_type` of its programs.
    package static let attachType = AttachType.lsmCgroup

    package static let sections = [SectionPattern("lsm_cgroup+", .lsm, attachType, [.attachBTF])]

    /// Reads `HOOK` or `HOOK:DIRECTORY`.
    package init(reading text: Substring, in section: SectionPattern) throws(AttachTargetError.Reason) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        name = try parts[0].attachName()
        guard parts.count == 2 else {
            cgroup = nil
            return
        }
        cgroup = try parts[1].attachPlainText(isPath: true)
    }

    package static func form(of section: SectionPattern) -> String {
        "SEC(\"lsm_cgroup/HOOK\"), such as lsm_cgroup/socket_bind, and the control group where the program is attached: "
            + "lsm_cgroup:HOOK:/sys/fs/cgroup/NAME"
    }

    package static func otherMeans(for section: SectionPattern, pin: String) -> OtherMeans? {
        .notAlone("it is for the processes of a control group, which its section does not name")
    }

    package var description: String { "lsm_cgroup \(name)\(cgroup.map { ":" + $0 } ?? "")" }

    package var mayForbid: Bool { true }

    package var typeInKernel: TypeInKernel? { TypeInKernel(name: SecurityHook.prefix + name) }
}
