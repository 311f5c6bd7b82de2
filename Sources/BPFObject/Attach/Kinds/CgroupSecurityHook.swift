// SPDX-License-Identifier: Apache-2.0

/// A hook of the security modules, for the processes of a control group (Linux 6.0): `lsm_cgroup/socket_bind`.
package struct CgroupSecurityHook: AttachKind {
    /// The name of the hook.
    package let name: String

    package static let sections = [SectionPattern("lsm_cgroup+", .lsm, .lsmCgroup, [.attachBTF])]

    package init(reading text: Substring, in section: SectionPattern) throws(AttachTargetError.Reason) {
        name = try text.attachName()
    }

    package static func form(of section: SectionPattern) -> String {
        "SEC(\"lsm_cgroup/HOOK\"), such as lsm_cgroup/file_open"
    }

    package static func otherMeans(for section: SectionPattern, pin: String) -> OtherMeans? { .unknown }

    package var description: String { "lsm_cgroup \(name)" }

    package var typeInKernel: TypeInKernel? { TypeInKernel(name: SecurityHook.prefix + name) }
}
