// SPDX-License-Identifier: Apache-2.0

/// A function of another program, which it stands in for (Linux 5.6): `freplace/NAME`.
package struct Replacement: AttachKind {
    /// The function of the other program.
    package let name: String

    package static let sections = [SectionPattern("freplace+", .programExtension, nil, [.attachBTF])]

    package init(reading text: Substring, in section: SectionPattern) throws(AttachTargetError.Reason) {
        name = try text.attachWholeFunction().name
    }

    package static func form(of section: SectionPattern) -> String { "SEC(\"freplace/NAME\")" }

    package static func otherMeans(for section: SectionPattern, pin: String) -> OtherMeans? {
        .notAlone("it replaces a function of another program, whose loader does that")
    }

    package var description: String { "freplace \(name)" }
}
