import Foundation
import Testing

@testable import Base

@Suite struct UnixTimeTests {
    @Test(
        arguments: [
            (0, 0, "1970-01-01T00:00:00Z"),
            (1_767_225_600, 0, "2026-01-01T00:00:00Z"),
            (951_827_696, 237_345_493, "2000-02-29T12:34:56.237345493Z"),
            (1_767_225_599, 500_000_000, "2025-12-31T23:59:59.5Z"),
            (1_767_225_599, 1, "2025-12-31T23:59:59.000000001Z"),
            (-1, 0, "1969-12-31T23:59:59Z"),
            (4_107_542_400, 0, "2100-03-01T00:00:00Z"),
        ] as [(Int64, Int32, String)]
    )
    func printsRFC3339(seconds: Int64, nanoseconds: Int32, text: String) {
        #expect(UnixTime(seconds: seconds, nanoseconds: nanoseconds).rfc3339 == text)
    }

    @Test func agreesWithFoundationOnEveryDayOfFourCenturies() {
        for day in stride(from: Int64(-73_000), to: 73_000, by: 17) {
            let expected = Date(timeIntervalSince1970: Double(day * 86_400)).formatted(.iso8601)
            #expect(UnixTime(seconds: day * 86_400).rfc3339 == expected)
        }
    }

    @Test func isOrderedByTime() {
        #expect(UnixTime(seconds: 1, nanoseconds: 2) < UnixTime(seconds: 1, nanoseconds: 3))
        #expect(UnixTime(seconds: 1, nanoseconds: 9) < UnixTime(seconds: 2))
        #expect(UnixTime.now > UnixTime(seconds: 1_767_225_600))
    }

    @Test(arguments: [0, 951_782_399, 951_827_696, 1_767_225_600, 4_102_444_799] as [Int64])
    func aWrittenTimeIsReadBack(seconds: Int64) {
        for nanoseconds in [0, 1, 237_300_000, 999_999_999] as [Int32] {
            let time = UnixTime(seconds: seconds, nanoseconds: nanoseconds)
            #expect(UnixTime(rfc3339: time.rfc3339) == time)
        }
    }

    @Test(arguments: [
        "", "2026-11-23", "2026-11-23T08:59:49", "2026-11-23T08:59:49+00:00", "2026-13-23T08:59:49Z",
        "2026-11-23 08:59:49Z",
        "2026-11-23T08:59:49.Z", "2026-11-23T08:59:49.1234567890Z", "2026-11-23T24:00:00Z", "2026-11-2xT08:59:49Z",
        "2026-02-29T08:59:49Z", "2026-00-10T08:59:49Z", "2026-04-31T08:59:49Z",
    ])
    func anotherSpellingOfATimeIsNotRead(text: String) {
        #expect(UnixTime(rfc3339: text) == nil)
    }
}
