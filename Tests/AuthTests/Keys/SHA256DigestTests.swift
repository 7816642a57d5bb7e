import Auth
import Testing

@Suite struct SHA256DigestTests {
    @Test(arguments: [
        ("", Vectors.emptyBodyDigest),
        (Vectors.body, Vectors.bodyDigest),
        ("lookout-test-token", "af90937eed8a62beaf38008de865ad9fadbf37dc60a715627423345a8c96396c"),
    ])
    func matchesTheVectors(text: String, hex: String) {
        #expect(SHA256Digest(of: text).hex == hex)
    }

    @Test func anEmptyBodyAndNoBodyAreTheSame() {
        #expect(SHA256Digest.emptyBody.hex == Vectors.emptyBodyDigest)
        #expect(SHA256Digest(of: "{}") != .emptyBody)
    }

    @Test func piecesGiveTheDigestOfTheWhole() {
        let body = Array(Vectors.body.utf8)
        for split in 0...body.count {
            var hasher = SHA256Hasher()
            hasher.update(body.span.extracting(..<split))
            hasher.update(body.span.extracting(split...))
            let digest = hasher.finish()
            #expect(digest.hex == Vectors.bodyDigest)
        }
    }
}
