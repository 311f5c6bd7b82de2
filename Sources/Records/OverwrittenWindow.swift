// SPDX-License-Identifier: Apache-2.0

/// Which records of a ring buffer in overwrite mode (`BPF_F_RB_OVERWRITE`, Linux 6.19) stand whole at one moment.
///
/// Programs never wait for a reader there: the newest record takes the room of the oldest ones, and `overwrite_pos`, which
/// the kernel moves before it writes, is the first record that is still there. So a reader needs no position of its own and
/// writes nothing. It looks through the headers while programs write (``look(_:from:to:overwritten:)``), copies what they
/// span, and drops what was overwritten meanwhile (``OverwrittenRecords``).
public struct OverwrittenWindow: Sendable, Equatable {
    /// The position of the first record.
    public var start: UInt64
    /// The position after the last one.
    public var end: UInt64
    /// The samples in between that programs have finished.
    public var samples = 0
    /// Records in between that a program was still writing, by their positions.
    public var unfinished: [UInt64] = []

    /// What a look found.
    public enum Look: Sendable, Equatable {
        /// The records that stand there.
        case window(OverwrittenWindow)
        /// Programs wrote over all of it while it was looked at.
        case overtaken
        /// A header cannot be true, and is not one that was overwritten.
        case failure(RingBufferError)
    }

    /// As many records may be in the making at once: one for each context of each CPU, and no more are told apart.
    private static let mostUnfinished = 1 << 14
    /// After as many headers it is looked whether they were overwritten meanwhile.
    private static let batch = 64

    /// Looks through the headers.
    ///
    /// - Parameters:
    ///   - area: The data, both of its mappings.
    ///   - start: The position of a record: what `overwritten` told, or where a look before ended.
    ///   - end: The position after the last byte that programs had reserved (`producer_pos`).
    ///   - overwritten: Tells the position of the first record that is still there now (`overwrite_pos`); what was read
    ///     before it is asked must be read by then.
    public static func look(
        _ area: RawSpan, from start: UInt64, to end: UInt64, overwritten: () -> UInt64
    ) -> Look {
        var window = OverwrittenWindow(start: start, end: start)
        // What is known to have stood when it was read.
        var sure = window
        var cursor: RingBufferCursor
        while true {
            var failure: RingBufferError?
            do throws(RingBufferError) {
                cursor = try RingBufferCursor(area, from: sure.end, to: end)
                failure = read(&cursor, into: &window)
            } catch {
                failure = error
            }
            let first = overwritten()
            if isBehind(sure.end, first) {
                // What was read last may be anything, and what is older is gone.
                guard !isBehind(end, first), first != end || sure.end == end else { return .overtaken }
                window = OverwrittenWindow(start: first, end: first)
                sure = window
                continue
            }
            if let failure { return .failure(failure) }
            sure = window
            if window.end == end || window.unfinished.count >= mostUnfinished { return .window(window) }
        }
    }

    /// Reads some headers.
    private static func read(_ cursor: inout RingBufferCursor, into window: inout OverwrittenWindow) -> RingBufferError?
    {
        do throws(RingBufferError) {
            for _ in 0..<batch where window.unfinished.count < mostUnfinished {
                switch try cursor.nextOrUnfinished() {
                case .sample: window.samples += 1
                case .discarded: break
                case .busy: window.unfinished.append(window.end)
                case .end: return nil
                }
                window.end = cursor.position
            }
            return nil
        } catch {
            return error
        }
    }

    /// Whether a position is behind another one; they count up for ever.
    package static func isLater(_ position: UInt64, _ other: UInt64) -> Bool { isBehind(other, position) }

    /// Whether a position is before another one; they count up for ever.
    static func isBehind(_ position: UInt64, _ other: UInt64) -> Bool { Int64(bitPattern: position &- other) < 0 }
}
