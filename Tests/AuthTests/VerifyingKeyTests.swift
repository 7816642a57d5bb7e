import Auth
import Testing

@Suite struct VerifyingKeyTests {
    let key: VerifyingKey

    init() throws {
        self.key = try Vectors.signingKey().verifyingKey
    }

    @Test func isNamedByItsDigest() {
        #expect(self.key.digest.hex == Vectors.publicKeyDigest)
        #expect(self.key.keyID == Vectors.keyID)
        #expect(self.key.stableAgentID == "56475aa7-5463-474c-0285-df5dbf2bcab7")
    }

    @Test func writesTheKeyFileLine() throws {
        #expect(try self.key.authorizedKeysLine(comment: "vector-key") == Vectors.keyLine)
        #expect(try self.key.authorizedKeysLine() == Vectors.keyLine.replacing(" vector-key", with: ""))
    }

    @Test(arguments: ["a\ned25519 AAAA", "a\r\nb", "a\r"])
    func aCommentCannotAddALine(comment: String) {
        #expect { try self.key.authorizedKeysLine(comment: comment) } throws: {
            ($0 as? KeyFileError)?.code == .badComment
        }
    }

    @Test(arguments: Vectors.all)
    func acceptsTheSignatureOfTheVector(_ vector: Vector) throws {
        let signature = try #require(Signature(base64url: vector.signature))
        #expect(self.key.isValid(signature, for: vector.request))
    }

    @Test(arguments: Vectors.all)
    func refusesAChangeInAnyLine(_ vector: Vector) throws {
        let signature = try #require(Signature(base64url: vector.signature))
        let changes: [(inout CanonicalRequest) -> Void] = [
            { $0.method = "DELETE" },
            { $0.target += "?force=1" },
            { $0.target += "/" },
            { $0.bodyDigest = SHA256Digest(of: "other") },
            { $0.timestamp += 1 },
            { $0.nonce = Nonce.random() },
        ]
        for change in changes {
            var request = vector.request
            change(&request)
            #expect(!self.key.isValid(signature, for: request))
        }
    }

    /// S and S + L verify alike unless the verifier insists on the reduced form.
    @Test func refusesAnUnreducedS() throws {
        let order: [UInt8] = [
            0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
        ]
        var bytes = try #require(Base64.decodeURL(Vectors["1"].signature))
        var carry = 0
        for index in order.indices {
            let sum = Int(bytes[32 + index]) + Int(order[index]) + carry
            bytes[32 + index] = UInt8(truncatingIfNeeded: sum)
            carry = sum >> 8
        }
        try #require(carry == 0)
        let signature = try #require(Signature(base64url: Base64.encodeURL(bytes)))
        #expect(!self.key.isValid(signature, for: Vectors["1"].request))
    }

    @Test func anotherKeyDoesNotVerify() throws {
        let signature = try #require(Signature(base64url: Vectors["1"].signature))
        #expect(!SigningKey.generate().verifyingKey.isValid(signature, for: Vectors["1"].request))
    }

    @Test(arguments: [0, 31, 33, 51])
    func onlyThirtyTwoBytesAreAKey(count: Int) {
        #expect(VerifyingKey(rawBytes: [UInt8](repeating: 1, count: count)) == nil)
    }
}
