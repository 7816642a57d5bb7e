import Testing

@testable import Base

@Suite struct PercentCodingTests {
    @Test(arguments: [
        ("", ""), ("plain", "plain"), ("%41%62", "Ab"), ("a%2Fb%2fc", "a/b/c"), ("%C3%A9", "é"), ("100%", "100%"),
        ("%4", "%4"), ("%zz%41", "%zzA"), ("%%41", "%A"), ("%+5", "%+5"), ("%ff", "\u{fffd}"),
    ])
    func malformedEscapesAreLeftUnchanged(_ text: String, _ decoded: String) {
        #expect(text.percentDecoded == decoded)
    }

    @Test(arguments: [("p%40ss", "p@ss"), ("", ""), ("%C3%A9", "é")])
    func aSoundTextIsDecodedStrictly(_ text: String, _ decoded: String) {
        #expect(text.strictlyPercentDecoded == decoded)
    }

    @Test(arguments: ["%", "%4", "%zz", "%+5", "a%", "%ff"])
    func aMalformedTextIsRefusedStrictly(_ text: String) {
        #expect(text.strictlyPercentDecoded == nil)
    }

    @Test(arguments: [("a-b.c_d~1", "a-b.c_d~1"), ("a/b c", "a%2Fb%20c"), ("é\n", "%C3%A9%0A"), ("%", "%25")])
    func aSegmentIsEncodedAndReadBack(_ text: String, _ encoded: String) {
        #expect(text.percentEncoded == encoded)
        #expect(encoded.strictlyPercentDecoded == text)
    }
}
