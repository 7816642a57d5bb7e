/// A block of addresses such as `10.0.0.0/8`, or a single one.
package struct IPNetwork: Hashable, Sendable {
    private let base: IPAddress
    /// Of the 128 bits; an IPv4 prefix counts from its mapped form.
    private let prefix: Int

    /// - Returns: `nil` for a text that is neither an address nor a network.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let base = IPAddress(parts[0]) else { return nil }
        guard parts.count == 2 else {
            self.base = base
            self.prefix = 128
            return
        }
        // `::ffff:10.0.0.0/104` is written in IPv6 and counted in IPv6.
        let offset = parts[0].contains(":") ? 0 : 96
        guard let length = Digits.value(parts[1].utf8), length <= 128 - offset else {
            return nil
        }
        self.base = Self.masked(base, prefix: offset + length)
        self.prefix = offset + length
    }

    package func contains(_ address: IPAddress) -> Bool {
        Self.masked(address, prefix: self.prefix) == self.base
    }

    private static func masked(_ address: IPAddress, prefix: Int) -> IPAddress {
        let highMask = prefix >= 64 ? UInt64.max : ~(UInt64.max >> prefix)
        let lowMask = prefix <= 64 ? 0 : (prefix >= 128 ? UInt64.max : ~(UInt64.max >> (prefix - 64)))
        return IPAddress(high: address.high & highMask, low: address.low & lowMask)
    }
}
