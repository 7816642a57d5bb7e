import NIOCore

/// In which order the addresses of one name are dialled.
///
/// IPv6 and IPv4 take turns (RFC 8305 §4), the resolver's first of each family first. Addresses whose last dial came to
/// nothing follow, the one that failed last at the end.
struct AddressOrder: Sendable {
    /// In the order of their failures.
    private(set) var failed: [SocketAddress] = []

    /// A connection to `address` led to no tunnel.
    mutating func fails(_ address: SocketAddress) {
        self.works(address)
        self.failed.append(address)
    }

    mutating func works(_ address: SocketAddress) {
        self.failed.removeAll { $0 == address }
    }

    /// Forgets the failures of addresses that the name no longer has.
    mutating func sort(_ addresses: [SocketAddress]) -> [SocketAddress] {
        self.failed.removeAll { !addresses.contains($0) }
        return Self.alternating(addresses.filter { !self.failed.contains($0) }) + self.failed
    }

    private static func alternating(_ addresses: [SocketAddress]) -> [SocketAddress] {
        var six = addresses.filter { $0.protocol == .inet6 }[...]
        var four = addresses.filter { $0.protocol != .inet6 }[...]
        var sorted: [SocketAddress] = []
        while !six.isEmpty || !four.isEmpty {
            if let next = six.popFirst() { sorted.append(next) }
            if let next = four.popFirst() { sorted.append(next) }
        }
        return sorted
    }
}
