/// Decimal digits with a fixed width, as dates and times write them.
package enum Digits {
    /// - Returns: `nil` for no digits at all, for anything that is not a digit, and for more than an `Int` holds.
    package static func value(_ digits: some Sequence<UInt8>) -> Int? {
        var value: Int?
        for digit in digits {
            guard digit.isDigit else { return nil }
            let (tenfold, isTooLarge) = (value ?? 0).multipliedReportingOverflow(by: 10)
            let (sum, isOver) = tenfold.addingReportingOverflow(Int(digit - UInt8(ascii: "0")))
            guard !isTooLarge, !isOver else { return nil }
            value = sum
        }
        return value
    }

    /// With zeros in front up to `width` digits.
    package static func text(_ value: some BinaryInteger, width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
