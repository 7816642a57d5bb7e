package import Auth
import Base
import DockerBridge
import NIOCore
package import Trail

/// Who is asking, and whether they may: puts the rules of `Auth` in front of the routes.
package struct AuthGate: Sendable {
    let authenticator: Authenticator
    private let proxies: TrustedProxies
    let browsers: BrowserGuard
    let trail: AuditTrail?

    package init(
        authenticator: Authenticator,
        proxies: TrustedProxies,
        browsers: BrowserGuard,
        trail: AuditTrail?
    ) {
        self.authenticator = authenticator
        self.proxies = proxies
        self.browsers = browsers
        self.trail = trail
    }

    /// Who connected at `listening`. `nil` when that is not known, which is no reason to take it for this host: limits, the
    /// trail and what only loopback may do go by it.
    static func peer(of address: SocketAddress?, at listening: BindAddress) -> Peer? {
        switch listening {
        case .unix: .local
        case .tcp: address?.ipAddress.flatMap { IPAddress($0) }.map { .address($0) }
        }
    }

    func isProxy(_ peer: Peer) -> Bool {
        switch peer {
        case .local: false
        case .address(let address): self.proxies.contains(address)
        }
    }

    func client(_ head: RequestHead, peer: IPAddress) -> ClientAddress {
        ClientAddress(peer: peer, forwardedFor: head.forwardedFor, realIP: head.realIP, trusting: self.proxies)
    }

    /// Whether a proxy that we trust says that the request came to it over TLS.
    func wasEncrypted(_ head: RequestHead, peer: IPAddress) -> Bool {
        self.proxies.contains(peer)
            && head.headers.contains {
                $0.name.lowercased() == "x-forwarded-proto" && $0.value.lowercased() == "https"
            }
    }

    /// - Parameter connection: the number of the connection on which it came; a wrong credential that one connection repeats counts as one failure.
    func authenticate(
        _ head: RequestHead,
        from client: ClientAddress,
        on connection: UInt64? = nil,
        at now: Moment
    ) -> Authenticator.HeadVerdict {
        let request = AccessRequest(
            method: head.method,
            target: head.target,
            client: client,
            connection: connection,
            fields: head.credentials
        )
        return self.authenticator.authenticate(request, at: now)
    }
}
