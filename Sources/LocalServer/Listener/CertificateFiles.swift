import Auth
import DockerBridge
import NIOCore
import NIOSSL
import Synchronization

/// The listener's TLS, which a SIGHUP may exchange while connections come and go.
///
/// Concurrency: any thread.
final class CertificateFiles: Sendable {
    private let files: TLSFiles
    private let context: Mutex<NIOSSLContext>

    init(_ files: TLSFiles) throws {
        self.files = files
        self.context = Mutex(try Self.load(files))
    }

    /// For the next connection; those that are open keep theirs.
    var current: NIOSSLContext { self.context.withLock { $0 } }

    /// - Throws: `Fault` when the files cannot be read or do not fit together; nothing changes then.
    func reload() throws {
        let new = try Self.load(self.files)
        self.context.withLock { $0 = new }
    }

    /// Why a listener cannot use its files.
    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    private static func load(_ files: TLSFiles) throws(Fault) -> NIOSSLContext {
        guard let chain = try? NIOSSLCertificate.fromPEMFile(files.certificate), let first = chain.first else {
            throw Fault(description: "TLS_CERT: \(files.certificate) cannot be read as PEM certificates")
        }
        try Self.check(first, of: files)
        guard let key = try? NIOSSLPrivateKey(file: files.key, format: .pem) else {
            throw Fault(
                description: "TLS_KEY: \(files.key) cannot be read as a PEM private key without a passphrase"
            )
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        configuration.minimumTLSVersion = .tlsv12
        // A closed connection has given its place back, so it must not live on until its client says goodbye. One that ends in
        // order lingers before it is closed.
        configuration.shutdownTimeout = .zero
        configuration.cipherSuiteValues = [
            .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        ]
        configuration.curves = [.x25519, .secp256r1]
        configuration.applicationProtocols = ["http/1.1"]
        if let authorities = files.clientAuthorities {
            configuration.trustRoots = .file(authorities)
            configuration.certificateVerification = .noHostnameVerification
            configuration.verifySignatureAlgorithms = SignatureAlgorithm.ofPeers
        }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw Self.unusable(files)
        }
    }

    private static func check(_ certificate: NIOSSLCertificate, of files: TLSFiles) throws(Fault) {
        let facts = (try? certificate.toDERBytes()).flatMap { CertificateFacts(der: $0) }
        if case .rsaPSS = facts?.key {
            throw Fault(
                description:
                    "TLS_CERT: \(files.certificate) is for an RSA-PSS key, which the agent cannot serve; use an "
                    + "ordinary RSA key (`openssl genpkey -algorithm RSA`) or an ECDSA key"
            )
        }
    }

    /// The TLS library does not say which of the files it was.
    private static func unusable(_ files: TLSFiles) -> Fault {
        if let authorities = files.clientAuthorities, (try? NIOSSLCertificate.fromPEMFile(authorities)) == nil {
            return Fault(description: "TLS_CLIENT_CA: \(authorities) cannot be read as PEM certificates")
        }
        return Fault(
            description:
                "TLS_CERT and TLS_KEY do not fit together; the first certificate in TLS_CERT must be the one for "
                + "that key"
        )
    }
}
