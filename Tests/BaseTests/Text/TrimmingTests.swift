import Testing

@testable import Base

@Suite struct TrimmingTests {
    @Test(arguments: [
        ("", ""), (" ", ""), ("a", "a"), (" a b \r\n", "a b"), ("\u{a0}a\u{2003}", "a"), ("\t\u{85}é\u{2028}", "é"),
    ])
    func whiteSpaceOfEveryKindIsTrimmed(_ text: String, _ trimmed: String) {
        #expect(text.trimmingSpace == trimmed)
        #expect(Substring(text).trimmingSpace == trimmed)
    }

    @Test(arguments: [("", ""), ("\t ", ""), (" a\tb\t", "a\tb"), ("\u{a0}a", "\u{a0}a"), ("a\n", "a\n")])
    func onlySpacesAndTabsAreBlanks(_ text: String, _ trimmed: String) {
        #expect(text.trimmingBlanks == trimmed)
        let bytes = Array(text.utf8).withUnsafeBytes { Array($0[...].trimmingBlanks) }
        #expect(bytes == Array(trimmed.utf8))
    }
}
