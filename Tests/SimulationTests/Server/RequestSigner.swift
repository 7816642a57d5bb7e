import NIOCore
import Support

@testable import Auth

/// What a simulated client shows: tokens, and signatures of the one key that the agent knows.
struct RequestSigner {
    static let token = "right-token"

    /// Of the clients' clocks, in seconds since 1970.
    let now: () -> Int64

    /// The fields of a credential, each with its line end.
    func fields(
        _ credential: ClientRequest.Credential,
        method: String,
        target: String,
        body: ByteBuffer,
        random: inout SplitMix
    ) -> String {
        switch credential {
        case .none: ""
        case .token: "Authorization: Bearer \(Self.token)\r\n"
        case .wrongToken: "Authorization: Bearer wrong-\(random.next() % 4)\r\n"
        case .signature: self.signature(method, target, body, &random)
        case .forgery: self.signature(method, target + "x", body, &random)
        }
    }

    private func signature(_ method: String, _ target: String, _ body: ByteBuffer, _ random: inout SplitMix) -> String {
        var hasher = SHA256Hasher()
        hasher.update(body.readableBytesSpan)
        let (first, second) = (random.next(), random.next())
        let nonce = Nonce(raw: .init { UInt8(truncatingIfNeeded: ($0 < 8 ? first : second) >> UInt64($0 % 8 * 8)) })
        let timestamp = self.now()
        let request = CanonicalRequest(
            method: method,
            target: target,
            bodyDigest: hasher.finish(),
            timestamp: timestamp,
            nonce: nonce
        )
        let key = AgentModel.key
        return "X-Lookout-Key-ID: \(key.verifyingKey.keyID)\r\nX-Lookout-Timestamp: \(timestamp)\r\n"
            + "X-Lookout-Nonce: \(nonce)\r\nX-Lookout-Signature-Version: 2\r\n"
            + "X-Lookout-Signature: \(key.signature(of: request).base64url)\r\n"
    }
}
