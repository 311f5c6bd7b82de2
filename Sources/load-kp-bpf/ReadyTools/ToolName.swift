// SPDX-License-Identifier: Apache-2.0

/// The name of a ready tool, as a command line has it in the place of an object: letters, digits, `-` and `_`.
///
/// A name with a dot or a slash is a file's, so that no path leads out of the directory of the tools.
struct ToolName: Hashable, Comparable, CustomStringConvertible {
    let description: String

    init?(_ text: String) {
        let bytes = text.utf8
        guard !bytes.isEmpty, bytes.count <= Self.longest, bytes.first != UInt8(ascii: "-"),
            bytes.allSatisfy(Self.isAllowed)
        else { return nil }
        description = text
    }

    /// The tool that a file of the directory holds; nil if it holds none.
    init?(file: String) {
        guard let ending = Self.endings.first(where: { file.hasSuffix($0) }) else { return nil }
        self.init(String(file.dropLast(ending.count)))
    }

    /// The files that may hold the tool: the first one there is does.
    var files: [String] { Self.endings.map { description + $0 } }

    static func < (one: ToolName, other: ToolName) -> Bool { one.description < other.description }

    private static let endings = [".bpf.o", ".o"]
    private static let longest = 64

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
