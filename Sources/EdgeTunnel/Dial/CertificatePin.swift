package import Auth

/// The SHA-256 of a certificate's public key: `sha256/` and base64, as curl and others write it.
package struct CertificatePin: Hashable, Sendable, CustomStringConvertible {
    private static let prefix = "sha256/"

    private let digest: SHA256Digest

    package init(digest: SHA256Digest) {
        self.digest = digest
    }

    /// - Returns: `nil` for a text that is no pin.
    package init?(_ text: some StringProtocol) {
        guard text.hasPrefix(Self.prefix), let digest = SHA256Digest(base64: String(text.dropFirst(Self.prefix.count)))
        else { return nil }
        self.digest = digest
    }

    package var description: String { Self.prefix + self.digest.base64 }
}
