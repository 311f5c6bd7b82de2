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

    package static func otherMeans(for section: SectionPattern, pin: String) -> OtherMeans? {
        .command("bpftool iter pin OBJECT PATH", does: "makes it a file to read")
    }

    package var description: String { "iter \(name)" }

    package var typeInKernel: TypeInKernel? { TypeInKernel(name: "bpf_iter_" + name) }
}
