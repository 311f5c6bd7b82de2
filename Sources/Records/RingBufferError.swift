// SPDX-License-Identifier: Apache-2.0

public import Diagnostics

/// What cannot be true of the memory of a BPF ring buffer.
public enum RingBufferError: DiagnosticError, Equatable {
    /// The data area is not a power of two of bytes, mapped twice in a row and aligned to 8.
    ///
    /// - Parameter bytes: What was given, both mappings together.
    case area(bytes: Int)
    /// The positions do not belong to one ring buffer of that size.
    ///
    /// - Parameters:
    ///   - consumer: The position of the first unread byte (`consumer_pos`).
    ///   - producer: The position after the last byte that programs reserved (`producer_pos`).
    ///   - size: The bytes of the ring buffer.
    case positions(consumer: UInt64, producer: UInt64, size: Int)
    /// A record claims more bytes than lie between it and the producer's position.
    ///
    /// - Parameters:
    ///   - position: The position of its header.
    ///   - length: The bytes of its sample, as its header has them.
    ///   - available: The bytes from its header to the producer's position.
    case recordTooLong(position: UInt64, length: Int, available: UInt64)

    /// The error as the user sees it.
    public var diagnostic: Diagnostic {
        let message: String
        let cause: String
        switch self {
        case .area(let bytes):
            message = "this is not the data of a ring buffer: \(bytes) bytes"
            cause = "it must be a power of two of bytes, mapped twice in a row"
        case .positions(let consumer, let producer, let size):
            message = "the positions of the ring buffer cannot be true: consumer \(consumer), producer \(producer)"
            cause =
                "both are multiples of 8 and at most \(size) bytes apart; "
                + "another process that has the map may have written the consumer's"
        case .recordTooLong(let position, let length, let available):
            message = "the record at position \(position) of the ring buffer claims \(length) bytes"
            cause = "\(available) bytes are there, its header included; reading began within a record, or it is damaged"
        }
        return Diagnostic(
            .ringDamaged, stage: .ring, message, cause: cause,
            nextStep:
                "have one reader at a time; a ring buffer made anew (remove its pin, load its program again) is sound")
    }
}
