// SPDX-License-Identifier: Apache-2.0

/// Decides how a ring should wake its reader: at every sample while few come, by a deadline while many do.
///
/// A wakeup costs the traced program 10 to 20 us in a virtual machine and about 1 us on bare metal, and brings a sample
/// out in 0.1 ms; the deadline costs the program nothing. Below some 1000 events a second nobody feels the one, above
/// 20,000 everybody does.
public struct RingPace: Equatable, Sendable {
    /// How the reader is woken.
    public enum Mode: Sendable {
        /// At every sample.
        case quiet
        /// When many bytes are there; the reader looks by itself within its deadline.
        case busy
    }

    /// How the reader is woken at this time.
    public private(set) var mode: Mode
    /// When counting began, in nanoseconds of any clock that does not go back.
    private var start: UInt64
    /// The samples since.
    private var samples = 0

    /// When the ring became busy last.
    private var lastBusy: UInt64?
    /// Whether it has just become busy, and may have done so for a burst that is over.
    private var isNewlyBusy = false

    /// A quiet ring with that many samples, and as many in each ``burstTime``, becomes busy: 4000 a second.
    static let burst = 16
    static let burstTime: UInt64 = 4_000_000
    /// A busy ring with fewer samples than that in ``lullTime`` becomes quiet: 2000 a second.
    static let lull = 100
    static let lullTime: UInt64 = 50_000_000
    /// A ring that has just become busy is asked that much sooner, once: a program that was kept from running and makes
    /// up for it brings a burst, and the few events behind it would all be as late as the deadline allows.
    static let haste: UInt64 = 5
    /// A ring that became busy a shorter time before has many bursts: nothing is won by switching between them.
    static let burstPause: UInt64 = 200_000_000

    /// Begins in a mode.
    public init(_ mode: Mode, at now: UInt64) {
        self.mode = mode
        start = now
    }

    /// Takes in what a look at the ring found.
    ///
    /// - Parameters:
    ///   - found: The samples that were there.
    ///   - now: The time, in nanoseconds.
    /// - Returns: The mode that the ring should be in.
    public mutating func wanted(after found: Int, at now: UInt64) -> Mode {
        samples &+= found
        let time = elapsed(since: start, at: now)
        switch mode {
        case .quiet:
            // A reader that was kept from looking finds many at once, so it is the rate that counts, over whatever time.
            let isBurst = samples >= Self.burst && UInt64(clamping: samples / Self.burst) >= time / Self.burstTime
            if !isBurst && time > Self.burstTime { (start, samples) = (now, 0) }
            return isBurst ? .busy : .quiet
        case .busy:
            let (lull, lullTime) =
                isNewlyBusy ? (Self.lull / Int(Self.haste), Self.lullTime / Self.haste) : (Self.lull, Self.lullTime)
            guard time >= lullTime else { return .busy }
            let isLull = samples < lull * Int(clamping: time / lullTime)
            (start, samples, isNewlyBusy) = (now, 0, false)
            return isLull ? .quiet : .busy
        }
    }

    /// Takes in that the ring is in another mode now.
    public mutating func change(to mode: Mode, at now: UInt64) {
        self.mode = mode
        (start, samples) = (now, 0)
        guard mode == .busy else { return }
        isNewlyBusy = lastBusy.map { elapsed(since: $0, at: now) > Self.burstPause } ?? true
        lastBusy = now
    }

    private func elapsed(since time: UInt64, at now: UInt64) -> UInt64 { now > time ? now - time : 0 }
}
