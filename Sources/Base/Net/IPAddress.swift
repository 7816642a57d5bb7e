import Glibc

/// An IPv4 or IPv6 address, compared by value: `::ffff:10.0.0.1` is `10.0.0.1`, and all spellings are one.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// The 128 bits; an IPv4 address as its mapped form.
    package let high: UInt64
    package let low: UInt64

    private static let mappedPrefix: UInt64 = 0xffff_0000_0000

    private init(bytes: [16 of UInt8]) {
        self.high = (0..<8).reduce(0) { $0 << 8 | UInt64(bytes[$1]) }
        self.low = (8..<16).reduce(0) { $0 << 8 | UInt64(bytes[$1]) }
    }

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads the usual spellings without a port; a zone such as `%eth0` is dropped. `nil` for anything else.
    package init?(_ text: some StringProtocol) {
        // The longest spelling has 45 characters and a zone a few more.
        guard text.utf8.count <= 64 else { return nil }
        var address = String(text)
        if let zone = address.firstIndex(of: "%") {
            guard address.contains(":") else { return nil }
            address.removeSubrange(zone...)
        }
        guard !address.utf8.contains(0) else { return nil }
        var v4 = in_addr()
        var v6 = in6_addr()
        if inet_pton(AF_INET, address, &v4) == 1 {
            self.init(high: 0, low: Self.mappedPrefix | UInt64(UInt32(bigEndian: v4.s_addr)))
        } else if inet_pton(AF_INET6, address, &v6) == 1 {
            let bytes = withUnsafeBytes(of: &v6) { source in [16 of UInt8] { source[$0] } }
            self.init(bytes: bytes)
        } else {
            return nil
        }
    }

    /// Reads the four or sixteen bytes of an address as packets and certificates hold it; `nil` for any other number.
    package init?(networkBytes bytes: [UInt8]) {
        switch bytes.count {
        case 4: self.init(high: 0, low: bytes.reduce(Self.mappedPrefix >> 32) { $0 << 8 | UInt64($1) })
        case 16: self.init(bytes: [16 of UInt8] { bytes[$0] })
        default: return nil
        }
    }

    /// As `init(_:)`, and also `ip:port` and `[v6]:port`, as some proxies write.
    package init?(droppingPortOf text: some StringProtocol) {
        if let address = IPAddress(text) {
            self = address
            return
        }
        guard let colon = text.lastIndex(of: ":"), UInt16(text[text.index(after: colon)...]) != nil else {
            guard text.first == "[", text.last == "]" else { return nil }
            self.init(text.dropFirst().dropLast())
            return
        }
        let host = text[..<colon]
        if host.first == "[" && host.last == "]" {
            self.init(host.dropFirst().dropLast())
        } else if host.contains(":") {
            return nil
        } else {
            self.init(host)
        }
    }

    package var isIPv4: Bool { self.high == 0 && self.low >> 32 == 0xffff }

    /// The IPv4 address behind this one if a transition mechanism made it: 6to4 (2002::/16, RFC 3056), Teredo (2001::/32,
    /// RFC 4380, where its bits are inverted) or NAT64 (64:ff9b::/96, RFC 6052).
    package var embeddedIPv4: IPAddress? {
        let address: UInt64
        if self.high >> 48 == 0x2002 {
            address = self.high >> 16 & 0xffff_ffff
        } else if self.high >> 32 == 0x2001_0000 {
            address = ~self.low & 0xffff_ffff
        } else if self.high == 0x0064_ff9b_0000_0000, self.low >> 32 == 0 {
            address = self.low
        } else {
            return nil
        }
        return IPAddress(high: 0, low: Self.mappedPrefix | address)
    }

    package var isLoopback: Bool {
        self.isIPv4 ? self.low >> 24 & 0xff == 127 : self.high == 0 && self.low == 1
    }

    /// The canonical spelling.
    package var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        if self.isIPv4 {
            var address = in_addr(s_addr: UInt32(truncatingIfNeeded: self.low).bigEndian)
            _ = inet_ntop(AF_INET, &address, &text, socklen_t(text.count))
        } else {
            var halves = (self.high.bigEndian, self.low.bigEndian)
            _ = inet_ntop(AF_INET6, &halves, &text, socklen_t(text.count))
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

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
