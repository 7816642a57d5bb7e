import Auth
import Testing

@Suite struct NonceTests {
    @Test func randomOnesDifferAndReadBack() {
        let nonces = (0..<1000).map { _ in Nonce.random() }
        #expect(Set(nonces).count == 1000)
        #expect(nonces.allSatisfy { Nonce($0.description) == $0 })
    }

    @Test func keepsTheOrderOfItsDigits() {
        #expect(Nonce("000102030405060708090a0b0c0d0e0f")?.description == "000102030405060708090a0b0c0d0e0f")
    }

    @Test(arguments: [
        "000102030405060708090a0b0c0d0e0",
        "000102030405060708090a0b0c0d0e0f0",
        "000102030405060708090a0b0c0d0e0g",
        "000102030405060708090A0B0C0D0E0F",
        "",
        " 00102030405060708090a0b0c0d0e0f",
    ])
    func refusesEverythingButThirtyTwoLowercaseHexDigits(text: String) {
        #expect(Nonce(text) == nil)
    }
}
