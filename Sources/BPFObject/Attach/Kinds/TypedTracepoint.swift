// SPDX-License-Identifier: Apache-2.0

/// A tracepoint with typed arguments (Linux 5.5): `tp_btf/sched_switch`.
package struct TypedTracepoint: AttachKind {
    /// The name of the tracepoint.
    package let name: String

    /// The `expected_attach_type` of its programs.
    package static let attachType = AttachType.traceRawTracepoint

    package static let sections = [
        SectionPattern("tp_btf+", .tracing, attachType, [.attachBTF]),
        SectionPattern("tp_btf.s+", .tracing, attachType, [.attachBTF, .sleepable]),
    ]
    package static let namesAreSymbols = true

    package init(reading text: Substring, in section: SectionPattern) throws(AttachTargetError.Reason) {
        name = try text.attachName()
    }

    package static func form(of section: SectionPattern) -> String {
        "SEC(\"\(section.base)/NAME\"), such as \(section.base)/sched_process_exec"
    }

    package var description: String { "tp_btf \(name)" }

    package var contextArguments: ContextArguments? { ContextArguments(of: .tracepoint(name), in: .words) }

    package var event: String? { "tracepoint \(name)" }

    package var typeInKernel: TypeInKernel? { TypeInKernel(name: "btf_trace_" + name, isTypedef: true) }
}

extension AttachTarget {
    /// A tracepoint by its name, for a program that was loaded for it with typed arguments (`tp_btf`).
    public static func typedTracepoint(_ name: String) throws(AttachTargetError) -> AttachTarget {
        try AttachTarget(TypedTracepoint.self, named: name[...], in: TypedTracepoint.sections[0])
    }
}
