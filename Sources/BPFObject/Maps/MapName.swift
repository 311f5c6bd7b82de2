// SPDX-License-Identifier: Apache-2.0

package import Diagnostics

/// A name that the kernel takes for a map, and bpffs for its pin.
///
/// 1 to 15 bytes (`BPF_OBJ_NAME_LEN` is 16 with the NUL) of `[A-Za-z0-9_]`. The kernel takes a dot too (5.2), but bpffs
/// refuses it: only the names of maps made of data have one.
package struct MapName: Sendable, Hashable, CustomStringConvertible {
    /// The bytes of the longest name.
    package static let longest = 15

    /// The name.
    package let text: String

    /// Checks a name.
    package init(_ text: String) throws(MapNameError) {
        if let reason = Self.fault(in: text) { throw MapNameError(name: text, reason: reason) }
        self.text = text
    }

    /// Makes a name of any text, as libbpf does: what is too long is cut, other bytes than letters, digits, `_` and `.`
    /// become `_`.
    init(fitting text: String) {
        let bytes = text.utf8.prefix(Self.longest).map {
            Self.isNameByte($0) || $0 == UInt8(ascii: ".") ? $0 : UInt8(ascii: "_")
        }
        self.text = bytes.isEmpty ? "_" : String(decoding: bytes, as: UTF8.self)
    }

    /// The name.
    package var description: String { text }

    /// What keeps a text from being a name; nil if nothing does.
    static func fault(in text: String) -> MapNameError.Reason? {
        let bytes = Array(text.utf8)
        if bytes.isEmpty { return .empty }
        if let bad = bytes.firstIndex(where: { !isNameByte($0) }) { return .byte(bytes[bad], at: bad) }
        return bytes.count > longest ? .tooLong(bytes: bytes.count) : nil
    }

    /// Whether a byte may be part of a name.
    static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

/// A text that cannot be the name of a map or a pin.
package struct MapNameError: DiagnosticError, Equatable {
    /// What is wrong with it.
    package enum Reason: Sendable, Equatable {
        /// It has no bytes.
        case empty
        /// It has more than `MapName.longest` bytes.
        case tooLong(bytes: Int)
        /// A byte outside `[A-Za-z0-9_]`, at an index from 0.
        case byte(UInt8, at: Int)
    }

    /// The text as it was given.
    package let name: String
    /// What is wrong with it.
    package let reason: Reason

    /// Creates an error.
    package init(name: String, reason: Reason) {
        self.name = name
        self.reason = reason
    }

    /// The error as the user sees it.
    package var diagnostic: Diagnostic {
        Diagnostic(
            .mapNameInvalid, stage: .map, "\"\(name)\" cannot be the name of a map", cause: reason.description,
            nextStep: "rename the map: 1 to \(MapName.longest) letters, digits and _")
    }
}

extension MapNameError.Reason: CustomStringConvertible {
    /// The reason as a clause.
    package var description: String {
        switch self {
        case .empty: "it is empty"
        case .tooLong(let bytes):
            "it has \(bytes) bytes, and the kernel takes \(MapName.longest) (BPF_OBJ_NAME_LEN is 16 with the NUL)"
        case .byte(let byte, let index):
            "byte \(index) is \(Self.shown(byte)), and kernel and bpffs take letters, digits and _ together"
        }
    }

    private static func shown(_ byte: UInt8) -> String {
        let code = "0x" + String(byte, radix: 16)
        return (0x21..<0x7f).contains(byte) ? "'\(Character(Unicode.Scalar(byte)))' (\(code))" : code
    }
}
