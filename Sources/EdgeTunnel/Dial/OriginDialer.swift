import Base
import DockerBridge
import Drydock
import Glibc
import NIOCore
import NIOPosix
import NIOSSL

/// Opens a connection to a controller's origin, hop by hop: name, TCP, proxy, TLS. Nothing is retried here.
struct OriginDialer: Sendable {
    /// Bytes that may wait unsent in the kernel: what lies there is beyond the reach of our lanes. On a link of 16 MiB/s
    /// a key press beside a full log takes 10 ms with this much, 18 ms with twice as much.
    static let unsentBytes = 32 * 1024
    /// Bytes that may wait in the channel: one frame, and the next is asked for when half of it has gone.
    static let channelBytes = ChannelOptions.Types.WriteBufferWaterMark(low: 16 * 1024, high: 32 * 1024)
    static let notSentLowWater = NIOBSDSocket.Option(rawValue: TCP_NOTSENT_LOWAT)

    let settings: DialSettings
    let resolver: HostResolver
    let userAgent: String

    struct Connection {
        let channel: any Channel
        let way: HostResolver.Way
        /// Where the first hop ended, also when the channel has closed meanwhile.
        let remote: SocketAddress?
        /// `nil` without TLS.
        let certificate: PeerCertificate?
        /// When the upgrade has to be done.
        let deadline: NIODeadline
        let backstop: TimeAmount
        /// Set when the name could not be resolved and the last good address was dialled.
        let fallback: String?
    }

    /// - Parameter dialect: `nil` for a request that does not depend on it.
    func open(
        _ address: ControllerAddress,
        for dialect: Dialect? = nil,
        _ timings: inout DialTimings
    ) async throws(DialError) -> Connection {
        // Read before anything is dialled: what is wrong with the files is no fault of the way.
        let route = try Route(to: address, for: dialect, settings: self.settings)
        let limits = self.settings.limits()
        let (addresses, fallback) = try await self.resolve(route, within: limits.resolve, &timings)
        do throws(DialError) {
            let start = NIODeadline.now()
            let (channel, remote) = try await self.connect(addresses, route, limits, &timings)
            let shares = Shares(limits, since: start)
            let certificate: PeerCertificate?
            do throws(DialError) {
                certificate = try await self.finish(channel, route, shares, &timings)
            } catch {
                self.fails(remote, route.way)
                throw error
            }
            if let remote { self.resolver.remember(remote, for: route.way.host, port: route.way.port) }
            return Connection(
                channel: channel,
                way: route.way,
                remote: remote,
                certificate: certificate,
                deadline: start + limits.whole,
                backstop: limits.backstop,
                fallback: fallback
            )
        } catch {
            guard let fallback, case .failed(let phase, let what) = error else { throw error }
            throw .failed(phase, "\(what) (the last good address was dialled, since \(fallback))")
        }
    }

    /// Where the first connection goes, and what is spoken on it.
    private struct Route {
        let address: ControllerAddress
        let proxy: Proxy?
        let way: HostResolver.Way
        let proxyTLS: TLSLeg?
        let tls: TLSLeg?

        init(to address: ControllerAddress, for dialect: Dialect?, settings: DialSettings) throws(DialError) {
            self.address = address
            let proxy = settings.proxies.proxy(for: address)
            self.proxy = proxy
            let (host, port) = proxy.map { ($0.dialledHost, $0.port) } ?? (address.dialledHost, address.port)
            self.way = HostResolver.Way(host: host, port: port, controller: address, dialect: dialect)
            if let proxy, proxy.kind == .https {
                self.proxyTLS = try TLSLeg(.proxy(proxy), host: proxy.host, pins: [], settings.tls)
            } else {
                self.proxyTLS = nil
            }
            self.tls =
                address.usesTLS
                ? try TLSLeg(.controller, host: address.host, pins: settings.tls.pins, settings.tls) : nil
        }
    }

    private struct TLSLeg {
        let peer: TLSPeer
        let context: NIOSSLContext

        init(
            _ role: TLSPeer.Role,
            host: String,
            pins: [CertificatePin],
            _ settings: DialSettings.TLS
        ) throws(DialError) {
            self.peer = TLSPeer(role: role, host: host, verifies: settings.verifies, pins: pins)
            self.context = try TLSContext.make(settings, for: self.peer)
        }
    }

    /// What is left for the hops behind the first.
    private struct Shares {
        let backstop: TimeAmount
        private let hop: TimeAmount
        private let deadline: NIODeadline

        init(_ limits: DialLimits, since start: NIODeadline) {
            (self.backstop, self.hop, self.deadline) = (limits.backstop, limits.hop, start + limits.open)
        }

        var next: TimeAmount { min(self.hop, self.deadline - .now()) }
    }

    // MARK: The hops

    private func resolve(
        _ route: Route,
        within limit: TimeAmount,
        _ timings: inout DialTimings
    ) async throws(DialError) -> (addresses: [SocketAddress], fallback: String?) {
        let (host, port) = (route.way.host, route.way.port)
        do throws(DialError) {
            let addresses = try await timings.take(
                .dns,
                within: limit,
                explain: {
                    let reason = ($0 as? HostResolver.Failure)?.reason ?? "the process is about to end"
                    let whose = route.proxy == nil ? "the name" : "the proxy's name"
                    return .failed(.dns, "\(whose) \(host) cannot be resolved: \(reason)")
                },
                self.resolver.resolve(route.way, on: timings.eventLoop)
            )
            return (addresses, nil)
        } catch {
            guard !Task.isCancelled, let last = self.resolver.fallback(for: host, port: port) else { throw error }
            return ([last], "\(error.end)")
        }
    }

    private func connect(
        _ addresses: [SocketAddress],
        _ route: Route,
        _ limits: DialLimits,
        _ timings: inout DialTimings
    ) async throws(DialError) -> (any Channel, SocketAddress?) {
        let bootstrap = ClientBootstrap(group: timings.eventLoop)
            .resolver(KnownAddresses(addresses, on: timings.eventLoop))
            // The hop's own limit comes first.
            .connectTimeout(limits.backstop)
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
            .channelOption(.writeBufferWaterMark, value: Self.channelBytes)
        return try await timings.take(
            .tcp,
            within: limits.hop,
            late: { $0.0.close(promise: nil) },
            explain: { .failed(.tcp, ConnectFailure.text($0, host: route.way.host, isProxy: route.proxy != nil)) },
            bootstrap.connect(host: route.way.host, port: route.way.port).map { ($0, $0.remoteAddress) }
        )
    }

    /// From the bare connection to one that ends at the controller; closes it when that fails.
    private func finish(
        _ channel: any Channel,
        _ route: Route,
        _ shares: Shares,
        _ timings: inout DialTimings
    ) async throws(DialError) -> PeerCertificate? {
        do throws(DialError) {
            if let leg = route.proxyTLS { _ = try await Self.secure(leg, .proxy, channel, shares, &timings) }
            if let proxy = route.proxy { try await self.pass(proxy, to: route.address, channel, shares, &timings) }
            var certificate: PeerCertificate?
            if let leg = route.tls { certificate = try await Self.secure(leg, .tls, channel, shares, &timings) }
            return certificate
        } catch {
            channel.close(promise: nil)
            throw error
        }
    }

    /// Notes that the connection was taken further and led to no tunnel.
    func fails(_ connection: Connection) {
        self.fails(connection.remote, connection.way)
    }

    /// Notes that the connection led to a tunnel.
    func works(_ connection: Connection) {
        if let remote = connection.remote { self.resolver.works(remote, on: connection.way) }
    }

    private func fails(_ remote: SocketAddress?, _ way: HostResolver.Way) {
        // A dial that was given up says nothing about the address.
        if let remote, !Task.isCancelled { self.resolver.fails(remote, on: way) }
    }

    private func pass(
        _ proxy: Proxy,
        to address: ControllerAddress,
        _ channel: any Channel,
        _ shares: Shares,
        _ timings: inout DialTimings
    ) async throws(DialError) {
        let limit = shares.next
        let explain = { (error: any Error) in
            DialError.failed(.proxy, ConnectFailure.broken(error, "the proxy \(proxy)"))
        }
        switch proxy.kind {
        case .http, .https:
            let request = ConnectRequest(target: address, proxy: proxy, userAgent: self.userAgent)
            let answer = HeadExchange.start(request.bytes, on: channel, until: .now() + limit)
            let head = try await timings.take(
                .proxy,
                within: shares.backstop,
                explain: { ($0 as? HeadExchange.Failure).map { request.failure($0) } ?? explain($0) },
                answer
            )
            if let refusal = request.refusal(head) { throw refusal }
            try? await HeadExchange.leave(channel).get()
        case .socks5:
            let handshake = SOCKSHandshake(host: address.host, port: address.port, credentials: proxy.credentials)
            let connected = SOCKSHandler.start(handshake, proxy: proxy, on: channel)
            try await timings.take(.proxy, within: limit, explain: explain, connected)
        }
    }

    private static func secure(
        _ leg: TLSLeg,
        _ phase: DialPhase,
        _ channel: any Channel,
        _ shares: Shares,
        _ timings: inout DialTimings
    ) async throws(DialError) -> PeerCertificate? {
        try await timings.take(
            phase,
            within: shares.next,
            explain: { .failed(phase, TLSFault.text($0, certificate: nil, of: leg.peer, now: .now)) },
            TLSHandshake.start(leg.context, peer: leg.peer, on: channel)
        )
    }

}
