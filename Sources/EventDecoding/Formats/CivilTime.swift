// SPDX-License-Identifier: Apache-2.0

/// A second of UTC in the proleptic Gregorian calendar.
///
/// Leap seconds have no number of their own in the kernel's clocks.
struct CivilTime: Equatable {
    /// The year; 0 is the one before 1.
    let year: Int64
    /// 1 to 12.
    let month: Int64
    /// 1 to 31.
    let day: Int64
    /// Seconds since midnight.
    let secondOfDay: Int64

    /// - Parameter seconds: Seconds since 1970; nil if they are so many that days cannot be counted.
    init?(seconds: Int64) {
        guard (-(1 << 55)...(1 << 55)).contains(seconds) else { return nil }
        let (days, rest) = Self.divide(seconds, by: 86_400)
        secondOfDay = rest
        // Counted from the 1st of March of the year 0, a leap day is the last of its year, and the pattern of years
        // repeats every 400: 146 097 days.
        let (era, dayOfEra) = Self.divide(days + 719_468, by: 146_097)
        // Four years have 1461 days, but for the last of a century (36 524), but for the last of an era.
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        // From March on, months of 31 and 30 days make 153 days of every five.
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
    }

    /// Seconds since 1970 at midnight of a day; nil if the month does not have it.
    static func seconds(year: Int64, month: Int64, day: Int64) -> Int64? {
        let years = year - (month <= 2 ? 1 : 0)
        let (era, yearOfEra) = divide(years, by: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let seconds = (era * 146_097 + dayOfEra - 719_468) * 86_400
        // The 30th of February is the 2nd of March.
        guard let date = CivilTime(seconds: seconds), date.day == day else { return nil }
        return seconds
    }

    /// The quotient rounded down, and what is left, never negative.
    private static func divide(_ number: Int64, by divisor: Int64) -> (quotient: Int64, rest: Int64) {
        let (quotient, rest) = number.quotientAndRemainder(dividingBy: divisor)
        return rest < 0 ? (quotient - 1, rest + divisor) : (quotient, rest)
    }
}
