import Testing

@testable import Base

@Suite struct CalendarDayTests {
    @Test(arguments: ["2027-03-01", "2028-02-29", "2000-02-29", "2027-12-31"])
    func aDayIsADay(_ text: String) {
        #expect(CalendarDay(text)?.description == text)
    }

    @Test(arguments: ["", "2027-3-1", "2027-13-01", "2027-02-29", "1900-02-29", "2027-04-31", "2027-00-10", "20270301"])
    func whatIsNoDayIsNone(_ text: String) {
        #expect(CalendarDay(text) == nil)
    }

    @Test func daysHaveAnOrder() throws {
        let days = try ["2026-12-31", "2027-01-01", "2027-01-31", "2027-02-01"].map { try #require(CalendarDay($0)) }
        #expect(days == days.reversed().sorted())
    }

    @Test func everyDayOfTwelveCenturiesIsReadBack() {
        var last = CalendarDay(daysSince1970: -1)
        for days in 0..<440_000 {
            let day = CalendarDay(daysSince1970: days)
            guard day.daysSince1970 == days, CalendarDay(year: day.year, month: day.month, day: day.day) == day,
                day > last,
                day.year > 9999 || CalendarDay(day.description) == day
            else {
                Issue.record("\(days): \(day)")
                return
            }
            last = day
        }
        #expect(last.year == 3174)
    }

    @Test(arguments: [(-1, "1969-12-31"), (-719_468, "0000-03-01"), (-719_529, "-001-12-31"), (11_016, "2000-02-29")])
    func daysBefore1970AreDaysToo(_ days: Int, _ text: String) {
        let day = CalendarDay(daysSince1970: days)
        #expect(day.daysSince1970 == days)
        if day.year >= 0 {
            #expect(day.description == text)
        } else {
            #expect((day.year, day.month, day.day) == (-1, 12, 31))
        }
    }
}
