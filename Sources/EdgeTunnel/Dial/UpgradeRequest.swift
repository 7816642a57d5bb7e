import Auth
import Base
import DockerBridge
import Drydock
import HTTPWire
import NIOCore

/// The request to speak WebSocket, and what its answer means.
///
/// No subprotocol and no extension is offered: a Drydock answers 400 to the subprotocol that its own guide names.
struct UpgradeRequest {
    private let target: DialTarget
    private let userAgent: String
    private let key: HandshakeKey

    init(_ target: DialTarget, userAgent: String, key: HandshakeKey = .random()) {
        self.target = target
        self.userAgent = userAgent
        self.key = key
    }

    var bytes: ByteBuffer {
        var head = ByteBuffer()
        head.writeRequestLine("GET", self.target.address.path(for: self.target.dialect))
        head.writeField("Host", self.target.address.hostHeader)
        head.writeField("User-Agent", self.userAgent)
        head.writeUpgrade("websocket")
        head.writeField("Sec-WebSocket-Version", "13")
        head.writeField("Sec-WebSocket-Key", self.key.text)
        head.endHead()
        return head
    }

    /// - Parameter now: Unix seconds, for a `Retry-After` that is a date.
    /// - Returns: `nil` when the controller agreed.
    func refusal(_ head: ResponseHead, now: Int64) -> DialError? {
        guard head.status == 101 else {
            return .refused(
                status: head.status,
                retryAfter: head.fields.first("retry-after").flatMap { Self.retryAfter($0, now: now) },
                advice: RefusalAdvice.text(head)
            )
        }
        guard head.fields.first("sec-websocket-accept") == self.key.accept else {
            return .failed(.upgrade, "the answer's Sec-WebSocket-Accept does not fit; a proxy may have replied instead")
        }
        return nil
    }

    /// - Parameter showsCertificate: whether a client certificate was there to be shown. With TLS 1.3 a server refuses
    ///   it, or misses it, only after its own part of the handshake; the alert that says so may be lost when it hangs up.
    func failure(_ failure: HeadExchange.Failure, showsCertificate: Bool) -> DialError {
        switch failure {
        case .silent: return .silentUpgrade
        case .slow: return .failed(.upgrade, "the answer to the upgrade began and did not end in time")
        case .notHTTP: return .failed(.upgrade, "the answer is not HTTP/1.1")
        case .onlyInterim:
            return .failed(.upgrade, "the upgrade got interim answers (1xx) only; something in between repeats them")
        case .closed:
            let hint =
                !self.target.address.usesTLS
                ? "; if that port speaks TLS, use https"
                : showsCertificate ? "" : "; if it wants a client certificate, set CLIENT_CERT and CLIENT_KEY"
            return .failed(.upgrade, "the controller closed the connection without an answer\(hint)")
        case .broken(let error):
            let peer = TLSPeer(role: .controller, host: self.target.address.host, verifies: true, pins: [])
            return .failed(
                .upgrade,
                self.target.address.usesTLS
                    ? TLSFault.text(error, certificate: nil, of: peer, now: .now, isLater: true)
                    : ConnectFailure.broken(error, "the controller")
            )
        }
    }

    /// Seconds or a date; a past one counts as now.
    private static func retryAfter(_ text: String, now: Int64) -> Duration? {
        if let seconds = Int64(text) { return seconds < 0 ? nil : .seconds(seconds) }
        return HTTPDate.seconds(text).map { .seconds(max(0, $0 - now)) }
    }
}
