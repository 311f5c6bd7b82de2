// SPDX-License-Identifier: Apache-2.0

/// A unit of time, by which variables end that count it: `min_us`, `timeout_ms`.
enum TimeUnit: String, CaseIterable {
    case nanoseconds = "ns"
    case microseconds = "us"
    case milliseconds = "ms"
    case seconds = "s"

    private var nanoseconds: UInt64 {
        switch self {
        case .nanoseconds: 1
        case .microseconds: 1_000
        case .milliseconds: 1_000_000
        case .seconds: 1_000_000_000
        }
    }

    /// The unit that the name of a variable ends in; nil if it does not say one.
    init?(ofVariable path: String) {
        let name = path.split(whereSeparator: { $0 == "." || $0 == "[" }).last { !$0.hasSuffix("]") } ?? ""
        guard let last = name.split(separator: "_").last, last.utf8.count < name.utf8.count else { return nil }
        switch last {
        case "sec", "secs": self = .seconds
        default:
            guard let unit = Self(rawValue: String(last)) else { return nil }
            self = unit
        }
    }

    /// The nanoseconds of a text such as `10ms` or `2m`; nil if it is none.
    static func time(_ text: String) -> UInt64? {
        let digits = text.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard !digits.isEmpty, let number = UInt64(String(decoding: digits, as: UTF8.self)) else { return nil }
        let factor: UInt64
        switch text.dropFirst(digits.count) {
        case "m": factor = 60 * Self.seconds.nanoseconds
        case "h": factor = 3600 * Self.seconds.nanoseconds
        case let rest:
            guard let unit = Self(rawValue: String(rest)) else { return nil }
            factor = unit.nanoseconds
        }
        let (time, isTooLong) = number.multipliedReportingOverflow(by: factor)
        return isTooLong ? nil : time
    }

    /// How many of it a time has; nil if that is no whole number.
    func count(_ time: UInt64) -> UInt64? { time % nanoseconds == 0 ? time / nanoseconds : nil }
}
