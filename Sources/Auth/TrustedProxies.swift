package import Base

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
