import Testing

/// docs/architecture.md lists the files that a reader opens to follow a request, a key press and a reload. Such a walk stays
/// short: a file more on it is a reason to look at the cut of the others.
@Suite struct WalkTests {
    struct Walk: Sendable, CustomTestStringConvertible {
        let beginning: String
        /// How many files it opens at most.
        let limit: Int

        var testDescription: String { self.beginning }
    }

    static let walks = [
        Walk(beginning: "- One proxied request, ", limit: 15),
        Walk(beginning: "- One key press in an exec, ", limit: 10),
        Walk(beginning: "- One reload of the authorized keys, ", limit: 6),
    ]

    @Test(arguments: walks) func aWalkIsShortAndLeadsThroughFilesThatExist(_ walk: Walk) throws {
        let page = try SourceTree.file("docs/architecture.md").text
        let files = try #require(Self.files(walk.beginning, in: page))
        #expect(files.count == Self.announced(walk.beginning, in: page))
        #expect(files.count <= walk.limit)
        let names = Set(try SourceTree.files(under: "Sources", endingIn: ".swift").map { Self.name(of: $0.path) })
        #expect(files.filter { !names.contains($0) } == [])
    }

    @Test func theFilesOfAWalkAreReadUpToAnAlternative() throws {
        let page = """
            - One thing, 3: `First`,
              `Second`, `Third` (`Fourth` on a Monday).
            - Another, 1: `Fifth`. Or `Sixth`.
            """
        #expect(Self.files("- One thing, ", in: page) == ["First", "Second", "Third"])
        #expect(Self.announced("- One thing, ", in: page) == 3)
        #expect(Self.files("- Another, ", in: page) == ["Fifth"])
        #expect(Self.files("- A third, ", in: page) == nil)
    }

    /// The files of a walk. Those in parentheses and behind the first full stop are alternatives.
    private static func files(_ beginning: String, in page: String) -> [String]? {
        guard let walk = Self.sentence(beginning, in: page) else { return nil }
        let text = String(walk).replacing(#/\([^)]*\)/#, with: "")
        return text.matches(of: #/`(\w+)`/#).map { String($0.output.1) }
    }

    /// How many files a walk says that it has.
    private static func announced(_ beginning: String, in page: String) -> Int? {
        Self.sentence(beginning, in: page).flatMap { Int($0.prefix { $0 != ":" }) }
    }

    private static func sentence(_ beginning: String, in page: String) -> Substring? {
        page.firstRange(of: beginning).map { page[$0.upperBound...].prefix { $0 != "." } }
    }

    private static func name(of path: String) -> String {
        String(path.split(separator: "/").last ?? "").replacing(".swift", with: "")
    }
}
