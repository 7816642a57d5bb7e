extension UnixTime {
    /// Reads what `rfc3339` writes: UTC, with or without a fraction of a second. `nil` for any other spelling.
    init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.last == UInt8(ascii: "Z"), bytes[4] == UInt8(ascii: "-"),
            bytes[7] == UInt8(ascii: "-"), bytes[10] == UInt8(ascii: "T"), bytes[13] == UInt8(ascii: ":"),
            bytes[16] == UInt8(ascii: ":")
        else { return nil }
        let parts = [0..<4, 5..<7, 8..<10, 11..<13, 14..<16, 17..<19].compactMap { Self.number(bytes[$0]) }
        guard parts.count == 6, 1...12 ~= parts[1], 1...31 ~= parts[2], parts[3] < 24, parts[4] < 60, parts[5] < 61
        else {
            return nil
        }
        var nanoseconds: Int64 = 0
        let fraction = bytes[19..<bytes.count - 1]
        if let point = fraction.first {
            let digits = fraction.dropFirst()
            guard point == UInt8(ascii: "."), 1...9 ~= digits.count, let value = Self.number(digits) else { return nil }
            nanoseconds = (digits.count..<9).reduce(value) { value, _ in value * 10 }
        }
        let days = Self.days(year: parts[0], month: parts[1], day: parts[2])
        let seconds = days * 86_400 + parts[3] * 3600 + parts[4] * 60 + parts[5]
        self.init(seconds: seconds, nanoseconds: Int32(nanoseconds))
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        digits.reduce(0 as Int64?) { value, digit in
            guard let value, UInt8(ascii: "0")...UInt8(ascii: "9") ~= digit else { return nil }
            return value * 10 + Int64(digit - UInt8(ascii: "0"))
        }
    }

    /// Days since 1970, counted in years that begin in March so that a leap day comes last.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
