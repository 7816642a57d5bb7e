import Support
import Testing

@testable import Base

@Suite struct JSONStringTests {
    @Test(arguments: [
        ("", ""), ("plain", "plain"), ("é🚀", "é🚀"), (#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{C}\n\r\t"),
        (#"\u0041\u00e9\u20AC\uFfFf"#, "Aé€\u{FFFF}"), (#"\ud83d\ude80!"#, "🚀!"), (#"\uDBFF\uDFFF"#, "\u{10FFFF}"),
        (#"\uD800\uDC00"#, "\u{10000}"), (#"\ud83d"#, "\u{FFFD}"), (#"\ude80"#, "\u{FFFD}"),
        (#"\ud83dx\ude80"#, "\u{FFFD}x\u{FFFD}"), (#"\ud83d\n"#, "\u{FFFD}\n"), (#"\ud83d\u0041"#, "\u{FFFD}A"),
        (#"\ud83d\ud83d\ude80"#, "\u{FFFD}🚀"), (#"\ude80\ud83d"#, "\u{FFFD}\u{FFFD}"), (#"\u0000"#, "\u{0}"),
        (#"a\\u0041"#, #"a\u0041"#),
    ])
    func escapesAreResolved(written: String, value: String) throws {
        try with(written) { string in
            #expect(string.decoded == value)
            #expect(string.hasEscapes == written.contains("\\"))
            #expect(string.range == 1..<(1 + written.utf8.count))
            let decoded = output(capacity: string.bytes.count) { string.decode(into: $0) }
            #expect(decoded == Array(value.utf8))
        }
    }

    @Test(
        arguments: [
            ("type", true), ("typ", false), ("types", false), ("tyqe", false), ("", false), (#"t\u0079pe"#, true),
            (#"typ\u0065s"#, false), (#"t\ype"#, nil),
        ] as [(String, Bool?)]
    )
    func comparesTheValueNotTheSpelling(written: String, isEqual: Bool?) throws {
        guard let isEqual else {
            #expect(throws: JSONError(.badEscape, at: 2)) { try with(written) { _ in } }
            return
        }
        try with(written) { #expect($0.isEqual(to: "type") == isEqual) }
    }

    @Test(arguments: [("id", 1), (#"\u0069d"#, 1), ("name", 2), ("Id", 3), ("", 3), ("i", 3), ("idx", 3)])
    func aSwitchComparesTheValue(written: String, found: Int) throws {
        try with(written) { string in
            switch string {
            case "id": #expect(found == 1)
            case "name": #expect(found == 2)
            default: #expect(found == 3)
            }
        }
    }

    /// Beside `decoded`, which puts U+FFFD in place of the half.
    @Test(arguments: [
        ("plain", "plain"), (#"\ud83d\ude80"#, "🚀"), (#"\ufffd"#, "\u{FFFD}"), ("\u{FFFD}", "\u{FFFD}"),
        (#"\\ud83d"#, #"\ud83d"#),
        (#"\n\u0041\ud83d\ude80\/"#, "\nA🚀/"), (#"\ud83d"#, nil), (#"\ude80"#, nil), (#"a\ud83d\u0041"#, nil),
        (#"\ud83d\ud83d\ude80"#, nil), (#"\ude80\ud83d"#, nil), (#"\ud83d\ude80\ude80"#, nil), (#"\ud83d\nx"#, nil),
    ])
    func halfOfASurrogatePairIsRefusedStrictly(written: String, decoded: String?) throws {
        try with(written) { #expect($0.strictlyDecoded == decoded) }
    }

    @Test func theEmptyStringEqualsItself() throws {
        try with("") { #expect($0.isEqual(to: "")) }
    }

    private func with(_ written: String, _ body: (JSONString) -> Void) throws {
        try Array("\"\(written)\"".utf8).withUnsafeBytes { bytes in
            var scanner = JSONScanner(bytes)
            body(try #require(try scanner.readString()))
            try scanner.end()
        }
    }
}
