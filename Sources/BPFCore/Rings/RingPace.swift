// SPDX-License-Identifier: Apache-2.0

/// Decides how a ring should wake its reader: at every sample while few come, by bytes and a deadline while many do.
///
/// A wakeup costs the traced program 10 to 20 us in a virtual machine and about 1 us on bare metal, and brings a sample
/// out in 0.1 ms; the deadline costs the program nothing. Below some 1000 events a second nobody feels the one, above
/// 20,000 everybody does. It begins busy, and a ring that stays silent is quiet after 50 ms.
struct RingPace: Equatable {
    /// How the reader is woken.
    enum Mode {
        /// At every sample.
        case quiet
        /// When many bytes are there; the reader looks by itself within its deadline.
        case busy
    }

    /// How the reader is woken at this time.
    private(set) var mode = Mode.busy
    /// When counting began, in nanoseconds of any clock that does not go back; nil before the first look.
    private var start: UInt64?
    /// The samples since.
    private var samples = 0

    /// A quiet ring with that many samples in ``burstTime`` becomes busy: 4000 a second.
    static let burst = 16
    static let burstTime: UInt64 = 4_000_000
    /// A busy ring with fewer samples than that in ``lullTime`` becomes quiet: 2000 a second.
    static let lull = 100
    static let lullTime: UInt64 = 50_000_000

    /// Takes in what a look at the ring found.
    ///
    /// - Parameters:
    ///   - found: The samples that were there.
    ///   - now: The time, in nanoseconds.
    /// - Returns: The mode that the ring should be in.
    mutating func wanted(after found: Int, at now: UInt64) -> Mode {
        guard let start else {
            (self.start, samples) = (now, found)
            return mode
        }
        let elapsed = now > start ? now - start : 0
        samples += found
        switch mode {
        case .quiet:
            if samples >= Self.burst, elapsed <= Self.burstTime { return .busy }
            if elapsed > Self.burstTime { (self.start, samples) = (now, found) }
            // More at once than a burst has: its samples waited for us.
            return found >= Self.burst ? .busy : .quiet
        case .busy:
            guard elapsed >= Self.lullTime else { return .busy }
            let isLull = samples < Self.lull * Int(clamping: elapsed / Self.lullTime)
            (self.start, samples) = (now, 0)
            return isLull ? .quiet : .busy
        }
    }

    /// Takes in that the ring is in another mode now.
    mutating func change(to mode: Mode, at now: UInt64) {
        self.mode = mode
        (start, samples) = (now, 0)
    }
}
