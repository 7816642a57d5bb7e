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
