import Auth
import DockerBridge
import Glibc
import NIOCore
import NIOPosix
import NIOSSL

/// Opens a connection to a controller's origin, hop by hop: name, TCP, proxy, TLS. Nothing is retried here.
struct OriginDialer: Sendable {
    /// A name server that is not heard in this time is asked again at the next dial.
    static let resolveLimit = TimeAmount.seconds(5)
    /// TCP, proxy, TLS and upgrade together, from the contract.
    static let limit = TimeAmount.seconds(10)
    /// Bytes that may wait unsent in the kernel: what lies there is beyond the reach of our lanes.
    static let unsentBytes = 64 * 1024
    private static let notSentLowWater = NIOBSDSocket.Option(rawValue: TCP_NOTSENT_LOWAT)

    let settings: DialSettings
    let resolver: HostResolver
    let userAgent: String

    struct Connection {
        let channel: any Channel
        /// `nil` without TLS.
        let certificate: PeerCertificate?
        /// When the upgrade has to be done.
        let deadline: NIODeadline
        /// Set when the name could not be resolved and the last good address was dialled.
        let fallback: String?
    }

    func open(_ address: ControllerAddress, _ hops: inout Hops) async throws(DialError) -> Connection {
        // Read before anything is dialled: what is wrong with the files is no fault of the way.
        let tls =
            address.usesTLS
            ? try TLSContext.make(self.settings.tls, namedByAddress: IPAddress(address.host) != nil) : nil
        let proxy = self.settings.proxies.proxy(for: address)
        let (host, port) = proxy.map { ($0.host, $0.port) } ?? (address.host, address.port)
        let (addresses, fallback) = try await self.resolve(host, port, &hops)
        let deadline = NIODeadline.now() + Self.limit
        let channel = try await self.connect(addresses, host, port, deadline, &hops)
        do throws(DialError) {
            if let proxy { try await self.pass(proxy, to: address, channel, deadline, &hops) }
            var certificate: PeerCertificate?
            if let tls { certificate = try await self.secure(tls, address.host, channel, deadline, &hops) }
            if let remote = channel.remoteAddress { self.resolver.remember(remote, for: host, port: port) }
            return Connection(channel: channel, certificate: certificate, deadline: deadline, fallback: fallback)
        } catch {
            channel.close(promise: nil)
            throw error
        }
    }

    // MARK: The hops

    private func resolve(
        _ host: String,
        _ port: Int,
        _ hops: inout Hops
    ) async throws(DialError) -> (addresses: [SocketAddress], fallback: String?) {
        do throws(DialError) {
            let addresses = try await hops.take(
                .dns,
                within: Self.resolveLimit,
                explain: {
                    let reason = ($0 as? HostResolver.Failure)?.reason ?? "\($0)"
                    return .failed(.dns, "the name \(host) cannot be resolved: \(reason)")
                },
                self.resolver.resolve(host, port: port, on: hops.eventLoop)
            )
            return (addresses, nil)
        } catch {
            guard !Task.isCancelled, let last = self.resolver.fallback(for: host, port: port) else { throw error }
            return ([last], "\(error.end)")
        }
    }

    private func connect(
        _ addresses: [SocketAddress],
        _ host: String,
        _ port: Int,
        _ deadline: NIODeadline,
        _ hops: inout Hops
    ) async throws(DialError) -> any Channel {
        let limit = Self.limit
        let bootstrap = ClientBootstrap(group: hops.eventLoop)
            .resolver(KnownAddresses(addresses, on: hops.eventLoop))
            .connectTimeout(limit)
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
        return try await hops.take(
            .tcp,
            within: deadline - .now(),
            late: { $0.close(promise: nil) },
            explain: { .failed(.tcp, ConnectFailure.text($0, host: host)) },
            bootstrap.connect(host: host, port: port)
        )
    }

    private func pass(
        _ proxy: Proxy,
        to address: ControllerAddress,
        _ channel: any Channel,
        _ deadline: NIODeadline,
        _ hops: inout Hops
    ) async throws(DialError) {
        let explain = { (error: any Error) in DialError.failed(.proxy, "the proxy \(proxy): \(error)") }
        switch proxy.kind {
        case .http:
            let request = ConnectRequest(target: address, proxy: proxy, userAgent: self.userAgent)
            let answer = Self.exchange(request.bytes, on: channel, until: deadline)
            let head = try await hops.take(
                .proxy,
                within: Self.limit,
                explain: { ($0 as? HeadExchange.Failure).map { request.failure($0) } ?? explain($0) },
                answer
            )
            if let refusal = request.refusal(head) { throw refusal }
            try? await channel.pipeline.removeHandler(name: Self.exchangeName).get()
        case .socks5:
            let handshake = SOCKSHandshake(host: address.host, port: address.port, credentials: proxy.credentials)
            let connected = channel.eventLoop.makePromise(of: Void.self)
            channel.eventLoop.execute {
                let handler = SOCKSHandler(handshake, proxy: proxy, connected: connected)
                Self.add(handler, to: channel, orFail: connected)
            }
            try await hops.take(.proxy, within: deadline - .now(), explain: explain, connected.futureResult)
        }
    }

    private func secure(
        _ context: NIOSSLContext,
        _ host: String,
        _ channel: any Channel,
        _ deadline: NIODeadline,
        _ hops: inout Hops
    ) async throws(DialError) -> PeerCertificate? {
        let done = channel.eventLoop.makePromise(of: PeerCertificate?.self)
        let settings = self.settings.tls
        channel.eventLoop.execute {
            do {
                let pipeline = channel.pipeline.syncOperations
                try pipeline.addHandler(NIOSSLClientHandler(context: context, dialling: host))
                try pipeline.addHandler(TLSHandshake(host: host, settings: settings, done: done))
            } catch {
                done.fail(error)
            }
        }
        return try await hops.take(
            .tls,
            within: deadline - .now(),
            explain: { .failed(.tls, TLSFault.text($0, certificate: nil, host: host, now: .now)) },
            done.futureResult
        )
    }

    // MARK: Request heads

    private static let exchangeName = "head-exchange"

    /// Sends a request head and waits for the head of its answer.
    static func exchange(
        _ request: ByteBuffer,
        on channel: any Channel,
        until deadline: NIODeadline
    ) -> EventLoopFuture<ResponseHead> {
        let answered = channel.eventLoop.makePromise(of: ResponseHead.self)
        channel.eventLoop.execute {
            let handler = HeadExchange(request: request, limit: deadline - .now(), answered: answered)
            Self.add(handler, to: channel, orFail: answered)
        }
        return answered.futureResult
    }

    private static func add<Value>(
        _ handler: some ChannelHandler & RemovableChannelHandler,
        to channel: any Channel,
        orFail promise: EventLoopPromise<Value>
    ) {
        do {
            try channel.pipeline.syncOperations.addHandler(handler, name: Self.exchangeName)
        } catch {
            promise.fail(error)
        }
    }
}
