package import NIOSSL

extension SignatureAlgorithm {
    /// What a peer may sign a TLS handshake with: the TLS library's own choice, with P-521 and Ed25519 and without SHA-1.
    ///
    /// RSA-PSS is for ordinary RSA keys. The library cannot use keys that are for RSA-PSS alone.
    package static let ofPeers: [SignatureAlgorithm] = [
        .ecdsaSecp256R1Sha256, .rsaPssRsaeSha256, .rsaPkcs1Sha256, .ed25519,
        .ecdsaSecp384R1Sha384, .rsaPssRsaeSha384, .rsaPkcs1Sha384,
        .ecdsaSecp521R1Sha512, .rsaPssRsaeSha512, .rsaPkcs1Sha512,
    ]
}
