// SPDX-License-Identifier: Apache-2.0

public import Diagnostics

/// Why a capture cannot be written or read on.
public enum CaptureError: DiagnosticError, Equatable {
    /// The format has a later first version number than this reader knows.
    ///
    /// - Parameters:
    ///   - offset: The position of the header block.
    ///   - major: The first number.
    ///   - minor: The second number.
    case version(offset: UInt64, major: UInt16, minor: UInt16)
    /// A block of a kind that this reader does not know says that nothing after it can be read without it.
    ///
    /// - Parameters:
    ///   - offset: The position of the block.
    ///   - kind: Its kind.
    case criticalKind(offset: UInt64, kind: UInt16)
    /// A block of the preamble would be larger than a block can be.
    case preambleTooLarge(bytes: Int)

    /// The error as the user sees it.
    public var diagnostic: Diagnostic {
        switch self {
        case .version(let offset, let major, let minor):
            Diagnostic(
                .captureVersion, stage: .stream, "the capture at byte \(offset) is of version \(major).\(minor)",
                cause: "this reader knows version \(CaptureHeader.version.major)",
                nextStep: "read it with the version of the tools that wrote it")
        case .criticalKind(let offset, let kind):
            Diagnostic(
                .captureVersion, stage: .stream, "the block at byte \(offset) of the capture is of kind \(kind)",
                cause: "this reader does not know it, and the writer says that what follows cannot be read without it",
                nextStep: "read it with the version of the tools that wrote it")
        case .preambleTooLarge(let bytes):
            Diagnostic(
                .capturePreambleTooLarge, stage: .stream, "the description of the events has \(bytes) bytes",
                cause: "a block of a capture has at most \(CaptureBlock.maximumPayload)",
                nextStep: "give an object whose BTF is smaller")
        }
    }
}
