import NIOCore
import NIOPosix
package import NIOSSL

/// Opens connections to the engine.
struct EngineDialer {
    private static let connectTimeout = TimeAmount.seconds(10)

    private let address: EngineAddress
    private let eventLoop: any EventLoop
    private let tls: NIOSSLContext?

    /// - Throws: when the TLS files of `address` cannot be read or do not fit together.
    init(address: EngineAddress, eventLoop: any EventLoop) throws {
        self.address = address
        self.eventLoop = eventLoop
        self.tls = try address.tls.map(Self.context)
    }

    /// - Parameter prepare: puts the handler on a channel that is about to connect.
    func connect(_ prepare: @escaping @Sendable (any Channel) throws -> Void) -> EventLoopFuture<any Channel> {
        let tls = self.tls
        let address = self.address
        let bootstrap = ClientBootstrap(group: self.eventLoop)
            .connectTimeout(Self.connectTimeout)
            .channelOption(.autoRead, value: false)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(
                    minimum: 4096,
                    initial: 16 * 1024,
                    maximum: 64 * 1024
                )
            )
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls, case .tcp(let host, _) = address.transport {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls, dialling: host)
                        )
                    }
                    try prepare(channel)
                }
            }
        return switch address.transport {
        case .unix(let path): bootstrap.connect(unixDomainSocketPath: path)
        case .tcp(let host, let port): bootstrap.connect(host: host, port: port)
        }
    }

    private static func context(_ tls: EngineAddress.TLS) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.certificateVerification = .none
        if let folder = tls.folder {
            configuration.certificateChain = try NIOSSLCertificate.fromPEMFile("\(folder)/cert.pem")
                .map { .certificate($0) }
            configuration.privateKey = try .privateKey(NIOSSLPrivateKey(file: "\(folder)/key.pem", format: .pem))
            if tls.verifies {
                configuration.certificateVerification = .fullVerification
                configuration.trustRoots = .file("\(folder)/ca.pem")
            }
        }
        return try NIOSSLContext(configuration: configuration)
    }
}

extension NIOSSLClientHandler {
    /// A client's TLS handler for `host`; a name is sent along, an IP address is not (RFC 6066 §3).
    package convenience init(context: NIOSSLContext, dialling host: String) throws {
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        try self.init(context: context, serverHostname: isAddress ? nil : host)
    }
}

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
