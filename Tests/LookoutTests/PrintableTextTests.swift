import Testing

@testable import Lookout

@Suite struct PrintableTextTests {
    @Test(
        arguments: [
            ("plain – Küche ✓", "plain – Küche ✓"), ("a\nb", "a\\u{a}b"), ("\u{1b}[2J", "\\u{1b}[2J"),
            ("\u{202e}x", "\\u{202e}x"), ("\u{2028}", "\\u{2028}"), ("", ""),
        ]
    )
    func controlCharactersAreShownAndNotObeyed(text: String, shown: String) {
        #expect(text.printable == shown)
    }
}
