// SPDX-License-Identifier: Apache-2.0

/// An iterator over objects of the kernel (Linux 5.8): `iter/task`.
package struct KernelIterator: AttachKind {
    /// What it iterates over, such as `task` or `bpf_map`.
    package let name: String

    /// The `expected_attach_type` of its programs.
    package static let attachType = AttachType.traceIterator

    package static let sections = [
        SectionPattern("iter+", .tracing, attachType, [.attachBTF]),
        SectionPattern("iter.s+", .tracing, attachType, [.attachBTF, .sleepable]),
    ]

    package init(reading text: Substring, in section: SectionPattern) throws(AttachTargetError.Reason) {
        name = try text.attachName()
    }

    package static func form(of section: SectionPattern) -> String {
        "SEC(\"\(section.base)/NAME\"), such as \(section.base)/task"
    }

    package var description: String { "iter \(name)" }

    package var typeInKernel: TypeInKernel? { TypeInKernel(name: "bpf_iter_" + name) }

    package var runsWhenRead: Bool { true }
}

extension AttachTarget {
    /// What an iterator shows, such as `task`, for a program that was loaded for it; it runs when its link is read.
    public static func iterator(_ name: String) throws(AttachTargetError) -> AttachTarget {
        try AttachTarget(KernelIterator.self, named: name[...], in: KernelIterator.sections[0])
    }
}
