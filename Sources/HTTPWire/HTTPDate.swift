import Base

/// The date form of HTTP header fields, `Tue, 24 Nov 2026 02:00:00 GMT` (RFC 9110 §5.6.7; the two obsolete forms are
/// not sent by anything that speaks TLS 1.2).
package enum HTTPDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Unix seconds, or `nil` for any other text and for a day that does not exist.
    package static func seconds(_ text: String) -> Int64? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[0].count == 4, words[0].hasSuffix(","), words[5] == "GMT",
            let month = Self.months.firstIndex(of: String(words[2])),
            let year = Self.number(words[3], digits: 4, in: 1970...9999),
            let dayOfMonth = Self.number(words[1], digits: 2, in: 1...31),
            let day = CalendarDay(year: year, month: month + 1, day: dayOfMonth)
        else { return nil }
        let clock = words[4].split(separator: ":", omittingEmptySubsequences: false)
        guard clock.count == 3,
            let hour = Self.number(clock[0], digits: 2, in: 0...23),
            let minute = Self.number(clock[1], digits: 2, in: 0...59),
            // A leap second may be written.
            let second = Self.number(clock[2], digits: 2, in: 0...60)
        else { return nil }
        return Int64(((day.daysSince1970 * 24 + hour) * 60 + minute) * 60 + second)
    }

    private static func number(_ text: Substring, digits: Int, in range: ClosedRange<Int>) -> Int? {
        guard text.utf8.count == digits, let value = Digits.value(text.utf8), range ~= value else { return nil }
        return value
    }
}
