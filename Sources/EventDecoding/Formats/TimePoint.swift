// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// A time as users name it: `2026-11-21T14:39:22.5Z`, `14:39:22`, `+1.5s`, `@1795272000`.
package enum TimePoint: Sendable, Equatable {
    /// Nanoseconds since 1970.
    case utc(Int64)
    /// Nanoseconds since midnight of the day on which the capture began, in UTC.
    case timeOfDay(Int64)
    /// Nanoseconds since the capture began.
    case afterStart(Int64)

    /// Reads a time; nil if the text is none.
    ///
    /// - RFC 3339 with or without a zone, which is UTC then, a blank or `T` between date and time; a date alone is its
    ///   midnight.
    /// - `HH:MM` or `HH:MM:SS` with or without a fraction: on the day on which the capture began.
    /// - `+` and a length (`ns`, `us`, `ms`, `s`, `m`, `h`, `d`; `s` if there is none): after the capture began.
    /// - `@` and seconds since 1970.
    package init?(_ text: String) {
        var reader = TimeReader(text)
        let point: TimePoint?
        if reader.take("+") {
            point = reader.length().map { .afterStart($0) }
        } else if reader.take("@") {
            point = reader.nanoseconds().map { .utc($0) }
        } else if let time = reader.attempt({ $0.clock() }) {
            point = .timeOfDay(time)
        } else {
            point = reader.date().map { .utc($0) }
        }
        guard let point, reader.isAtEnd else { return nil }
        self = point
    }

    /// The time in ns since 1970.
    ///
    /// In 128 bits, since a capture tells of itself whatever it likes: no sum of its numbers is too large for them.
    ///
    /// - Parameter start: When the capture began, in ns since 1970.
    package func utc(from start: Int128) -> Int128 {
        let day: Int128 = 86_400_000_000_000
        switch self {
        case .utc(let time): return Int128(time)
        case .afterStart(let length): return start &+ Int128(length)
        case .timeOfDay(let time): return start &- ((start % day) &+ day) % day &+ Int128(time)
        }
    }
}

/// Reads parts of a time.
private struct TimeReader {
    private var rest: Substring.UTF8View

    init(_ text: String) { rest = Substring(text).utf8 }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard let first = rest.first, first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    mutating func attempt<Value>(_ read: (inout TimeReader) -> Value?) -> Value? {
        var copy = self
        guard let value = read(&copy), copy.isAtEnd else { return nil }
        self = copy
        return value
    }

    /// So many digits, or as many as there are up to 12.
    private mutating func digits(_ count: Int? = nil) -> Int64? {
        var value: Int64 = 0
        var taken = 0
        while taken < count ?? 12, let digit = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) {
            value = value * 10 + Int64(digit - UInt8(ascii: "0"))
            rest.removeFirst()
            taken += 1
        }
        return taken == 0 || count.map { $0 != taken } ?? false ? nil : value
    }

    /// A fraction of a unit of so many ns, up to nine digits of it.
    private mutating func fraction(of unit: Int64) -> Int64? {
        guard take(".") else { return 0 }
        var value: Int64 = 0
        var part = unit
        var taken = 0
        while let digit = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) {
            part /= 10
            value += Int64(digit - UInt8(ascii: "0")) * part
            rest.removeFirst()
            taken += 1
        }
        return taken == 0 ? nil : value
    }

    /// Seconds with a fraction, in ns.
    mutating func nanoseconds() -> Int64? {
        guard let whole = digits(), whole < 9_000_000_000, let part = fraction(of: 1_000_000_000) else { return nil }
        return whole * 1_000_000_000 + part
    }

    /// A length of time, in ns; a number alone means seconds.
    mutating func length() -> Int64? {
        guard let whole = digits() else { return nil }
        let point = rest
        let suffix = rest.drop { $0 == UInt8(ascii: ".") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        let name = suffix.isEmpty ? "s" : String(decoding: suffix, as: UTF8.self)
        guard let unit = UnitNames.nanoseconds(name) else { return nil }
        rest = point
        guard let part = fraction(of: unit), rest.elementsEqual(suffix) else { return nil }
        rest = rest.suffix(0)
        let (product, overflow) = whole.multipliedReportingOverflow(by: unit)
        return overflow || product > .max - part ? nil : product + part
    }

    /// A time of day, in ns.
    mutating func clock() -> Int64? {
        guard let hour = digits(2), hour < 24, take(":"), let minute = digits(2), minute < 60 else { return nil }
        var time = (hour * 60 + minute) * 60_000_000_000
        if take(":") {
            guard let second = digits(2), second < 61, let part = fraction(of: 1_000_000_000) else { return nil }
            time += second * 1_000_000_000 + part
        }
        return time
    }

    /// A date with or without a time and a zone, in ns since 1970.
    mutating func date() -> Int64? {
        guard let year = digits(4), (1970...2261).contains(year), take("-"), let month = digits(2),
            (1...12).contains(month), take("-"), let day = digits(2), (1...31).contains(day),
            let seconds = CivilTime.seconds(year: year, month: month, day: day)
        else { return nil }
        var time = seconds * 1_000_000_000
        guard take("T") || take("t") || take(" ") else { return time }
        guard let clock = clock() else { return nil }
        time += clock
        if take("Z") || take("z") { return time }
        let isWest = take("-")
        guard isWest || take("+") else { return time }
        guard let hour = digits(2), hour < 24, take(":"), let minute = digits(2), minute < 60 else { return nil }
        let zone = (hour * 60 + minute) * 60_000_000_000
        return isWest ? time + zone : time - zone
    }
}
