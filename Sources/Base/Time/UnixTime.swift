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
        clock_gettime(CLOCK_REALTIME, &time)
        return UnixTime(seconds: Int64(time.tv_sec), nanoseconds: Int32(time.tv_nsec))
    }

    /// Whole milliseconds since 1970.
    package var milliseconds: Int64 { self.seconds * 1000 + Int64(self.nanoseconds) / 1_000_000 }

    package var day: CalendarDay {
        CalendarDay(daysSince1970: Int(self.seconds).quotientRoundedDown(by: Self.secondsPerDay).quotient)
    }

    package static func < (left: UnixTime, right: UnixTime) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    static let secondsPerDay = 86_400
}

extension Int {
    func quotientRoundedDown(by divisor: Int) -> (quotient: Int, remainder: Int) {
        let (quotient, remainder) = self.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

/// RFC 3339 in UTC, as records, journals and the wire write time: `2026-11-23T08:59:49.2373Z`.
extension UnixTime {
    /// With nanoseconds, without trailing zeros.
    package var rfc3339: String {
        let second = Int(self.seconds).quotientRoundedDown(by: Self.secondsPerDay).remainder
        let clock = [second / 3600, second / 60 % 60, second % 60].map { Digits.text($0, width: 2) }
        var fraction = ""
        if self.nanoseconds > 0 {
            fraction = "." + Digits.text(self.nanoseconds, width: 9)
            while fraction.last == "0" {
                fraction.removeLast()
            }
        }
        return "\(self.day)T\(clock.joined(separator: ":"))\(fraction)Z"
    }

    /// Reads what `rfc3339` writes: UTC, with or without a fraction of a second. `nil` for any other spelling.
    package init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.last == UInt8(ascii: "Z"), bytes[10] == UInt8(ascii: "T"),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let day = CalendarDay(String(decoding: bytes[..<10], as: UTF8.self)),
            let hour = Digits.value(bytes[11..<13]), let minute = Digits.value(bytes[14..<16]),
            // A leap second may be written.
            let second = Digits.value(bytes[17..<19]), hour < 24, minute < 60, second < 61
        else { return nil }
        var nanoseconds = 0
        let fraction = bytes[19..<bytes.count - 1]
        if let point = fraction.first {
            let digits = fraction.dropFirst()
            guard point == UInt8(ascii: "."), 1...9 ~= digits.count, let value = Digits.value(digits) else {
                return nil
            }
            nanoseconds = (digits.count..<9).reduce(value) { value, _ in value * 10 }
        }
        let seconds = ((day.daysSince1970 * 24 + hour) * 60 + minute) * 60 + second
        self.init(seconds: Int64(seconds), nanoseconds: Int32(nanoseconds))
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

extension Duration {
    /// As JSON and logs write it: to the millisecond.
    package var seconds: Double {
        let (seconds, attoseconds) = self.components
        return Double(seconds) + (Double(attoseconds) / 1e15).rounded() / 1000
    }
}
