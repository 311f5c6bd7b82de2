// SPDX-License-Identifier: Apache-2.0

internal import SystemPackage

/// The time in which there is no room for events where they should go.
struct Shortage {
    typealias Instant = ContinuousClock.Instant

    /// The pauses between tries.
    struct Backoff {
        /// The longest pause.
        static let longest = Duration.seconds(1)
        private var next = Duration.milliseconds(50)

        /// The next pause: 50 ms first, then twice as long each time.
        mutating func take() -> Duration {
            defer { next = min(next * 2, Self.longest) }
            return next
        }
    }

    /// When it began.
    let start: Instant
    /// When to try again.
    private(set) var retry: Instant
    private var backoff = Backoff()

    /// Begins when a write was refused.
    init(at now: Instant) {
        start = now
        retry = now + backoff.take()
    }

    /// A further write was refused.
    mutating func goOn(at now: Instant) {
        retry = now + backoff.take()
    }

    /// Something has changed: worth a try at once.
    mutating func tryNow(_ now: Instant) {
        retry = now
    }

    /// Whether what write(2) says means that room may be made: a full disk, a quota, a limit of the file's size.
    static func isMeant(by errno: Errno) -> Bool {
        [.noSpace, .diskQuotaExceeded, .fileTooLarge].contains(errno)
    }

    /// A length of time in seconds with one decimal.
    static func seconds(_ duration: Duration) -> String {
        let (whole, attoseconds) = duration.components
        return "\(whole).\(attoseconds / 100_000_000_000_000_000) s"
    }
}
