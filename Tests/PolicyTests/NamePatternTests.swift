import Testing

@testable import Policy

@Suite(.timeLimit(.minutes(2))) struct NamePatternTests {
    @Test(arguments: [
        ("web", "web", true), ("web", "web-1", false), ("web", "we", false), ("web-*", "web-1", true),
        ("web-*", "web-", true), ("web-*", "web", false), ("*", "", true), ("*", "x", true), ("**", "x", true),
        ("*-1", "web-1", true), ("*-1", "-1", true), ("*-1", "web-12", false), ("a*a", "a", false), ("a*a", "aa", true),
        ("a*b*c", "abc", true), ("a*b*c", "a-c", false), ("a*b*c", "axbxc", true), ("*b*", "abc", true),
        ("*/untrusted/*", "r.example/untrusted/x:1", true), ("*/untrusted/*", "untrusted/x", false),
        ("*aab*", "aaab", true), ("*abab*c", "abaababc", true), ("*ab*ab", "ab", false), ("", "", true),
        ("", "x", false), ("Web", "web", false), ("*ü*", "Küche", true), ("w?b", "web", false),
    ])
    func aStarIsAnyRunOfCharacters(pattern: String, text: String, isMatch: Bool) throws {
        #expect(try #require(NamePattern(pattern)).matches(text) == isMatch)
    }

    /// Few letters, so that pieces overlap with themselves.
    @Test func itAgreesWithAMatcherThatTriesEverything() throws {
        var dice = Dice(seed: 1)
        var matches = 0
        for _ in 0..<20_000 {
            let pattern = dice.text(of: "ab*", longest: 8)
            let text = dice.text(of: "ab", longest: 10)
            let isMatch = Self.tries(pattern[...], text[...])
            if isMatch { matches += 1 }
            #expect(try #require(NamePattern(pattern)).matches(text) == isMatch, "\(pattern) \(text)")
        }
        #expect(matches > 2_000)
    }

    private static func tries(_ pattern: Substring, _ text: Substring) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        if first == "*" {
            return Self.tries(pattern.dropFirst(), text) || !text.isEmpty && Self.tries(pattern, text.dropFirst())
        }
        return text.first == first && Self.tries(pattern.dropFirst(), text.dropFirst())
    }

    /// A matcher that steps back reads bytes again, here up to fifty times. Only what is in front of the first star and behind
    /// the last one may be read twice.
    @Test(arguments: [
        "*" + String(repeating: "a", count: 50) + "b*", String(repeating: "*a", count: 60) + "*b*",
        "*aaaaab*aaaaab*c*", "a*" + String(repeating: "ab", count: 30) + "*c",
    ])
    func noByteIsReadAgain(pattern: String) throws {
        let counter = Counter()
        let text = CountedBytes(bytes: Array(repeating: UInt8(ascii: "a"), count: 100_000), counter: counter)
        _ = try #require(NamePattern(pattern)).matches(text)
        #expect(counter.reads <= 100_000 + NamePattern.maximumBytes)
    }

    private final class Counter {
        var reads = 0
    }

    private struct CountedBytes: RandomAccessCollection {
        let bytes: [UInt8]
        let counter: Counter

        var startIndex: Int { 0 }
        var endIndex: Int { self.bytes.count }

        subscript(position: Int) -> UInt8 {
            self.counter.reads += 1
            return self.bytes[position]
        }
    }

    @Test func aPatternHasABound() {
        #expect(NamePattern(String(repeating: "a", count: 256)) != nil)
        #expect(NamePattern(String(repeating: "a", count: 257)) == nil)
    }

    // MARK: Patterns for names

    @Test(arguments: [
        ("web-1", "web-1"), ("web 1", "web*1"), ("a\u{1b}[2J", "a*[2J"), ("küche", "k*che"), ("a#b", "a*b"), ("", ""),
        ("  ", "*"), ("a\n\nallow all", "a*allow*all"),
    ])
    func whatARuleCannotSayBecomesAStar(text: String, pattern: String) {
        #expect(NamePattern.covering(text) == pattern)
    }

    @Test func aCoveringPatternMatchesItsTextAndHasABound() throws {
        var dice = Dice(seed: 2)
        for _ in 0..<2_000 {
            let text = dice.text(of: "ab*# \n\u{1b}\u{202e}ü=", longest: 40)
            let pattern = NamePattern.covering(text, limit: 12)
            #expect(pattern.utf8.count <= 13)
            #expect(try #require(NamePattern(pattern)).matches(text), "\(text.debugDescription) \(pattern)")
            #expect(NamePattern.covering(pattern, limit: 13) == pattern)
        }
    }
}
