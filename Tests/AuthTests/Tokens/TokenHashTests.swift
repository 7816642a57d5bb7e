import Auth
import Testing

@Suite struct TokenHashTests {
    static let cheap = "$argon2id$v=19$m=64,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$kuLb3p9WwG7gXnUMZAq3bwSvJTZZF4MSRy5YOKBcBlY"

    @Test(arguments: [
        (
            "lookout-test-token",
            "$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$43xD76YiQWOfpSAQS6ahspUmUMC77buJ/qgikvyQS6g"
        ),
        ("lookout-test-token", cheap),
        ("tök€n", "$argon2id$v=19$m=256,t=3,p=2$EBESExQVFhcYGRobHB0eHw$X82zkBToSLYttVSWEGC2w0zbKQjuQxrL"),
    ])
    func verifiesTheVectors(token: String, phc: String) throws {
        let hash = try TokenHash(phc: phc)
        #expect(hash.phc == phc)
        #expect(hash.matches(Array(token.utf8).span) == true)
        #expect(hash.matches(Array((token + "x").utf8).span) == false)
        #expect(hash.matches([UInt8]().span) == false)
    }

    @Test func hashesANewTokenWithThePromisedCosts() throws {
        let token = Array("a new token".utf8)
        let hash = TokenHash(hashing: token.span)
        #expect(hash.phc.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
        #expect(try TokenHash(phc: hash.phc).matches(token.span) == true)
        #expect(TokenHash(hashing: token.span).phc != hash.phc, "the salt is random")
    }

    @Test(arguments: [
        ("", "does not start"),
        ("plain-token", "does not start"),
        (cheap.replacing("argon2id", with: "argon2i"), "does not start"),
        ("x" + cheap, "does not start"),
        (cheap + "$", "7 segments"),
        (cheap.replacing("v=19$", with: ""), "5 segments"),
        (cheap.replacing("v=19", with: "v=16"), "version"),
        (cheap.replacing("t=1,", with: ""), "2 parameters"),
        (cheap.replacing("p=1", with: "p=1,x=1"), "4 parameters"),
        (cheap.replacing("m=64,t=1", with: "t=1,m=64"), "`m=<number>`"),
        (cheap.replacing("t=1", with: "m=64"), "`t=<number>`"),
        (cheap.replacing("t=1", with: "t=01"), "`t=<number>`"),
        (cheap.replacing("t=1", with: "t=+1"), "`t=<number>`"),
        (cheap.replacing("t=1", with: "t="), "`t=<number>`"),
        (cheap.replacing("t=1", with: "t=0"), "`t=<number>`"),
        (cheap.replacing("t=1", with: "t=17"), "1 to 16"),
        (cheap.replacing("p=1", with: "p=17"), "1 to 16"),
        (cheap.replacing("m=64", with: "m=7"), "8 to 1048576"),
        (cheap.replacing("p=1", with: "p=9"), "72 to 1048576"),
        (cheap.replacing("m=64", with: "m=1048577"), "8 to 1048576"),
        (cheap.replacing("m=64", with: "m=4294967360"), "8 to 1048576"),
        (cheap.replacing("AAECAwQFBgcICQoLDA0ODw", with: "AAECAwQFBg"), "salt has 7 bytes"),
        (cheap.replacing("AAECAwQFBgcICQoLDA0ODw", with: "AAECAwQFBgcICQoLDA0ODw=="), "salt is not base64"),
        (cheap.replacing("kuLb3p9WwG7gXnUMZAq3bwSvJTZZF4MSRy5YOKBcBlY", with: "kuI"), "hash has 2 bytes"),
        (cheap.replacing("kuLb", with: "ku_b"), "hash is not base64"),
    ])
    func saysWhatIsWrong(phc: String, mention: String) {
        let error = #expect(throws: SettingError.self) { try TokenHash(phc: phc) }
        #expect(error?.code == .badTokenHash)
        #expect(error?.detail.contains(mention) == true, "\(String(describing: error))")
    }
}
