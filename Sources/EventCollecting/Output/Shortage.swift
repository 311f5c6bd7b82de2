// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import Diagnostics

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

    private let start: Instant
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

    /// What the user is told when it begins.
    static func beginning(_ name: String, _ errno: Errno) -> Diagnostic {
        Diagnostic(
            .outputWaiting, .warning, stage: .stream, "no room in \(name): the events wait", cause: errno.described,
            nextStep: "make room; writing then continues by itself")
    }

    /// What the user is told when it is over.
    func end(_ name: String, at now: Instant) -> Diagnostic {
        let (seconds, attoseconds) = start.duration(to: now).components
        let time = "\(seconds).\(attoseconds / 100_000_000_000_000_000) s"
        return Diagnostic(.outputWaiting, .note, stage: .stream, "room again in \(name) after \(time)")
    }
}
