import Base

/// What counts as one client: an IPv4 address, or an IPv6 network of 64 bits, which is what one customer gets.
struct ClientNetwork: Hashable, Sendable {
    private let network: IPNetwork

    init(_ address: IPAddress) {
        guard let network = IPNetwork(address.isIPv4 ? "\(address)" : "\(address)/64") else {
            preconditionFailure("an address is a network")
        }
        self.network = network
    }
}

/// Who is at the other end of a connection.
enum Peer: Equatable {
    /// A Unix socket: a process on this host, which the file's mode let in.
    case local
    case address(IPAddress)

    /// What stands in the log and counts for the limits; 127.0.0.1 for a Unix socket.
    var address: IPAddress {
        switch self {
        case .local: Self.thisHost
        case .address(let address): address
        }
    }

    private static let thisHost = IPAddress("127.0.0.1")!
}
