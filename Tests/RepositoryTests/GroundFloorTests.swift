import Testing

/// What `Base` does, no other module does again: a second reader of the same thing sooner or later reads it differently.
@Suite struct GroundFloorTests {
    struct Craft: Sendable, CustomTestStringConvertible {
        let name: String
        let words: [String]

        var testDescription: String { self.name }

        func isPractised(in text: String) -> Bool { self.words.contains { text.contains($0) } }
    }

    static let crafts = [
        Craft(
            name: "reading JSON",
            words: ["struct JSONScanner", "struct JSONReader", "struct JSONTree", "enum JSONNode"]
        ),
        Craft(name: "writing JSON", words: ["JSONEscaper(", "JSONPrinter("]),
        Craft(name: "escaping JSON", words: [#"\\u00"#, #""\\u\("#]),
        Craft(name: "the calendar", words: ["146_097", "719_468", "gmtime", "timegm", "strftime", "isLeap"]),
        Craft(name: "what is invisible", words: ["generalCategory", "isDefaultIgnorableCodePoint"]),
        Craft(name: "percent coding", words: ["UInt8(ascii: \"%\")", "\"%\" +"]),
        Craft(name: "new files", words: ["O_EXCL", "renameat("]),
        Craft(name: "the system's reasons", words: ["cString: strerror("]),
        Craft(name: "IP addresses", words: ["in6_addr", "inet_ntop"]),
    ]

    @Test(arguments: crafts) func aCraftOfBaseIsPractisedNowhereElse(_ craft: Craft) throws {
        for file in try SourceTree.files(under: "Sources", endingIn: ".swift")
        where !file.path.hasPrefix("Sources/Base/") {
            #expect(!craft.isPractised(in: file.text), "\(file): \(craft.name) belongs in Base")
        }
    }

    /// A word that `Base` itself no longer says would look for nothing.
    @Test(arguments: crafts) func aCraftIsPractisedInBase(_ craft: Craft) throws {
        let files = try SourceTree.files(under: "Sources/Base", endingIn: ".swift")
        #expect(files.contains { craft.isPractised(in: $0.text) })
    }
}
