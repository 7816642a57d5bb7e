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
        if let file = settings.caCertificateFile {
            configuration.trustRoots = .certificates(try Self.certificates(file, "CA_CERT"))
        } else if peer.verifies {
            guard let found = roots.found() else { throw .failed(.tls, roots.advice) }
            configuration.trustRoots = .file(found)
        }
        if !peer.verifies {
            configuration.certificateVerification = .none
        } else if peer.address != nil {
            configuration.certificateVerification = .noHostnameVerification
        }
        if case .controller = peer.role, let client = settings.client {
            configuration.certificateChain = try Self.certificates(client.certificateFile, "CLIENT_CERT")
                .map { .certificate($0) }
            do {
                configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: client.keyFile, format: .pem))
            } catch {
                throw .failed(.tls, "CLIENT_KEY: \(client.keyFile) cannot be read as a PEM private key: \(error)")
            }
        }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            let what =
                configuration.privateKey == nil
                ? "the certificate authorities cannot be loaded" : "CLIENT_CERT and CLIENT_KEY do not fit together"
            throw .failed(.tls, "\(what): \(error)")
        }
    }

    private static func certificates(_ file: String, _ variable: String) throws(DialError) -> [NIOSSLCertificate] {
        let certificates: [NIOSSLCertificate]
        do {
            certificates = try NIOSSLCertificate.fromPEMFile(file)
        } catch {
            throw .failed(.tls, "\(variable): \(file) cannot be read as PEM certificates: \(error)")
        }
        guard !certificates.isEmpty else { throw .failed(.tls, "\(variable): \(file) holds no PEM certificate") }
        return certificates
    }
}
