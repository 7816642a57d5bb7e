import Testing

/// `DockerBridge` serves requests of any sender. What a controller wants is written in `Drydock` and `EdgeTunnel`; a
/// word of theirs in the bridge is the beginning of a second place for it.
@Suite struct VocabularyTests {
    /// Lines that may have such a word, and why.
    static let allowed = [
        #"static let environmentFile = ".env.drydock""#: "the name of a file that stacks on disk have"
    ]

    @Test func theBridgeSaysNothingOfControllers() throws {
        for file in try SourceTree.files(under: "Sources/DockerBridge", endingIn: ".swift") {
            let lines = Self.foreignLines(in: file.text).filter { Self.allowed[$0] == nil }
            #expect(lines.isEmpty, "\(file): \(lines.joined(separator: " ┃ "))")
        }
    }

    @Test func whatIsListedIsThere() throws {
        let lines = try SourceTree.files(under: "Sources/DockerBridge", endingIn: ".swift").flatMap {
            Self.foreignLines(in: $0.text)
        }
        for line in Self.allowed.keys { #expect(lines.contains(line)) }
    }

    @Test(arguments: [
        ("/// Travels to the controller.", true), ("let tunnel: Tunnel", true), (#""a Drydock""#, true),
        ("let client: Client", false),
    ])
    func aForeignWordIsRecognised(_ line: String, isOne: Bool) {
        #expect(Self.foreignLines(in: line).isEmpty != isOne)
    }

    private static func foreignLines(in text: String) -> [String] {
        text.split(separator: "\n").filter { line in
            let line = line.lowercased()
            return ["controller", "drydock", "tunnel"].contains { line.contains($0) }
        }.map { String($0.drop { $0 == " " }) }
    }
}
