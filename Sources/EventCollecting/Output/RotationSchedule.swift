// SPDX-License-Identifier: Apache-2.0

/// When a file has had enough, by its size or by the time since it began.
struct RotationSchedule {
    typealias Instant = ContinuousClock.Instant

    /// How long a rotation that failed is not tried again.
    static let patience = Duration.seconds(10)

    /// The bytes that a file may have; nil for any number.
    let size: Int64?
    /// How long a file is written to; nil for ever.
    let interval: Duration?
    /// When the time of the file is up.
    private var end: Instant?
    /// Until when nothing is tried.
    private var rest: Instant?

    init(size: Int64?, interval: Duration?, now: Instant) {
        self.size = size
        self.interval = interval
        begin(at: now)
    }

    /// Whether files are rotated at all.
    var isWanted: Bool { size != nil || interval != nil }

    /// Whether the last rotation failed.
    var hasFailed: Bool { rest != nil }

    /// When the time of the file is up; nil if it never is.
    var deadline: Instant? {
        guard let end else { return nil }
        return rest.map { max($0, end) } ?? end
    }

    /// Whether a rotation may be tried, or has failed too short a time ago.
    func mayTry(at now: Instant) -> Bool {
        rest.map { now >= $0 } ?? true
    }

    /// A new file began, or the old one was empty when its time was up.
    mutating func begin(at now: Instant) {
        end = interval.map { now + $0 }
        rest = nil
    }

    /// The rotation failed, and the old file goes on.
    mutating func fail(at now: Instant) {
        rest = now + Self.patience
    }
}
