// SPDX-License-Identifier: Apache-2.0

/// The spans that have begun and not ended, by their keys.
///
/// What never ends does not fill the memory: beyond ``limit`` spans, or their bytes, none begins.
package struct OpenSpans: Sendable {
    /// A span that has begun.
    package struct Span: Sendable {
        /// The number of its records.
        package let number: UInt64
        /// The track that it began on.
        package let track: TraceWriter.Track

        /// Creates a span.
        package init(number: UInt64, track: TraceWriter.Track) {
            (self.number, self.track) = (number, track)
        }
    }

    /// Spans that are open at once.
    package static let limit = 1 << 16
    /// Bytes of their keys.
    package static let keyLimit = 16 << 20

    private var spans: [[UInt8]: Span] = [:]
    private var keyBytes = 0
    private let limit: Int

    /// How many there are.
    package var count: Int { spans.count }

    /// Creates no spans.
    package init(limit: Int = OpenSpans.limit) { self.limit = limit }

    /// Whether there is room for another one.
    package func hasRoom(for key: [UInt8]) -> Bool { spans.count < limit && keyBytes + key.count <= Self.keyLimit }

    /// Begins one; ``hasRoom(for:)`` was asked.
    package mutating func begin(_ key: [UInt8], _ span: Span) {
        if spans.updateValue(span, forKey: key) == nil { keyBytes += key.count }
    }

    /// Ends the one of a key; nil if there is none.
    package mutating func end(_ key: [UInt8]) -> Span? {
        guard let span = spans.removeValue(forKey: key) else { return nil }
        keyBytes -= key.count
        return span
    }
}
