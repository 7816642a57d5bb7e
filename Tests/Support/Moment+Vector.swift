package import Base

extension Moment {
    /// When the first vector was signed.
    package static let vector = Moment(calendar: UnixTime(seconds: 1_767_225_600), steady: .now)

    package static func + (moment: Moment, seconds: Double) -> Moment {
        Moment(
            calendar: UnixTime(seconds: moment.calendar.seconds + Int64(seconds.rounded(.down))),
            steady: moment.steady + .seconds(seconds)
        )
    }
}
