import Glibc

/// A point on the calendar, as far as signatures and records need one: seconds and nanoseconds since 1970, UTC.
package struct UnixTime: Hashable, Comparable, Sendable {
    package var seconds: Int64
    /// 0 to 999,999,999.
    package var nanoseconds: Int32

    package init(seconds: Int64, nanoseconds: Int32 = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    package static var now: UnixTime {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return UnixTime(seconds: Int64(time.tv_sec), nanoseconds: Int32(time.tv_nsec))
    }

    /// Whole milliseconds since 1970.
    package var milliseconds: Int64 { self.seconds * 1000 + Int64(self.nanoseconds) / 1_000_000 }

    package static func < (left: UnixTime, right: UnixTime) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    /// RFC 3339 in UTC with nanoseconds, without trailing zeros: `2026-11-23T08:59:49.2373Z`.
    package var rfc3339: String {
        let secondsPerDay: Int64 = 86_400
        let (days, second) = self.seconds.quotientRoundedDown(by: secondsPerDay)
        let date = CalendarDate(daysSince1970: days)
        let clock = [second / 3600, second / 60 % 60, second % 60].map { Self.padded($0, to: 2) }.joined(separator: ":")
        var fraction = ""
        if self.nanoseconds > 0 {
            fraction = "." + Self.padded(Int64(self.nanoseconds), to: 9)
            while fraction.last == "0" {
                fraction.removeLast()
            }
        }
        let day = "\(Self.padded(date.year, to: 4))-\(Self.padded(date.month, to: 2))-\(Self.padded(date.day, to: 2))"
        return "\(day)T\(clock)\(fraction)Z"
    }

    private static func padded(_ value: Int64, to width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

/// Both clocks at once: the calendar for timestamps that come from elsewhere, the steady clock for waiting times.
///
/// It is a parameter wherever time matters, so that tests choose it.
package struct Moment: Sendable {
    package var calendar: UnixTime
    /// Never steps, so that setting the clock neither ends nor prolongs a limit.
    package var steady: ContinuousClock.Instant

    package init(calendar: UnixTime, steady: ContinuousClock.Instant) {
        self.calendar = calendar
        self.steady = steady
    }

    package static var now: Moment {
        Moment(calendar: .now, steady: .now)
    }
}

private struct CalendarDate {
    let year: Int64
    let month: Int64
    let day: Int64

    /// The Gregorian date, counted in years that begin in March so that a leap day comes last.
    init(daysSince1970: Int64) {
        let daysTo1970: Int64 = 719_468  // from 1 March of year 0
        let (era, dayOfEra) = (daysSince1970 + daysTo1970).quotientRoundedDown(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        self.day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        self.month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        self.year = era * 400 + yearOfEra + (self.month <= 2 ? 1 : 0)
    }
}

extension Int64 {
    fileprivate func quotientRoundedDown(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = self.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
