import Base
import DockerBridge
import NIOCore
import NIOSSL
import NIOTLS

/// Waits for the TLS handshake of its channel, checks what the TLS library does not, and leaves.
///
/// Nothing of ours has been sent before it is done. Concurrency: one event loop; `done` carries the result off it.
final class TLSHandshake: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let handler: NIOSSLClientHandler
    private let peer: TLSPeer
    private let done: EventLoopPromise<PeerCertificate?>

    /// Puts TLS at the end of the channel's pipeline.
    ///
    /// - Returns: the certificate that the peer showed, when it may be trusted.
    static func start(
        _ context: NIOSSLContext,
        peer: TLSPeer,
        on channel: any Channel
    ) -> EventLoopFuture<PeerCertificate?> {
        let done = channel.eventLoop.makePromise(of: PeerCertificate?.self)
        channel.eventLoop.execute {
            do {
                let pipeline = channel.pipeline.syncOperations
                let handler = try NIOSSLClientHandler(context: context, dialling: peer.host)
                let handshake = TLSHandshake(handler, peer: peer, done: done)
                try pipeline.addHandler(handler)
                try pipeline.addHandler(handshake)
            } catch {
                done.fail(error)
            }
        }
        return done.futureResult
    }

    /// - Parameter handler: the one before it. A channel through a proxy may have two.
    private init(_ handler: NIOSSLClientHandler, peer: TLSPeer, done: EventLoopPromise<PeerCertificate?>) {
        self.handler = handler
        self.peer = peer
        self.done = done
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { self.finish(context) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.fail(TLSFault.text(error, certificate: self.certificate, of: self.peer, now: .now))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.fail(TLSFault.hangUp(self.peer.role))
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        // The channel may have closed before this was added, and then says nothing any more.
        self.fail("the connection was gone before the TLS handshake")
    }

    private func finish(_ context: ChannelHandlerContext) {
        let certificate = self.certificate
        if let objection = self.peer.objection(to: certificate) {
            self.fail(objection)
            context.close(promise: nil)
            return
        }
        self.done.succeed(certificate)
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }

    private func fail(_ what: String) {
        switch self.peer.role {
        case .controller: self.done.fail(DialError.failed(.tls, what))
        case .proxy(let proxy): self.done.fail(DialError.failed(.proxy, "TLS to the proxy \(proxy): \(what)"))
        }
    }

    private var certificate: PeerCertificate? {
        self.handler.peerCertificate.flatMap { PeerCertificate($0) }
    }
}

/// The peer that a TLS connection has to lead to.
struct TLSPeer: Sendable {
    enum Role: Sendable {
        case controller
        case proxy(Proxy)
    }

    let role: Role
    /// The name or address that was dialled.
    let host: String
    let verifies: Bool
    let pins: [CertificatePin]

    /// Compared here and not by the TLS library, which would compare the address at the other end of the connection:
    /// behind a proxy that is the proxy's.
    var address: IPAddress? { self.verifies ? IPAddress(self.host) : nil }

    /// Whether the name is compared here, because the TLS library cannot.
    var comparesName: Bool { self.verifies && self.address == nil && HostNameMatch.isLeftToUs(self.host) }

    /// What is left to check when the TLS library is content.
    ///
    /// - Parameter certificate: `nil` when it could not be read, which does not skip a check.
    /// - Returns: `nil` when there is nothing against it.
    func objection(to certificate: PeerCertificate?) -> String? {
        guard let certificate else {
            return self.verifies || !self.pins.isEmpty
                ? "\(TLSFault.name(self.role))'s certificate cannot be read" : nil
        }
        if let address, !certificate.addresses.contains(address) {
            return TLSFault.wrongName(certificate, of: self)
        }
        if self.comparesName, !certificate.names.contains(where: { HostNameMatch.matches(self.host, $0) }) {
            return TLSFault.wrongName(certificate, of: self)
        }
        if self.verifies, let weakness = certificate.weakness {
            return TLSFault.weak(certificate, weakness, of: self)
        }
        if !self.pins.isEmpty, !self.pins.contains(certificate.pin) {
            return TLSFault.wrongPin(certificate)
        }
        return nil
    }
}
