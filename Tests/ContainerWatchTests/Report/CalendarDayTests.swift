import Testing

@testable import ContainerWatch

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
}
