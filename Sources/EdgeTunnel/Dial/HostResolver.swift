import Base
import Drydock
import Glibc
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// Turns a host name into addresses, anew for every dial. Remembers which one last led to a connection, and which ones
/// accepted a connection that came to nothing.
///
/// A home's resolver is often the first thing to fail; the address of a controller rarely changes in that time.
/// Concurrency: `getaddrinfo` blocks, so it runs on the process's small pool of blocking threads. A name is looked up
/// once at a time, however many dials want it: a resolver that hangs holds one thread per controller, and no queue grows behind it.
final class HostResolver: Sendable {
    struct Failure: Error {
        let reason: String
    }

    /// What an address is dialled for. Each way has an order of its own: if the other dialect's turn, or the other
    /// controller's behind the same proxy, moved an address too, the two could alternate in step for ever.
    struct Way: Hashable, Sendable {
        let host: String
        let port: Int
        var controller: ControllerAddress?
        var dialect: Dialect?
    }

    private struct Contents {
        var lastGood: [String: SocketAddress] = [:]
        var orders: [Way: AddressOrder] = [:]
        var underWay: [String: EventLoopFuture<[SocketAddress]>] = [:]
    }

    private let contents = NIOLockedValueBox(Contents())
    private let lookUp: @Sendable (String) throws -> [SocketAddress]

    /// - Parameter lookUp: blocks until it knows the addresses of a name; their ports do not matter.
    init(lookUp: @escaping @Sendable (String) throws -> [SocketAddress] = HostResolver.lookUp) {
        self.lookUp = lookUp
    }

    /// - Returns: at least one address, in the order in which they should be dialled.
    func resolve(_ way: Way, on eventLoop: any EventLoop) -> EventLoopFuture<[SocketAddress]> {
        let (host, port) = (way.host, way.port)
        if let literal = try? SocketAddress(ipAddress: host, port: port) {
            return eventLoop.makeSucceededFuture([literal])
        }
        let (addresses, isOurs) = self.contents.withLockedValue { contents in
            if let underWay = contents.underWay[host] { return (underWay, false) }
            let lookUp = self.lookUp
            let started = NIOThreadPool.singleton.runIfActive(eventLoop: eventLoop) { try lookUp(host) }
            contents.underWay[host] = started
            return (started, true)
        }
        if isOurs {
            addresses.whenComplete { _ in self.contents.withLockedValue { $0.underWay[host] = nil } }
        }
        return addresses.hop(to: eventLoop).map { addresses in
            let addresses = addresses.map { address in
                var address = address
                address.port = port
                return address
            }
            return self.contents.withLockedValue { contents in
                contents.orders[way, default: AddressOrder()].sort(addresses)
            }
        }
    }

    /// The address that last led to a connection.
    func fallback(for host: String, port: Int) -> SocketAddress? {
        self.contents.withLockedValue { $0.lastGood["\(host):\(port)"] }
    }

    func remember(_ address: SocketAddress, for host: String, port: Int) {
        self.contents.withLockedValue { $0.lastGood["\(host):\(port)"] = address }
    }

    /// A connection to `address` led to no tunnel: the name's other addresses come before it from now on.
    func fails(_ address: SocketAddress, on way: Way) {
        self.contents.withLockedValue { $0.orders[way, default: AddressOrder()].fails(address) }
    }

    func works(_ address: SocketAddress, on way: Way) {
        self.contents.withLockedValue { $0.orders[way]?.works(address) }
    }

    @Sendable private static func lookUp(_ host: String) throws -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, nil, &hints, &list)
        guard status == 0 else { throw Failure(reason: Self.reason(status, errno)) }
        defer { freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var entry = list
        while let info = entry?.pointee {
            switch info.ai_family {
            case AF_INET:
                info.ai_addr.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    addresses.append(SocketAddress($0.pointee, host: host))
                }
            case AF_INET6:
                info.ai_addr.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                    addresses.append(SocketAddress($0.pointee, host: host))
                }
            default: break
            }
            entry = info.ai_next
        }
        guard !addresses.isEmpty else { throw Failure(reason: "it has no address") }
        return addresses
    }

    // EAI_NODATA and EAI_ADDRFAMILY, which glibc declares for GNU sources only.
    static let (noData, noAddressFamily): (CInt, CInt) = (-5, -9)

    static func reason(_ status: CInt, _ code: CInt) -> String {
        switch status {
        case EAI_NONAME: "no such name"
        case EAI_AGAIN: "the name server does not answer now"
        case EAI_FAIL: "the name server answered with a failure"
        case Self.noData, Self.noAddressFamily: "it has no address of a family that this host uses (IPv4, IPv6)"
        case EAI_MEMORY: "this host has no memory left for the question"
        case EAI_SYSTEM where code == EMFILE || code == ENFILE:
            "no file descriptor is left; raise the limit (LimitNOFILE, `ulimit -n`)"
        case EAI_SYSTEM: "the name server could not be asked; the system says: \(SystemFault(code))"
        default: "the name server could not be asked; the system says: \(String(cString: gai_strerror(status)))"
        }
    }
}

/// Hands addresses that are known already to NIO, which starts with the next one when 250 ms brought no connection
/// (RFC 8305 §5).
///
/// All are answers for one family, because NIO would let the two families take turns whatever their order.
final class KnownAddresses: Resolver, Sendable {
    private let addresses: [SocketAddress]
    private let eventLoop: any EventLoop

    init(_ addresses: [SocketAddress], on eventLoop: any EventLoop) {
        self.addresses = addresses
        self.eventLoop = eventLoop
    }

    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        self.eventLoop.makeSucceededFuture([])
    }

    func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        self.eventLoop.makeSucceededFuture(self.addresses)
    }

    func cancelQueries() {}
}

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
