// SPDX-License-Identifier: Apache-2.0

/// Names of Swift as names of C.
enum CName {
    /// A name that C takes, made of a longer one; what C does not take becomes an underscore.
    static func plain(_ name: some StringProtocol, longest: Int) -> String {
        let bytes = name.utf8.map { isPart($0) ? $0 : UInt8(ascii: "_") }
        return bytes.isEmpty ? "function" : String(decoding: bytes.prefix(longest), as: UTF8.self)
    }

    /// Why a name cannot stand in C; nil if it can.
    static func fault(_ name: String) -> String? {
        if keywords.contains(name) { return "it is a word of C" }
        guard let first = name.utf8.first, isPart(first), !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first),
            name.utf8.allSatisfy(isPart)
        else { return "the kernel takes letters of ASCII, digits and underscores" }
        return name.utf8.count > longest ? "it is longer than \(longest) bytes" : nil
    }

    /// The name of a type in the types of a kernel may have 127 bytes.
    private static let longest = 127

    private static func isPart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static let keywords: Set<String> = [
        "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern",
        "float", "for", "goto", "if", "inline", "int", "long", "register", "restrict", "return", "short", "signed",
        "sizeof", "static", "struct", "switch", "typedef", "union", "unsigned", "void", "volatile", "while", "asm",
        "typeof", "_Alignas", "_Alignof", "_Atomic", "_Bool", "_Complex", "_Generic", "_Imaginary", "_Noreturn",
        "_Static_assert", "_Thread_local", "__asm__", "__attribute__", "__typeof__", "SEC", "LICENSE", "HIDDEN",
        "INLINE", "PLACELESS",
    ]
}
