// SPDX-License-Identifier: Apache-2.0

internal import ToolSupport

/// How the printer ends after a signal.
///
/// An interrupt from the keyboard goes to the whole pipeline, and bpf-eventd then drains its rings: what it still
/// sends is printed, for a second at most. Any other signal is for the printer alone: it prints what it has been sent
/// by then. A second signal ends it at once.
struct Ending {
    private var deadline: ContinuousClock.Instant?

    /// For poll(2): milliseconds to wait at most; -1 as long as no signal has come, 0 when the time is up.
    var timeout: Int32 {
        guard let deadline else { return -1 }
        let left = ContinuousClock.now.duration(to: deadline).components
        guard left.seconds >= 0, left.attoseconds >= 0 else { return 0 }
        return Int32(clamping: left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000)
    }

    /// Takes the signals that have come.
    ///
    /// - Returns: False if the tool should end now.
    mutating func take(_ signals: borrowing SignalSource) -> Bool {
        while let signal = signals.take() {
            guard deadline == nil else { return false }
            deadline = .now + (signal == .interrupt ? .seconds(1) : .zero)
        }
        return true
    }
}
