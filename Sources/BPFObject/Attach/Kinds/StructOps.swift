// SPDX-License-Identifier: Apache-2.0

/// A structure of functions that the kernel calls (Linux 5.6): its programs are of sections `struct_ops/NAME`.
///
/// No program has such a target by itself: the object's variable in a section `.struct_ops` has the programs, and is
/// registered as a whole.
package struct StructOps: AttachKind {
    /// The name of the object's variable.
    package let variable: String
    /// The name of the structure in the kernel.
    package let type: String
    /// The name that it goes by in the kernel, such as that of a congestion control; nil if it has none.
    package let name: String?

    package static let sections = [
        SectionPattern("struct_ops+", .structOps),
        SectionPattern("struct_ops.s+", .structOps, nil, [.sleepable]),
    ]

    /// Takes a structure of an object.
    package init(_ variable: String, type: String, name: String?) {
        self.variable = variable
        self.type = type
        self.name = name
    }

    package init(reading text: Substring, in section: SectionPattern) throws(AttachTargetError.Reason) {
        throw .form("a program of struct_ops is called as the member of a structure that it is in")
    }

    /// What stands behind the slash is only a name.
    package static func target(named text: Substring?, in section: SectionPattern) -> SectionTarget { .nothing }

    package static func target(given text: Substring?, in section: SectionPattern) -> SectionTarget {
        read(text ?? "", in: section)
    }

    package static func form(of section: SectionPattern) -> String {
        "its name into a variable of the object: SEC(\".struct_ops.link\") struct tcp_congestion_ops NAME = {...}"
    }

    package var description: String {
        "struct_ops \(type) \(variable)" + (name.map { $0.isEmpty ? "" : " (\($0))" } ?? "")
    }
}
