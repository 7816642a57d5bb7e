import Auth
import Testing

@Suite struct SignatureTests {
    @Test func textSurvivesTheRoundTrip() {
        let text = Vectors["1"].signature
        #expect(Signature(base64url: text)?.base64url == text)
    }

    @Test func aTableTellsSignaturesApart() throws {
        let (first, second) = (Vectors["1"].signature, Vectors["2"].signature)
        #expect(Signature(base64url: first)?.hashValue == Signature(base64url: first)?.hashValue)
        #expect(Signature(base64url: first)?.hashValue != Signature(base64url: second)?.hashValue)
    }

    @Test(arguments: [
        ("padded", Vectors["1"].signature + "=="),
        ("standard alphabet", Vectors["1"].signature.replacing("_", with: "/").replacing("-", with: "+")),
        ("one character short", String(Vectors["1"].signature.dropLast())),
        ("one character long", Vectors["1"].signature + "A"),
        ("unused bits set", String(Vectors["1"].signature.dropLast()) + "x"),
        ("white space inside", " " + Vectors["1"].signature.dropFirst()),
        ("empty", ""),
    ])
    func refusesEveryOtherForm(name: String, text: String) {
        #expect(Signature(base64url: text) == nil)
    }
}
