import CCrypto

/// The SHA-256 of some bytes: of a signed body, of a public key, of a token.
package struct SHA256Digest: Hashable, Sendable {
    let bytes: [32 of UInt8]

    /// What a request without a body, or with an empty one, is signed with.
    package static let emptyBody = SHA256Digest(of: "")

    package init(of bytes: Span<UInt8>) {
        var hasher = SHA256Hasher()
        hasher.update(bytes)
        self = hasher.finish()
    }

    package init(of text: String) {
        let bytes = Array(text.utf8)
        self.init(of: bytes.span)
    }

    init(bytes: [32 of UInt8]) {
        self.bytes = bytes
    }

    /// 64 lowercase hex digits.
    package var hex: String { ByteText.hex(self.bytes.span) }

    /// Compares in constant time, because some digests stand for secrets.
    package static func == (left: SHA256Digest, right: SHA256Digest) -> Bool {
        Sodium.areEqual(left.bytes.span, right.bytes.span)
    }

    package func hash(into hasher: inout Hasher) {
        for index in self.bytes.indices {
            hasher.combine(self.bytes[index])
        }
    }
}

/// Computes a digest over bytes as they come, so that a body need not be in one piece.
@safe package struct SHA256Hasher: ~Copyable {
    // Ours alone from `init` to `deinit`, and never handed out.
    private let context: OpaquePointer

    package init() {
        guard let context = unsafe EVP_MD_CTX_new(), unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
            preconditionFailure("libcrypto has no SHA-256")
        }
        unsafe self.context = context
    }

    package mutating func update(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { bytes in
            _ = unsafe EVP_DigestUpdate(self.context, bytes.baseAddress, bytes.count)
        }
    }

    package mutating func update(_ bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { bytes in
            _ = unsafe EVP_DigestUpdate(self.context, bytes.baseAddress, bytes.count)
        }
    }

    package consuming func finish() -> SHA256Digest {
        var digest = [32 of UInt8](repeating: 0)
        var span = digest.mutableSpan
        unsafe span.withUnsafeMutableBufferPointer { digest in
            _ = unsafe EVP_DigestFinal_ex(self.context, digest.baseAddress!, nil)
        }
        return SHA256Digest(bytes: digest)
    }

    deinit {
        unsafe EVP_MD_CTX_free(self.context)
    }
}

extension SHA256Digest {
    /// Standard base64 with padding.
    package var base64: String { ByteText.base64(self.bytes.span, .standard) }

    package init?(base64 text: String) {
        guard let bytes = ByteText.decode(text, .standard), bytes.count == 32 else { return nil }
        self.init(bytes: [32 of UInt8] { bytes[$0] })
    }
}
