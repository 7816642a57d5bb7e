import Testing

@testable import Base

@Suite struct PrintableTests {
    @Test(
        arguments: [
            ("plain – Küche ✓", "plain – Küche ✓"), ("a\nb", "a\\u{a}b"), ("\u{1b}[2J", "\\u{1b}[2J"),
            ("\u{202e}x", "\\u{202e}x"), ("\u{2028}", "\\u{2028}"), ("", ""), ("\u{9b}2J", "\\u{9b}2J"),
            ("ro\u{200b}ot", "ro\\u{200b}ot"), ("\u{3164}", "\\u{3164}"),
        ]
    )
    func controlCharactersAreShownAndNotObeyed(text: String, shown: String) {
        #expect(text.printable == shown)
    }

    @Test(
        arguments: [
            ("plain – Küche ✓", "plain – Küche ✓"), ("\u{1b}[2J\n", "\\u001b[2J\\u000a"), ("\u{7f}", "\\u007f"),
            ("\u{85}\u{9b}", "\\u0085\\u009b"), ("\u{202e}\u{2066}", "\\u202e\\u2066"),
            ("\u{2028}\u{2029}", "\\u2028\\u2029"), ("\u{200b}\u{feff}", "\\u200b\\ufeff"),
            ("\u{e0041}", "\\udb40\\udc41"),
        ]
    )
    func aLogEscapesThemAsJSONDoes(text: String, shown: String) {
        #expect(text.escaped == shown)
    }

    @Test func allFormsAgreeOnWhatIsInvisible() {
        for value in UInt32(0)...0x10ffff {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let text = String(Character(scalar))
            let shown = [text.printable != text, text.escaped != text, Printable.text(text) != text]
            guard shown == [Bool](repeating: scalar.isInvisible, count: 3) else {
                Issue.record("U+\(String(value, radix: 16)): \(shown), invisible \(scalar.isInvisible)")
                return
            }
        }
    }

    @Test func aQuotedTextIsCutBeforeItIsEscaped() {
        #expect("\u{1b}abc".printable(limit: 2) == "\\u{1b}a")
        #expect(String(repeating: "x", count: 100).printable(limit: 80).count == 80)
    }
}
