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

/// The proxies whose forwarding headers are believed: what `TRUSTED_PROXIES` says.
package struct TrustedProxies: Sendable {
    private let networks: [IPNetwork]

    package static let none = TrustedProxies(networks: [])

    private init(networks: [IPNetwork]) {
        self.networks = networks
    }

    /// - Parameter list: networks such as `10.0.0.0/8` or single addresses, separated by commas; blanks are skipped.
    /// - Throws: `.badProxy` naming the first entry that is neither.
    package init(parsing list: String) throws(SettingError) {
        var networks: [IPNetwork] = []
        for entry in list.split(separator: ",").map({ $0.trimmingSpace }) where !entry.isEmpty {
            guard let network = IPNetwork(entry) else {
                throw SettingError(
                    .badProxy,
                    "TRUSTED_PROXIES",
                    "`\(entry.printable(limit: 80))` is neither an address nor a network"
                )
            }
            networks.append(network)
        }
        self.networks = networks
    }

    package func contains(_ address: IPAddress) -> Bool {
        self.networks.contains { $0.contains(address) }
    }
}
