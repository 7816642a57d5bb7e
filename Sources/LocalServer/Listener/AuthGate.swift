package import Auth
import DockerBridge
import NIOCore

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

    /// What stands for the peer of a Unix socket, which has no address: it is on this host.
    static let thisHost = IPAddress("127.0.0.1")!

    static func peer(of address: SocketAddress?) -> IPAddress {
        address?.ipAddress.flatMap { IPAddress($0) } ?? Self.thisHost
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

    func admit(_ head: RequestHead, from client: ClientAddress, at now: Moment) -> Authenticator.Admission {
        let request = AccessRequest(
            method: head.method,
            target: head.target,
            client: client,
            fields: head.credentials
        )
        return self.authenticator.admit(request, at: now)
    }
}
