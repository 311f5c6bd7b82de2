// SPDX-License-Identifier: Apache-2.0

/// The handler of a system call, by the name of the call alone: `ksyscall/bpf`, `kretsyscall/bpf`.
package struct SystemCall: AttachKind {
    /// The name, as in syscalls(2).
    package let name: String
    /// Whether the program runs when the handler returns.
    package let isReturn: Bool

    static let entries = SectionPattern("ksyscall+", .kprobe)
    static let returns = SectionPattern("kretsyscall+", .kprobe)
    package static let sections = [entries, returns]
    package static let namesAreSymbols = true

    package init(reading text: Substring, in section: SectionPattern) throws(AttachTargetError.Reason) {
        name = try text.attachName()
        isReturn = section == Self.returns
    }

    package static func form(of section: SectionPattern) -> String {
        "SEC(\"\(section.base)/NAME\") with the name of a system call, such as \(section.base)/openat"
    }

    package var description: String { (isReturn ? "kretsyscall " : "ksyscall ") + name }
}

extension AttachTarget {
    /// The entry of a system call's handler, by the name of the call: `openat`.
    public static func ksyscall(_ name: String) throws(AttachTargetError) -> AttachTarget {
        try AttachTarget(SystemCall.self, named: name[...], in: SystemCall.entries)
    }

    /// The return of a system call's handler, by the name of the call.
    public static func kretsyscall(_ name: String) throws(AttachTargetError) -> AttachTarget {
        try AttachTarget(SystemCall.self, named: name[...], in: SystemCall.returns)
    }
}
