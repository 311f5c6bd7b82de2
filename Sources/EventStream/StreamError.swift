// SPDX-License-Identifier: Apache-2.0

public import Diagnostics

/// What can be wrong with an event stream, with the position of the frame that is concerned.
public enum StreamError: DiagnosticError, Equatable {
    /// The stream ends within a frame.
    ///
    /// - Parameters:
    ///   - offset: The position of the frame's size field, in bytes from the start of the stream.
    ///   - expected: The bytes of the frame with its size field; nil if that field is incomplete.
    ///   - found: The bytes that are there.
    case truncated(offset: UInt64, expected: Int?, found: Int)
    /// A frame claims to be larger than a frame can be.
    ///
    /// - Parameters:
    ///   - offset: The position of the frame's size field, in bytes from the start of the stream.
    ///   - size: The size it claims.
    ///   - maximum: The size that is taken.
    case frameTooLarge(offset: UInt64, size: Int, maximum: Int)

    /// The position of the frame's size field, in bytes from the start of the stream.
    public var offset: UInt64 {
        switch self {
        case .truncated(let offset, _, _), .frameTooLarge(let offset, _, _): offset
        }
    }

    /// The error as the user sees it.
    public var diagnostic: Diagnostic {
        switch self {
        case .truncated(let offset, let expected, let found):
            Diagnostic(
                .streamTruncated, stage: .stream, "the stream ends within the frame at byte \(offset)",
                cause: expected.map {
                    // Text read as a size has hundreds of millions.
                    "\(found) of its \($0) bytes are there"
                        + ($0 > 1 << 24 ? ", unless this is not an event stream" : "")
                } ?? "\(found) of the 4 bytes of its size are there",
                nextStep: "every frame before it is whole; the writer was stopped in the middle, or the copy was")
        case .frameTooLarge(let offset, let size, let maximum):
            Diagnostic(
                .frameTooLarge, stage: .stream, "the frame at byte \(offset) claims \(size) bytes",
                cause: "a frame has at most \(maximum); this is not an event stream, or it is damaged, or it comes "
                    + "from a machine of the other byte order",
                nextStep: "what follows cannot be found again, since frames carry no marks; read up to there")
        }
    }
}
