// SPDX-License-Identifier: Apache-2.0

/// A hook of the security modules (Linux 5.7): `lsm/file_open`.
package struct SecurityHook: AttachKind {
    /// The name of the hook.
    package let name: String

    /// The `expected_attach_type` of its programs.
    package static let attachType = AttachType.lsmMAC
    /// What the name of the hook's function has in front.
    package static let prefix = "bpf_lsm_"

    package static let sections = [
        SectionPattern("lsm+", .lsm, attachType, [.attachBTF]),
        SectionPattern("lsm.s+", .lsm, attachType, [.attachBTF, .sleepable]),
    ]
    package static let namesAreSymbols = true

    package init(reading text: Substring, in section: SectionPattern) throws(AttachTargetError.Reason) {
        name = try text.attachName()
    }

    package static func form(of section: SectionPattern) -> String {
        "SEC(\"\(section.base)/HOOK\"), such as \(section.base)/file_open"
    }

    package var description: String { "lsm \(name)" }

    package var contextArguments: ContextArguments? {
        ContextArguments(of: .function(Self.prefix + name), in: .words)
    }

    package var mayForbid: Bool { true }

    package var typeInKernel: TypeInKernel? { TypeInKernel(name: Self.prefix + name) }
}

extension AttachTarget {
    /// A hook of the security modules by its name, for a program that was loaded for it.
    public static func lsm(_ hook: String) throws(AttachTargetError) -> AttachTarget {
        try AttachTarget(SecurityHook.self, named: hook[...], in: SecurityHook.sections[0])
    }
}
