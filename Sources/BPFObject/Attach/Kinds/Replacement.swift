// SPDX-License-Identifier: Apache-2.0

/// A function of another program, which it stands in for (Linux 5.6): `freplace/NAME`.
///
/// A section names the function alone; which program has it is said where the program is attached.
package struct Replacement: AttachKind {
    /// The function of the other program; nil is the program itself.
    package let name: String?
    /// The other program; nil is none that is known.
    package let program: ProgramFunction?

    package static let sections = [SectionPattern("freplace+", .programExtension, nil, [.attachBTF])]

    /// Reads `NAME`, `PROGRAM:NAME`, or a program by pin or id with or without a name behind it.
    package init(reading text: Substring, in section: SectionPattern) throws(AttachTargetError.Reason) {
        if let program = try ProgramFunction(reading: text) {
            self.program = program
        } else if let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) {
            program = try ProgramFunction(text[..<colon], function: text[text.utf8.index(after: colon)...])
        } else {
            program = nil
            name = try text.attachWholeFunction().name
            return
        }
        name = program?.function
    }

    package static func form(of section: SectionPattern) -> String {
        "SEC(\"freplace/NAME\"), and the program where it is attached: /sys/fs/bpf/PIN:NAME, id:NUMBER:NAME or "
            + "PROGRAM:NAME"
    }

    package static func otherMeans(for section: SectionPattern, pin: String) -> OtherMeans? {
        .notAlone("it replaces a function of another program, which its section does not name")
    }

    package var description: String { "freplace \(program.map { "\($0)" } ?? name ?? "")" }

    package var typeInKernel: TypeInKernel? { program.map { TypeInKernel(name: name ?? "", program: $0) } }
}
