import Auth
import Testing

/// The published test vectors: one key, and requests whose signed bytes and signatures are known.
struct Vector: Sendable, CustomTestStringConvertible {
    let name: String
    let method: String
    let target: String
    var body = ""
    let timestamp: Int64
    let nonce: String
    let byteCount: Int
    let digest: String
    let signature: String

    var testDescription: String { self.name }

    var request: CanonicalRequest {
        CanonicalRequest(
            method: self.method,
            target: self.target,
            bodyDigest: SHA256Digest(of: self.body),
            timestamp: self.timestamp,
            nonce: Nonce(self.nonce)!
        )
    }
}

enum Vectors {
    static let pem = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f
        -----END PRIVATE KEY-----

        """
    static let publicKey = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
    static let publicKeyDigest = "56475aa75463474c0285df5dbf2bcab73da651358839e9b77481b2eab107708c"
    static let keyID = "56475aa75463474c"
    static let keyLine = "ed25519 A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg= vector-key"
    static let emptyBodyDigest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    static let body = #"{"operation":"ps","stackName":"demo"}"#
    static let bodyDigest = "1eb4e2735ac63f0802f75c8c955d0a74202e983118340dc377b3ee11ef140d6c"

    static func signingKey() throws -> SigningKey { try SigningKey(pem: self.pem) }

    static let all = [
        Vector(
            name: "1 GET, v1",
            method: "GET",
            target: "/_lookout/info",
            timestamp: 1_767_225_600,
            nonce: "000102030405060708090a0b0c0d0e0f",
            byteCount: 127,
            digest: "a1d68ef6ac996d833b4600d9fd2c64f346b78aa6159673070babef67a51ba3cd",
            signature: "FZHevPg_29wivhmEc5Jz94hrL8XjKcL3wPbVnzaMcTkitEcKbKNQ62oFQQIbbI8uGT_Ozn2U0PVol_1ZRX9cBw"
        ),
        Vector(
            name: "2a POST with body, v1",
            method: "POST",
            target: "/_lookout/compose",
            body: body,
            timestamp: 1_767_225_601,
            nonce: "101112131415161718191a1b1c1d1e1f",
            byteCount: 131,
            digest: "6c4f6a9d43b0ceba19091330961f2ebd5bf15986206ec05894bf65f56cbcb12c",
            signature: "Jea3QUqbITI-O8YPcpSceVxOq5hvuMeD5bvx_r1fLd5pMpK9Sz5cDRb2_e-dJ-_bbUIRO9Lu6BIKMIDfQe3oCA"
        ),
        Vector(
            name: "2b POST with body and query, v2",
            method: "POST",
            target: "/_lookout/compose?dry=1&f=%2Fa%20b&dry=2",
            body: body,
            timestamp: 1_767_225_602,
            nonce: "202122232425262728292a2b2c2d2e2f",
            byteCount: 154,
            digest: "a03a7da9c7f3e20956c63e2cc775a7bd54ccdec0ea346f491d1cf27f77f45ce8",
            signature: "BHI6OxNNluMilYeznE3S2OTVL-IGytPz6IslFVbSRmVPzqt3ySTB7pzeC5d6lUaUwE3_NftO5YZnWXzjlu0NBA"
        ),
        Vector(
            name: "2c the same, portwing, v2",
            method: "POST",
            target: "/_portwing/compose?dry=1&f=%2Fa%20b&dry=2",
            body: body,
            timestamp: 1_767_225_602,
            nonce: "202122232425262728292a2b2c2d2e2f",
            byteCount: 155,
            digest: "76e1b4d58a84632ae86900eb4a485255cdbe1845c7de9a659c8e705f5a1a1ee6",
            signature: "vfurWQEOwxLFE4VM8HHu8zCKDzpXbcyQf0TpkSrTxtHrqTOhDYxNFFcH2f4NGsRWM_rR7CN-iHB545tyd_afDA"
        ),
        Vector(
            name: "3 hello, lookout",
            method: "GET",
            target: "/api/lookout/ws",
            timestamp: 1_767_225_605,
            nonce: "505152535455565758595a5b5c5d5e5f",
            byteCount: 128,
            digest: "a12d0064cb76f133ad480f9f92f25cfa04a9414b18077c0d719a633c6b756d18",
            signature: "MK7w8A8K1OsG_aRvhpsQHS03xDxXqy-yMX8z994U9BC_KcN5OWQm6S_7rjQFq_RlpgHLBhwuJI0sB9IG-DCcDA"
        ),
        Vector(
            name: "4 hello, portwing",
            method: "GET",
            target: "/api/portwing/ws",
            timestamp: 1_767_225_606,
            nonce: "606162636465666768696a6b6c6d6e6f",
            byteCount: 129,
            digest: "ed3bf059d50835c460318b0356816086a6df5531fb2bb47ce813b7950cea0e10",
            signature: "8a5wG5YovOQrEqyw96cOcx4PE3zPKgjy-iemgDqrTiPzrVMJ95CIGog-XKPKNqrX7atRU_XlcmZl-H5Ey5NhBQ"
        ),
        Vector(
            name: "5a decoded path, v1",
            method: "GET",
            target: "/containers/a b/json",
            timestamp: 1_767_225_603,
            nonce: "303132333435363738393a3b3c3d3e3f",
            byteCount: 133,
            digest: "aadcc2be030c1f162a65629516be58a0cc8d983836b0d7261b569928d50b4967",
            signature: "sx6PaQF0-2mI6R-MB86RbHnDr8RbOLFYWzyrMW1_8A-Dnc8LqXjjSK-Ikw6v15YP-aFaAOqmRvKdAf6FQpkBCw"
        ),
        Vector(
            name: "5b path as sent, v2",
            method: "GET",
            target: "/containers/a%20b/json",
            timestamp: 1_767_225_604,
            nonce: "404142434445464748494a4b4c4d4e4f",
            byteCount: 135,
            digest: "1ea86c92ba31918e778f706a73db5ab5b2133c6258f9a8884e684ffb627e948e",
            signature: "3Im-M31rAXX6BUKDm9iy6SuGk09NmgESTDgbQiYso1Jl2qPw_Gh_6Qsjh1bpyvZ43fWm49B4H3ubgmg1ul7aDw"
        ),
        Vector(
            name: "6 GET, portwing, v1",
            method: "GET",
            target: "/_portwing/info",
            timestamp: 1_767_225_600,
            nonce: "000102030405060708090a0b0c0d0e0f",
            byteCount: 128,
            digest: "e1601b04068d9b28d39261ddb349784f0684af6f554661d299597a0bae5708ed",
            signature: "tFv6_OZar3TATMxoP6vQzaMNXswgKqopvsWQYXJVyIHmvyceqOrYmACyCpUM5kXz2T2tzJ6roLqd1aifudWDBA"
        ),
    ]

    static subscript(_ prefix: String) -> Vector { self.all.first { $0.name.hasPrefix(prefix) }! }
}
