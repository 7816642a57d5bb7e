import Base
import CCrypto

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
