// SPDX-License-Identifier: Apache-2.0

public import Diagnostics

/// A text that is not the name of a function.
public struct ProbeTargetError: DiagnosticError, Equatable {
    /// What is wrong with it.
    public enum Reason: Sendable, Equatable {
        /// There is nothing where the name should be.
        case emptySymbol
        /// There is nothing in front of the colon.
        case emptyModule
        /// A byte that no symbol has there, counted from 0.
        case character(at: Int)
        /// The name has more bytes than any symbol of a kernel.
        case tooLong(bytes: Int, limit: Int)
        /// What follows the plus is neither a decimal nor a hexadecimal number of 64 bits.
        case offset
        /// What follows the `@` is no choice among functions of one name.
        case copy
        /// A return probe sits at the entry of a function.
        case returnWithOffset
        /// Only a return probe follows several calls at one time.
        case maxActiveWithoutReturn
        /// The number is not from 1 to 4096.
        case maxActive(Int)
    }

    /// The text as it was given.
    public let text: String
    /// What is wrong with it.
    public let reason: Reason

    /// Creates an error.
    public init(text: String, reason: Reason) {
        self.text = text
        self.reason = reason
    }

    /// The error as the user sees it.
    public var diagnostic: Diagnostic {
        let shown = text.utf8.count > 80 ? String(text.prefix(76)) + "..." : text
        return Diagnostic(
            .probeForm, stage: .arguments, "\"\(shown)\" is not a place for a probe", cause: cause, nextStep: nextStep)
    }

    private var cause: String {
        switch reason {
        case .emptySymbol: "the name of the function is missing"
        case .emptyModule: "there is no module in front of the colon"
        case .character(let index): "\(shown(at: index)) at byte \(index) cannot be part of it"
        case .tooLong(let bytes, let limit): "the name has \(bytes) bytes, and the kernel has none beyond \(limit)"
        case .offset: "what follows the + is not an offset of 64 bits, such as 0x1c or 28"
        case .copy: "what follows the @ is not a number from 1, an address such as 0xffffffff81000000, or all"
        case .returnWithOffset: "a return probe belongs to a whole function and takes no offset"
        case .maxActiveWithoutReturn: "maxactive is a property of return probes"
        case .maxActive(let value): "maxactive is \(value), and the kernel takes 1 to \(ProbeTarget.highestMaxActive)"
        }
    }

    private var nextStep: Diagnostic.Hint {
        switch reason {
        case .returnWithOffset: "leave out the offset or the return"
        case .copy: "write NAME@2, NAME@0xffffffff81000000 or NAME@all"
        case .maxActiveWithoutReturn: "add the return, or leave out maxactive"
        case .maxActive: "name a number from 1 to \(ProbeTarget.highestMaxActive)"
        default: "write [MODULE:]NAME[+OFFSET], such as vfs_read, vfs_read+0x5 or xfs:xfs_file_open"
        }
    }

    private func shown(at index: Int) -> String {
        // Every byte in front of the first bad one is ASCII, so the index is that of a scalar.
        guard let scalar = text.unicodeScalars.dropFirst(index).first else { return "the end" }
        let code = String(scalar.value, radix: 16, uppercase: true)
        let name = "U+" + String(repeating: "0", count: max(0, 4 - code.utf8.count)) + code
        return scalar.properties.isWhitespace || String(scalar).terminalSafe != String(scalar)
            ? "the character \(name)" : "'\(scalar)' (\(name))"
    }
}
