// SPDX-License-Identifier: Apache-2.0

internal import ToolSupport

/// How the printer ends after a signal.
///
/// A file on a disk has nothing more to come: the printer ends at once. In a pipe an interrupt from the keyboard goes to
/// the whole pipeline, and bpf-eventd then drains its rings: what it still sends is printed, for a second at most. Any
/// other signal is for the printer alone: it prints what it has been sent by then, for a second at most too. A second
/// signal ends it at once.
struct Ending {
    /// Whether more may come after a signal.
    var isPatient = true
    private var deadline: ContinuousClock.Instant?
    /// Whether input is waited for until then.
    private var waits = false
    private var hasSecond = false

    /// For poll(2): milliseconds to wait at most; -1 as long as no signal has come, 0 when nothing is waited for.
    var timeout: Int32 {
        guard let deadline else { return -1 }
        guard waits else { return 0 }
        let left = ContinuousClock.now.duration(to: deadline).components
        guard left.seconds >= 0, left.attoseconds >= 0 else { return 0 }
        return Int32(clamping: left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000)
    }

    /// Whether the time is up, however much there still is to print.
    var isOver: Bool {
        guard let deadline else { return false }
        return deadline <= .now
    }

    /// Takes the signals that have come.
    ///
    /// - Returns: False if the tool should end now.
    mutating func take(_ signals: borrowing SignalSource) -> Bool {
        while let signal = signals.take() {
            guard deadline == nil else {
                hasSecond = true
                return false
            }
            deadline = .now + (isPatient ? .seconds(1) : .zero)
            waits = isPatient && signal == .interrupt
        }
        return !isOver
    }

    /// Gives what is told at the end, such as a summary, a second of its own.
    mutating func beginLast() {
        guard deadline != nil, !hasSecond else { return }
        deadline = .now + .seconds(1)
    }
}
