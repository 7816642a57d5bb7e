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

    /// The points of small order in all encodings that a reader may take, points off the curve, and one that a multiple of
    /// the order does not bring back to the neutral element.
    @Test(arguments: [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "0200000000000000000000000000000000000000000000000000000000000000",
    ])
    func weakAndImpossibleKeysAreRefused(hex: String) throws {
        let digits = Array(hex)
        let bytes = try stride(from: 0, to: 64, by: 2).map { start in
            try #require(UInt8(String(digits[start..<start + 2]), radix: 16))
        }
        #expect(VerifyingKey(rawBytes: bytes) == nil)
        let keys = AuthorizedKeys(parsing: "ed25519 \(Base64.encode(bytes)) weak\n")
        #expect(keys.isEmpty)
        #expect(keys.warnings.first?.reason.hasPrefix("the key is weak or not an Ed25519 key") == true)
    }

    @Test(arguments: [0, 31, 33, 51])
    func onlyThirtyTwoBytesAreAKey(count: Int) {
        #expect(VerifyingKey(rawBytes: [UInt8](repeating: 1, count: count)) == nil)
    }
}
