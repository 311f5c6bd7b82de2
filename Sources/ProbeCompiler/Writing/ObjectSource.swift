// SPDX-License-Identifier: Apache-2.0

/// An object as a file of Swift, so that a program carries the programs that it loads.
package struct ObjectSource {
    /// The file.
    package let text: String

    /// Writes it.
    ///
    /// - Parameters:
    ///   - object: The object file.
    ///   - names: The files that it was compiled from.
    package init(_ object: [UInt8], of names: [String]) {
        let digits = Array("0123456789abcdef".utf8)
        var lines: [UInt8] = []
        lines.reserveCapacity(object.count * 6 + object.count / 16 * 12)
        for (index, byte) in object.enumerated() {
            lines += index % 16 == 0 ? Array("\n        ".utf8) : [UInt8(ascii: " ")]
            lines += [UInt8(ascii: "0"), UInt8(ascii: "x"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            lines.append(UInt8(ascii: ","))
        }
        text = """
            // Made of \(Self.comment(names)) by swift-bpf; the next build makes it anew.

            /// The probes of this module, compiled for the kernel.
            public enum ProbeObject {
                /// The object file: `Object(parsing: ProbeObject.bytes, name: "probes")`.
                public static let bytes: [UInt8] = [\(String(decoding: lines, as: UTF8.self))
                ]
            }

            """
    }

    /// Names of files, which may hold what ends a comment.
    private static func comment(_ names: [String]) -> String {
        names.map { name in
            String(
                String.UnicodeScalarView(
                    name.unicodeScalars.map { $0.properties.isWhitespace || $0.value < 32 ? " " : $0 }))
        }.joined(separator: ", ")
    }
}
