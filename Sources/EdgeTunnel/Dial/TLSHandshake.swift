import Auth
import NIOCore
import NIOSSL
import NIOTLS

/// Waits for the TLS handshake of its channel, checks the pin, and leaves.
///
/// Nothing of ours has been sent before it is done. Concurrency: one event loop; `done` carries the result off it.
final class TLSHandshake: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let host: String
    /// Set when the certificate has to be for this address and the library did not look.
    private let address: IPAddress?
    private let pins: [CertificatePin]
    private let done: EventLoopPromise<PeerCertificate?>

    init(host: String, settings: DialSettings.TLS, done: EventLoopPromise<PeerCertificate?>) {
        self.host = host
        self.address = settings.verifies ? IPAddress(host) : nil
        self.pins = settings.pins
        self.done = done
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { self.finish(context) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let fault = TLSFault.text(error, certificate: Self.certificate(context), host: self.host, now: .now)
        self.done.fail(DialError.failed(.tls, fault))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.done.fail(DialError.failed(.tls, "the server closed the connection during the TLS handshake"))
        context.fireChannelInactive()
    }

    private func finish(_ context: ChannelHandlerContext) {
        let certificate = Self.certificate(context)
        if let fault = self.fault(certificate) {
            self.done.fail(DialError.failed(.tls, fault))
            context.close(promise: nil)
            return
        }
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
        self.done.succeed(certificate)
    }

    private func fault(_ certificate: PeerCertificate?) -> String? {
        guard let certificate else {
            return self.address == nil && self.pins.isEmpty ? nil : "the server's certificate cannot be read"
        }
        if let address, !certificate.names.contains(where: { IPAddress($0) == address }) {
            return TLSFault.wrongName(certificate, host: self.host)
        }
        guard self.pins.isEmpty || self.pins.contains(certificate.pin) else { return TLSFault.wrongPin(certificate) }
        return nil
    }

    private static func certificate(_ context: ChannelHandlerContext) -> PeerCertificate? {
        let certificate = try? context.pipeline.syncOperations.nioSSL_peerCertificate()
        return certificate.flatMap { PeerCertificate($0) }
    }
}
