// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import ToolSupport

/// When the table of what most events have is drawn, in ns of `CLOCK_MONOTONIC`.
struct TopClock {
    private let interval: UInt64
    private var last = MonotonicClock.nanoseconds

    /// - Parameter interval: In nanoseconds.
    init(interval: UInt64) { self.interval = interval }

    /// When the next one is due.
    var due: UInt64 { last.addingReportingOverflow(interval).overflow ? .max : last + interval }

    /// Milliseconds until then, and one more.
    var millisecondsLeft: Int32 {
        let now = MonotonicClock.nanoseconds
        return Int32(clamping: (due - min(now, due)) / 1_000_000 + 1)
    }

    /// Begins the next interval, if this one is over.
    ///
    /// - Returns: How long it was; nil while it lasts.
    mutating func takeInterval() -> UInt64? {
        let now = MonotonicClock.nanoseconds
        guard now >= due else { return nil }
        defer { last = now }
        return now - last
    }
}

extension EventSink {
    /// Draws the table, if there is one and it is time; the terminal is asked for its size each time.
    mutating func drawTop(_ clock: inout TopClock?, for writer: LineWriter) {
        guard let passed = clock?.takeInterval() else { return }
        let isTerminal = writer.output.kind == .terminal
        let descriptor = writer.output.rawDescriptor
        display.form.drawTop(
            seconds: Double(passed) / 1e9,
            size: isTerminal ? (Terminal.width(of: descriptor), Terminal.height(of: descriptor)) : (nil, nil),
            to: &display.lines)
    }
}
