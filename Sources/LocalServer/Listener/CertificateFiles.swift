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

    /// - Throws: when the files cannot be read or do not fit together; nothing changes then.
    func reload() throws {
        let new = try Self.load(self.files)
        self.context.withLock { $0 = new }
    }

    private static func load(_ files: TLSFiles) throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMFile(files.certificate).map { NIOSSLCertificateSource.certificate($0) }
        let key = try NIOSSLPrivateKey(file: files.key, format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain,
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
        }
        return try NIOSSLContext(configuration: configuration)
    }
}
