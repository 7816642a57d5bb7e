/// A day such as `2027-03-01`, by the calendar of UTC.
package struct CalendarDay: Sendable, Comparable, CustomStringConvertible {
    package let description: String

    /// - Returns: `nil` for what is not a day of a month, written `YYYY-MM-DD`.
    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [4, 2, 2], parts.allSatisfy({ $0.utf8.allSatisfy(\.isDigit) }),
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]),
            (1...12).contains(month), (1...Self.days(in: month, of: year)).contains(day)
        else { return nil }
        self.description = text
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Written this way, days sort as texts do.
    package static func < (left: CalendarDay, right: CalendarDay) -> Bool { left.description < right.description }
}
