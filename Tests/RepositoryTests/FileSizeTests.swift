import Testing

/// A file is read in one piece: not so long that it holds several ideas, and not so short that an idea is spread over many.
@Suite struct FileSizeTests {
    private static func lineCounts() throws -> [(path: String, lines: Int)] {
        try SourceTree.files(under: "Sources", endingIn: ".swift").map { file in
            (file.path, file.text.utf8.count { $0 == UInt8(ascii: "\n") })
        }
    }

    @Test func noFileIsLongerThanFourHundredLines() throws {
        for file in try Self.lineCounts() { #expect(file.lines <= 400, "\(file.path)") }
    }

    /// Files that only make sense together are one file.
    @Test func fewFilesAreShorterThanFortyLines() throws {
        let short = try Self.lineCounts().filter { $0.lines < 40 }
        #expect(short.count < 60, "\(short.map(\.path))")
    }

    @Test func theFileInTheMiddleHasSomeNinetyLines() throws {
        let counts = try Self.lineCounts().map(\.lines).sorted()
        #expect((80...110).contains(counts[counts.count / 2]))
    }
}
