// SPDX-License-Identifier: Apache-2.0

public import Diagnostics

/// Bytes of a capture that could not be read and were skipped, up to the next block that is sound.
public struct CaptureDamage: DiagnosticError, Equatable {
    /// What is wrong with the first of them.
    public enum Cause: Sendable, Equatable {
        /// No block begins there.
        case noBlock
        /// The header of the block is damaged.
        case header
        /// The payload of the block is damaged.
        case payload
        /// The block is whole and sound, but is not what its kind says.
        case malformed(String)
        /// The capture ends within the block: so many bytes of it are there, and so many it should have, if that is known.
        case truncated(found: Int, expected: Int?)
    }

    /// The position of the first byte.
    public var offset: UInt64
    /// How many bytes were skipped.
    public var skipped: UInt64
    /// What is wrong.
    public var cause: Cause

    /// The damage as the user sees it.
    public var diagnostic: Diagnostic {
        let message = "the capture is damaged at byte \(offset): \(skipped) bytes are skipped"
        let after: Diagnostic.Hint = "what follows is read from the next sound block on"
        switch cause {
        case .noBlock: return damaged(message, "no block begins there", after)
        case .header: return damaged(message, "the header of the block there does not match its checksum", after)
        case .payload: return damaged(message, "the block there does not match its checksum", after)
        case .malformed(let reason): return damaged(message, "the block is not well-formed: \(reason)", after)
        case .truncated(let found, let expected):
            return damaged(
                "the capture ends within the block at byte \(offset)",
                expected.map { "\(found) of its \($0) bytes are there" } ?? "\(found) bytes of its header are there",
                "every block before it is whole; the writer was stopped in the middle, or the copy was")
        }
    }

    private func damaged(_ message: String, _ cause: String, _ nextStep: Diagnostic.Hint) -> Diagnostic {
        Diagnostic(.captureDamaged, stage: .stream, message, cause: cause, nextStep: nextStep)
    }
}
