import Base
import Testing

@Suite struct MarkdownLinksTests {
    @Test(arguments: [
        ("`a` and [b](c.md#d).", "`a` and b."), ("[a](b) [c](d)", "a c"),
        ("`https://host[:port]`", "`https://host[:port]`"),
        ("[ ] [", "[ ] ["), ("", ""), ("a](b)", "a](b)"), ("[a](b", "[a](b"), ("[a] (b)", "[a] (b)"),
    ])
    func aLinkIsItsText(markdown: String, plain: String) {
        #expect(markdown.withoutLinkTargets == plain)
    }
}
