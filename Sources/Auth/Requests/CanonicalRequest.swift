/// The text that a signature covers. Signer, verifier and test vectors all take their bytes from here.
///
/// Five lines joined by LF, without one at the end: method, target, body digest, timestamp, nonce. Host and header
/// fields are not covered.
package struct CanonicalRequest: Hashable, Sendable {
    /// As on the request line.
    package var method: String
    /// The request target as on the wire, or for signature version 1 the decoded path. Never normalised here.
    package var target: String
    package var bodyDigest: SHA256Digest
    /// Unix time in seconds.
    package var timestamp: Int64
    package var nonce: Nonce

    package init(
        method: String,
        target: String,
        bodyDigest: SHA256Digest = .emptyBody,
        timestamp: Int64,
        nonce: Nonce
    ) {
        self.method = method
        self.target = target
        self.bodyDigest = bodyDigest
        self.timestamp = timestamp
        self.nonce = nonce
    }

    /// The bytes to sign, UTF-8.
    package var bytes: [UInt8] {
        Array("\(self.method)\n\(self.target)\n\(self.bodyDigest.hex)\n\(self.timestamp)\n\(self.nonce)".utf8)
    }
}

extension SigningKey {
    package func signature(of request: CanonicalRequest) -> Signature {
        let message = request.bytes
        return self.signature(of: message.span)
    }
}

extension VerifyingKey {
    package func isValid(_ signature: Signature, for request: CanonicalRequest) -> Bool {
        let message = request.bytes
        return self.isValid(signature, of: message.span)
    }
}
