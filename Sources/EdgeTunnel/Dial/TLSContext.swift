import NIOSSL

/// Builds what a TLS connection to a controller is made with. Files are read anew each time, so that they can be
/// replaced while the agent runs.
enum TLSContext {
    /// - Parameter namedByAddress: the controller is dialled by its IP address. The library would look for the address
    ///   of the socket's other end in the certificate, which behind a proxy is the proxy's; `TLSHandshake` looks for
    ///   the right one.
    static func make(_ settings: DialSettings.TLS, namedByAddress: Bool) throws(DialError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let file = settings.caCertificateFile {
            configuration.trustRoots = .certificates(try Self.certificates(file, "CA_CERT"))
        }
        if namedByAddress { configuration.certificateVerification = .noHostnameVerification }
        if !settings.verifies { configuration.certificateVerification = .none }
        if let client = settings.client {
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
            throw .failed(.tls, "CLIENT_CERT and CLIENT_KEY do not fit together: \(error)")
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
