import Base

/// The signature headers of one request, read and checked as far as that goes without a key.
struct SignedRequest: Sendable {
    /// What a signature covers of the target.
    enum Version: Sendable {
        /// The decoded path; only safe when there is neither a query nor anything to decode.
        case path
        /// The target as on the wire.
        case target
    }

    let keyID: String
    /// Kept as text until the key is known, because an unknown key is reported before a wrong timestamp.
    let timestampText: String
    let nonce: Nonce
    let signatureText: String
    let method: String
    let target: String

    /// - Throws: why the answer is `invalid-signature`; a sentence for the log without any header value.
    init(_ request: AccessRequest, family: HeaderFamily) throws(Flaw) {
        guard let keyID = request.only(.family(family, .keyID)),
            let timestamp = request.only(.family(family, .timestamp)),
            let nonceText = request.only(.family(family, .nonce)),
            let signature = request.only(.family(family, .signature))
        else { throw Flaw("a signature header is missing or repeated") }
        guard let nonce = Nonce(nonceText) else { throw Flaw("the nonce is not 32 lowercase hex digits") }

        self.target = try Self.signedTarget(request.target, version: Self.version(request, family: family))
        self.keyID = keyID
        self.timestampText = timestamp
        self.nonce = nonce
        self.signatureText = signature
        self.method = request.method
    }

    struct Flaw: Error {
        let text: String
        init(_ text: String) { self.text = text }
    }

    private static func version(_ request: AccessRequest, family: HeaderFamily) throws(Flaw) -> Version {
        let field = CredentialField.family(family, .signatureVersion)
        guard request.has(field) else { return .path }
        guard request.only(field) == "2" else { throw Flaw("the signature version is not 2") }
        return .target
    }

    private static func signedTarget(_ target: String, version: Version) throws(Flaw) -> String {
        // A line feed in the target could move text from one signed line to another.
        guard target.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7f }) else {
            throw Flaw("the target contains blanks or control characters")
        }
        let target = target.isEmpty ? "/" : target
        guard target.hasPrefix("/") else { throw Flaw("the target is not a path") }
        switch version {
        case .target: break
        case .path:
            guard !target.contains("?") else { throw Flaw("signature version 1 does not cover the query") }
            guard !target.contains("%") else {
                throw Flaw("signature version 1 does not cover how the path is escaped")
            }
        }
        return target
    }

    func canonicalRequest(timestamp: Int64, bodyDigest: SHA256Digest) -> CanonicalRequest {
        CanonicalRequest(
            method: self.method,
            target: self.target,
            bodyDigest: bodyDigest,
            timestamp: timestamp,
            nonce: self.nonce
        )
    }
}

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
