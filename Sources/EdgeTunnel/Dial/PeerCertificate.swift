package import Auth
package import Base
import NIOSSL

/// What a person wants to know about the certificate that a controller showed.
package struct PeerCertificate: Sendable, Hashable {
    package var subject: String
    package var issuer: String
    /// The DNS names and addresses it is for.
    package var names: [String]
    /// The addresses among them.
    package var addresses: [IPAddress] = []
    package var notBefore: UnixTime
    package var notAfter: UnixTime
    /// SHA-256 of the whole certificate, lowercase hex.
    package var fingerprint: String
    /// What `CONTROLLER_PIN` would have to be to accept it.
    package var pin: CertificatePin
    /// Why it is too weak to be trusted; completes "the certificate …".
    var weakness: String?
    var isForClientsOnly = false
    var isSignedByPSS = false

    var isSelfSigned: Bool { self.subject == self.issuer }
}

extension PeerCertificate {
    init?(_ certificate: NIOSSLCertificate) {
        guard let der = try? certificate.toDERBytes(),
            let names = CertificateNames(der: der),
            let facts = CertificateFacts(der: der),
            let spki = try? certificate.extractPublicKey().toSPKIBytes()
        else { return nil }
        self.subject = names.subject
        self.issuer = names.issuer
        self.names = []
        for name in certificate._subjectAlternativeNames() {
            switch name.nameType {
            case .dnsName: self.names.append(Self.printable(name.contents))
            case .ipAddress:
                guard let address = IPAddress(networkBytes: Array(name.contents)) else { continue }
                self.names.append("\(address)")
                self.addresses.append(address)
            default: continue
            }
        }
        self.notBefore = UnixTime(seconds: Int64(certificate.notValidBefore))
        self.notAfter = UnixTime(seconds: Int64(certificate.notValidAfter))
        self.fingerprint = SHA256Digest(of: der.span).hex
        self.pin = CertificatePin(digest: SHA256Digest(of: spki.span))
        self.weakness = facts.weakness
        self.isForClientsOnly = facts.isForClientsOnly
        self.isSignedByPSS = facts.isSignedByPSS
    }

    /// A stranger's name goes to logs and terminals; what no host name holds becomes a question mark.
    private static func printable(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: bytes.map { $0.isVisibleASCII ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }
}

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

/// Compares a host name with the names in a certificate (RFC 9525), for names that the TLS library does not compare.
///
/// The library refuses names with `_`, which no host on the Internet has and every Compose project may have.
enum HostNameMatch {
    static func isLeftToUs(_ host: String) -> Bool { host.utf8.contains(UInt8(ascii: "_")) }

    /// - Parameter name: of a certificate; `*` stands for exactly one whole label, the leftmost.
    static func matches(_ host: String, _ name: String) -> Bool {
        let (host, name) = (Self.normal(host), Self.normal(name))
        guard name.hasPrefix("*.") else { return !host.isEmpty && host == name }
        guard let dot = host.firstIndex(of: "."), dot != host.startIndex else { return false }
        return host[dot...] == name.dropFirst()
    }

    private static func normal(_ name: String) -> Substring {
        let name = name.lowercased()
        return name.hasSuffix(".") ? name.dropLast() : name[...]
    }
}
