import DockerBridge
import Glibc
import NIOCore
import NIOPosix
import NIOSSL

/// Why one dial did not lead to an upgraded connection.
enum DialError: Error {
    case failed(DialPhase, String)
    case refused(status: Int)

    var end: SessionEnd {
        switch self {
        case .failed(let phase, let what): .dialFailed(phase, what)
        case .refused(let status): .upgradeRefused(status: status)
        }
    }
}

/// One dial: TCP, TLS, upgrade. Nothing is retried here.
struct TunnelDialer {
    /// TCP, TLS and upgrade together. A Drydock without the endpoint leaves the upgrade hanging for ever.
    static let deadline = TimeAmount.seconds(deadlineSeconds)
    private static let deadlineSeconds: Int64 = 10
    /// Bytes that may wait unsent in the kernel: what lies there is beyond the reach of our lanes.
    static let unsentBytes = 64 * 1024
    private static let notSentLowWater = NIOBSDSocket.Option(rawValue: TCP_NOTSENT_LOWAT)

    let settings: TunnelSettings
    let eventLoop: any EventLoop

    /// Returns an upgraded channel whose last handler is `UpgradeHandler`; it does not read yet.
    func dial() async throws(DialError) -> any Channel {
        let tls = try self.tlsContext()
        let upgraded = self.eventLoop.makePromise(of: Void.self)
        let settings = self.settings
        let bootstrap = ClientBootstrap(group: self.eventLoop)
            .connectTimeout(Self.deadline)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.tcpOption(Self.notSentLowWater), value: .init(Self.unsentBytes))
            .channelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(
                    minimum: 4096,
                    initial: 16 * 1024,
                    maximum: 128 * 1024
                )
            )
            .channelOption(.writeBufferWaterMark, value: .init(low: 32 * 1024, high: 96 * 1024))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls, dialling: settings.controller.host)
                        )
                    }
                    try channel.pipeline.syncOperations.addHandler(
                        UpgradeHandler(
                            address: settings.controller,
                            dialect: settings.dialect,
                            userAgent: "lookout/\(settings.agentVersion)",
                            upgraded: upgraded
                        )
                    )
                }
            }
        let connected = self.eventLoop.makePromise(of: (any Channel).self)
        do {
            return try await withTaskCancellationHandler {
                bootstrap.connect(host: settings.controller.host, port: settings.controller.port)
                    .whenComplete { result in
                        connected.completeWith(result)
                        guard case .success(let channel) = result else { return }
                        // Cancelled meanwhile, or no upgrade came: nobody else would close it.
                        connected.futureResult.whenFailure { _ in channel.close(promise: nil) }
                        upgraded.futureResult.whenFailure { _ in channel.close(promise: nil) }
                    }
                return try await self.upgrade(connected.futureResult, upgraded)
            } onCancel: {
                connected.fail(CancellationError())
                upgraded.fail(CancellationError())
            }
        } catch let error as DialError {
            throw error
        } catch let error as NIOSSLError {
            throw .failed(.tls, "\(error)")
        } catch {
            throw .failed(.upgrade, "\(error)")
        }
    }

    private func upgrade(
        _ connected: EventLoopFuture<any Channel>,
        _ upgraded: EventLoopPromise<Void>
    ) async throws -> any Channel {
        let channel: any Channel
        do {
            channel = try await connected.get()
        } catch {
            upgraded.fail(error)
            throw DialError.failed(.connect, ConnectFailure.text(error, host: self.settings.controller.host))
        }
        let timeout = self.eventLoop.scheduleTask(in: Self.deadline) {
            upgraded.fail(DialError.failed(.upgrade, "no answer to the upgrade within \(Self.deadlineSeconds) s"))
        }
        defer { timeout.cancel() }
        try await upgraded.futureResult.get()
        return channel
    }

    private func tlsContext() throws(DialError) -> NIOSSLContext? {
        guard self.settings.controller.usesTLS else { return nil }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let file = self.settings.tls.caCertificateFile { configuration.trustRoots = .file(file) }
        if !self.settings.tls.verifies { configuration.certificateVerification = .none }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw .failed(.tls, "the certificates in CA_CERT could not be loaded: \(error)")
        }
    }
}
