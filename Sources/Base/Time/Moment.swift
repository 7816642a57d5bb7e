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
