import Auth
import Base
import DockerBridge
import NIOSSL

/// Builds what a TLS connection is made with. Files are read anew each time, so that they can be replaced while the
/// agent runs.
enum TLSContext {
    static func make(
        _ settings: DialSettings.TLS,
        for peer: TLSPeer,
        roots: SystemRoots = .usual
    ) throws(DialError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.verifySignatureAlgorithms = SignatureAlgorithm.ofPeers
        // In TLS 1.2 the curve of a server's key must be among them too.
        configuration.curves = [.x25519_MLKEM768, .x25519, .secp256r1, .secp384r1, .secp521r1]
        if let file = settings.caCertificateFile {
            configuration.trustRoots = .certificates(try Self.authorities(file))
        } else if peer.verifies {
            guard let found = roots.found() else { throw .failed(.tls, roots.advice) }
            configuration.trustRoots = .file(found)
        }
        if !peer.verifies {
            configuration.certificateVerification = .none
        } else if peer.address != nil || peer.comparesName {
            configuration.certificateVerification = .noHostnameVerification
        }
        if case .controller = peer.role, let client = settings.client {
            let chain = try Self.chain(client.certificateFile)
            configuration.certificateChain = chain.map { .certificate($0) }
            do {
                configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: client.keyFile, format: .pem))
            } catch {
                throw .failed(
                    .tls,
                    "CLIENT_KEY: \(client.keyFile) cannot be read as a PEM private key without a passphrase"
                )
            }
        }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            let what =
                configuration.privateKey == nil
                ? "the certificate authorities cannot be loaded; CA_CERT can name a file of your own"
                : "CLIENT_CERT and CLIENT_KEY do not fit together; the first certificate in CLIENT_CERT must be the one "
                    + "for that key"
            throw .failed(.tls, what)
        }
    }

    private static func authorities(_ file: String) throws(DialError) -> [NIOSSLCertificate] {
        do throws(SettingProblem) {
            return try AuthorityFile(reading: file).certificates
        } catch {
            throw .failed(.tls, "CA_CERT: \(file) \(error.reason)")
        }
    }

    private static func chain(_ file: String) throws(DialError) -> [NIOSSLCertificate] {
        guard let chain = try? NIOSSLCertificate.fromPEMFile(file), let first = chain.first else {
            throw .failed(.tls, "CLIENT_CERT: \(file) cannot be read as PEM certificates")
        }
        let facts = (try? first.toDERBytes()).flatMap { CertificateFacts(der: $0) }
        guard facts?.key != .rsaPSS else {
            throw .failed(
                .tls,
                "CLIENT_CERT: \(file) is for an RSA-PSS key, which the agent cannot use; use an ordinary RSA key "
                    + "(rsaEncryption) or an ECDSA key"
            )
        }
        return chain
    }
}
