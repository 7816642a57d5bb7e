import Testing

@Suite struct MarkdownTests {
    private let page = Markdown(
        """
        # Reaching the engine: `DOCKER_HOST`
        See [the guide](docs/guide.md#start), ![a picture](tunnel.svg) and [home](https://example.org).
        ```
        # not a heading, [not a link](nowhere.md)
        ```
        | variable | default |
        |---|---|
        | `ONE`, `TWO` | `three` |
        """
    )

    @Test func linksAreReadAsWritten() {
        #expect(self.page.links == ["docs/guide.md#start", "tunnel.svg", "https://example.org"])
    }

    @Test func headingsBecomeAnchors() {
        #expect(self.page.anchors == ["reaching-the-engine-docker_host"])
    }

    @Test func onlyTheFirstCellOfARowNamesThings() {
        #expect(self.page.firstCellCode == ["ONE", "TWO"])
    }
}
