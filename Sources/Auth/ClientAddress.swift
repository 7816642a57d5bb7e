package import Base

/// Who sent a request, for the rate limiter and the audit trail.
package struct ClientAddress: Hashable, Sendable {
    package let address: IPAddress
    /// The peer sent `X-Forwarded-For` but is not a trusted proxy. When such a peer is limited, the log says so: all
    /// clients behind an unknown proxy share one counter.
    package let hasIgnoredForwarding: Bool

    package init(_ address: IPAddress, hasIgnoredForwarding: Bool = false) {
        self.address = address
        self.hasIgnoredForwarding = hasIgnoredForwarding
    }

    /// Walks the forwarding headers from the nearest hop outwards and stops at the first address that is not trusted.
    ///
    /// Whatever cannot be read ends the walk, because everything left of it may have been written by the client.
    ///
    /// - Parameters:
    ///   - peer: the other end of the TCP connection.
    ///   - forwardedFor: the values of all `X-Forwarded-For` lines, in order.
    ///   - realIP: the values of all `X-Real-IP` lines.
    package init(peer: IPAddress, forwardedFor: [String], realIP: [String], trusting proxies: TrustedProxies) {
        guard proxies.contains(peer) else {
            self.init(peer, hasIgnoredForwarding: !forwardedFor.isEmpty)
            return
        }
        for hop in forwardedFor.flatMap({ $0.split(separator: ",") }).reversed() {
            guard let address = IPAddress(droppingPortOf: hop.trimmingSpace) else {
                self.init(peer)
                return
            }
            if !proxies.contains(address) {
                self.init(address)
                return
            }
        }
        if realIP.count == 1, let address = IPAddress(realIP[0].trimmingSpace), !proxies.contains(address) {
            self.init(address)
        } else {
            self.init(peer)
        }
    }
}
