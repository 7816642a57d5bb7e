import Base
import NIOCore
import Synchronization

/// The memory that all clients share which have not shown a valid credential: for unfinished heads and for bodies that must
/// be read before the request can be judged.
///
/// Each address may take a part of it, so that one client does not keep the others out. One body at a time, of a request
/// whose headers name a known key and a fresh nonce, may be larger than such a part: a signature covers up to 64 MiB, and
/// nothing of them can be passed on before the last byte. That place is the agent's, not the key's: key ids are public,
/// and a place for each would multiply the memory by their number.
///
/// Because key ids are public, a client that knows one could keep that place for as long as it sends. It gives way to a
/// client from whose network a signature was accepted before, and the place is free for such a client alone until one has
/// had it.
///
/// Concurrency: any thread.
final class StrangerBudget: Sendable {
    /// Of all addresses together, unless half of `MEMORY_BUDGET` is less.
    static let maximumBytes = 32 << 20
    /// Of one address.
    static let addressBytes = 4 << 20

    private struct State {
        var used = 0
        var byAddress: [ClientNetwork: Int] = [:]
        var largePlace: LargePlace?
        var lastTicket: Ticket = 0
        /// A proven client was refused the large place for the sake of one that was not.
        var isLargePlaceReserved = false
        var proven = ProvenNetworks()
    }

    typealias Ticket = Int

    private struct LargePlace {
        let ticket: Ticket
        /// Whether its signature was accepted, or an earlier one of its network.
        var isProven: Bool
        var hasToGiveWay = false
    }

    let limit: Int
    private let addressLimit: Int
    private let state = Mutex(State())

    /// - Parameter memoryBudget: `MEMORY_BUDGET`, in bytes.
    init(memoryBudget: Int) {
        self.limit = min(Self.maximumBytes, memoryBudget / 2)
        self.addressLimit = min(Self.addressBytes, self.limit)
    }

    /// Bytes that are held now.
    var used: Int { self.state.withLock { $0.used } }

    /// - Parameter network: `nil` where one peer stands for many clients; only the sum is limited.
    /// - Returns: whether there is room; if so, `giveBack` must follow.
    func take(_ bytes: Int, for network: ClientNetwork?) -> Bool {
        self.state.withLock { state in
            guard state.used + bytes <= self.limit else { return false }
            if let network {
                let sum = state.byAddress[network, default: 0] + bytes
                guard sum <= self.addressLimit else { return false }
                state.byAddress[network] = sum
            }
            state.used += bytes
            return true
        }
    }

    func giveBack(_ bytes: Int, of network: ClientNetwork?) {
        self.state.withLock { state in
            state.used -= bytes
            guard let network, let sum = state.byAddress[network] else { return }
            state.byAddress[network] = sum > bytes ? sum - bytes : nil
        }
    }

    // MARK: The large place

    var isLargePlaceTaken: Bool { self.state.withLock { $0.largePlace != nil } }

    /// A signature from this network was accepted.
    func prove(_ network: ClientNetwork) {
        self.state.withLock { $0.proven.insert(network) }
    }

    /// - Returns: `nil` if the one place for a large body is not free; otherwise `giveBackLargePlace` must follow.
    func takeLargePlace(for network: ClientNetwork) -> Ticket? {
        self.state.withLock { state in
            let isProven = state.proven.contains(network)
            if let holder = state.largePlace {
                guard isProven, !holder.isProven else { return nil }
                state.largePlace?.hasToGiveWay = true
                state.isLargePlaceReserved = true
                return nil
            }
            guard isProven || !state.isLargePlaceReserved else { return nil }
            state.isLargePlaceReserved = false
            state.lastTicket += 1
            state.largePlace = LargePlace(ticket: state.lastTicket, isProven: isProven)
            return state.lastTicket
        }
    }

    /// Whether the request that holds the large place has to be refused.
    func hasToGiveWay(_ ticket: Ticket) -> Bool {
        self.state.withLock { $0.largePlace?.ticket == ticket && $0.largePlace?.hasToGiveWay == true }
    }

    /// The signature over the large body was accepted.
    func keepLargePlace(_ ticket: Ticket) {
        self.state.withLock { state in
            guard state.largePlace?.ticket == ticket else { return }
            state.largePlace = LargePlace(ticket: ticket, isProven: true)
        }
    }

    func giveBackLargePlace(_ ticket: Ticket) {
        self.state.withLock { if $0.largePlace?.ticket == ticket { $0.largePlace = nil } }
    }
}

/// The networks from which a signature was accepted since the start, the latest `maximumCount` of them.
struct ProvenNetworks {
    /// Some 100 KiB.
    static let maximumCount = 1024

    private var networks: Set<ClientNetwork> = []
    /// In the order in which they came.
    private var order = CircularBuffer<ClientNetwork>()

    func contains(_ network: ClientNetwork) -> Bool { self.networks.contains(network) }

    mutating func insert(_ network: ClientNetwork) {
        guard self.networks.insert(network).inserted else { return }
        self.order.append(network)
        if self.order.count > Self.maximumCount { self.networks.remove(self.order.removeFirst()) }
    }
}

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
