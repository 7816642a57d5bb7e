/// The proxies whose forwarding headers are believed: what `TRUSTED_PROXIES` says.
package struct TrustedProxies: Sendable {
    private struct Network {
        let base: IPAddress
        /// Of the 128 bits; an IPv4 prefix counts from its mapped form.
        let prefix: Int

        func contains(_ address: IPAddress) -> Bool {
            Self.masked(address, prefix: self.prefix) == self.base
        }

        static func masked(_ address: IPAddress, prefix: Int) -> IPAddress {
            let highMask = prefix >= 64 ? UInt64.max : ~(UInt64.max >> prefix)
            let lowMask = prefix <= 64 ? 0 : (prefix >= 128 ? UInt64.max : ~(UInt64.max >> (prefix - 64)))
            return IPAddress(high: address.high & highMask, low: address.low & lowMask)
        }
    }

    private let networks: [Network]

    package static let none = TrustedProxies(networks: [])

    private init(networks: [Network]) {
        self.networks = networks
    }

    /// - Parameter list: networks such as `10.0.0.0/8` or single addresses, separated by commas; blanks are skipped.
    /// - Throws: `.badProxy` naming the first entry that is neither.
    package init(parsing list: String) throws(SettingError) {
        var networks: [Network] = []
        for entry in list.split(separator: ",").map({ $0.trimmingSpace }) where !entry.isEmpty {
            guard let network = Self.network(entry) else {
                throw SettingError(
                    .badProxy,
                    "TRUSTED_PROXIES",
                    "`\(entry.printable)` is neither an address nor a network"
                )
            }
            networks.append(network)
        }
        self.networks = networks
    }

    package func contains(_ address: IPAddress) -> Bool {
        self.networks.contains { $0.contains(address) }
    }

    private static func network(_ entry: Substring) -> Network? {
        let parts = entry.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let base = IPAddress(parts[0]) else { return nil }
        guard parts.count == 2 else { return Network(base: base, prefix: 128) }
        // `::ffff:10.0.0.0/104` is written in IPv6 and counted in IPv6.
        let offset = parts[0].contains(":") ? 0 : 96
        guard parts[1].allSatisfy(\.isASCIIDigit), let length = Int(parts[1]), length <= 128 - offset else {
            return nil
        }
        return Network(base: Network.masked(base, prefix: offset + length), prefix: offset + length)
    }
}
