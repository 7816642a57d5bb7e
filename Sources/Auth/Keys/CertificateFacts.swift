import Base
import CCrypto

/// What the strength and the purpose of a certificate are.
package struct CertificateFacts: Hashable, Sendable {
    /// What kind of key a certificate is for.
    package enum Key: Hashable, Sendable {
        case rsa(bits: Int)
        /// A key for RSA-PSS signatures alone (`id-RSASSA-PSS`), not an ordinary RSA key that makes such signatures.
        case rsaPSS
        case other
    }

    /// RFC 9325 §4.1; OpenSSL's default level in Debian, 2, refuses less.
    package static let leastRSABits = 2048

    package let key: Key
    /// `SHA-1` or `MD5` if the certificate rests on a signature that is made with it. The signature of a certificate that signs
    /// itself proves nothing, however strong it is.
    package let brokenHash: String?
    /// Its extended key usage allows TLS clients and does not allow servers.
    package let isForClientsOnly: Bool
    /// Signed by RSA-PSS, of which the TLS library takes three forms only.
    package let isSignedByPSS: Bool

    /// - Parameter der: a certificate; `nil` comes back when it is not one.
    package init?(der: [UInt8]) {
        guard let facts = unsafe withCertificate(der, Self.init(reading:)) else { return nil }
        self = facts
    }

    private init(reading certificate: OpaquePointer) {
        let key = unsafe X509_get0_pubkey(certificate)
        if let key = unsafe key {
            self.key =
                switch unsafe EVP_PKEY_get_base_id(key) {
                case EVP_PKEY_RSA: .rsa(bits: Int(unsafe EVP_PKEY_get_bits(key)))
                case EVP_PKEY_RSA_PSS: .rsaPSS
                default: .other
                }
        } else {
            self.key = .other
        }
        var (hash, signer, strength, flags) = (CInt(0), CInt(0), CInt(0), UInt32(0))
        _ = unsafe X509_get_signature_info(certificate, &hash, &signer, &strength, &flags)
        let brokenHash: String? =
            switch hash {
            case NID_sha1: "SHA-1"
            case NID_md5: "MD5"
            default: nil
            }
        // Asked last: a peer chooses how long it takes to verify with its key.
        if brokenHash != nil, let key = unsafe key, unsafe X509_verify(certificate, key) == 1 {
            self.brokenHash = nil
        } else {
            self.brokenHash = brokenHash
        }
        self.isSignedByPSS = unsafe X509_get_signature_nid(certificate) == NID_rsassaPss
        // All bits are set where a certificate does not limit its use.
        let usage = unsafe X509_get_extended_key_usage(certificate)
        let (client, others) = (UInt32(XKU_SSL_CLIENT), UInt32(XKU_SSL_SERVER | XKU_ANYEKU))
        self.isForClientsOnly = usage & client != 0 && usage & others == 0
    }

    /// Why nothing should rest on this certificate, as in "…, which can be forged"; `nil` for a strong one.
    package var weakness: String? {
        if let brokenHash {
            return "is signed with \(brokenHash), which can be forged; renew it with a signature by SHA-256"
        }
        return self.weakKey
    }

    /// `weakness` without what concerns the signature.
    package var weakKey: String? {
        guard case .rsa(let bits) = self.key, bits < Self.leastRSABits else { return nil }
        return "has an RSA key of \(bits) bits, which can be broken; renew it with \(Self.leastRSABits) bits or more"
    }
}

/// Whom a certificate speaks of, in the usual one-line form (`CN=drydock.example,O=Example`).
package struct CertificateNames: Hashable, Sendable {
    package let subject: String
    package let issuer: String

    /// - Parameter der: a certificate; `nil` comes back when it is none.
    package init?(der: [UInt8]) {
        guard let names = unsafe withCertificate(der, Self.init(reading:)) ?? nil else { return nil }
        self = names
    }

    private init?(reading certificate: OpaquePointer) {
        guard let subject = unsafe Self.text(X509_get_subject_name(certificate)),
            let issuer = unsafe Self.text(X509_get_issuer_name(certificate))
        else { return nil }
        self.subject = subject
        self.issuer = issuer
    }

    private static func text(_ name: OpaquePointer?) -> String? {
        guard let name = unsafe name, let output = unsafe BIO_new(BIO_s_mem()) else { return nil }
        defer { unsafe BIO_free(output) }
        // RFC 2253 with readable UTF-8: control characters stay escaped, so a name cannot forge a log line.
        let flags =
            ASN1_STRFLGS_ESC_2253 | ASN1_STRFLGS_ESC_CTRL | ASN1_STRFLGS_UTF8_CONVERT | ASN1_STRFLGS_DUMP_UNKNOWN
            | ASN1_STRFLGS_DUMP_DER | XN_FLAG_SEP_COMMA_PLUS | XN_FLAG_DN_REV | XN_FLAG_DUMP_UNKNOWN_FIELDS
        guard unsafe X509_NAME_print_ex(output, name, 0, UInt(flags)) >= 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = unsafe BIO_read(output, &bytes, Int32(bytes.count))
        return String(decoding: bytes.prefix(Int(max(0, count))), as: UTF8.self)
    }
}

/// Calls `body` with a certificate as libcrypto reads it; `nil` comes back when `der` is none.
func withCertificate<Result>(_ der: [UInt8], _ body: (OpaquePointer) -> Result) -> Result? {
    defer { ERR_clear_error() }
    let certificate = unsafe der.withUnsafeBufferPointer { der in
        var cursor = der.baseAddress
        return unsafe d2i_X509(nil, &cursor, der.count)
    }
    guard let certificate = unsafe certificate else { return nil }
    defer { unsafe X509_free(certificate) }
    return unsafe body(certificate)
}
