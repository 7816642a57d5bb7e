import Testing

@testable import Base

@Suite struct DigitsTests {
    @Test(arguments: [("0", 0), ("007", 7), ("9223372036854775807", Int.max)])
    func digitsAreRead(_ text: String, _ value: Int) {
        #expect(Digits.value(text.utf8) == value)
    }

    @Test(arguments: ["", "-1", "+1", "1 ", "1.0", "٣", "9223372036854775808", String(repeating: "9", count: 40)])
    func anythingElseIsNotRead(_ text: String) {
        #expect(Digits.value(text.utf8) == nil)
    }

    @Test(arguments: [(7, 2, "07"), (123, 2, "123"), (0, 4, "0000")])
    func aNumberIsWrittenWithItsWidth(_ value: Int, _ width: Int, _ text: String) {
        #expect(Digits.text(value, width: width) == text)
    }
}
