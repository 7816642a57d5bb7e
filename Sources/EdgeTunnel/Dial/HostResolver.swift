import Glibc
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// Turns a host name into addresses, anew for every dial, and remembers the one that last led to a connection.
///
/// A home's resolver is often the first thing to fail; the address of a controller rarely changes in that time.
/// Concurrency: `getaddrinfo` blocks, so it runs on the process's small pool of blocking threads. A name is looked up
/// once at a time, whoever asks: a resolver that hangs holds one thread per controller, and no queue grows behind it.
final class HostResolver: Sendable {
    struct Failure: Error {
        let reason: String
    }

    private struct Contents {
        var lastGood: [String: SocketAddress] = [:]
        var underWay: [String: EventLoopFuture<[SocketAddress]>] = [:]
    }

    private let contents = NIOLockedValueBox(Contents())
    private let lookUp: @Sendable (String) throws -> [SocketAddress]

    /// - Parameter lookUp: blocks until it knows the addresses of a name; their ports do not matter.
    init(lookUp: @escaping @Sendable (String) throws -> [SocketAddress] = HostResolver.lookUp) {
        self.lookUp = lookUp
    }

    /// - Returns: at least one address; both families in the resolver's order.
    func resolve(_ host: String, port: Int, on eventLoop: any EventLoop) -> EventLoopFuture<[SocketAddress]> {
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
            addresses.map { address in
                var address = address
                address.port = port
                return address
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

    @Sendable private static func lookUp(_ host: String) throws -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, nil, &hints, &list)
        guard status == 0 else { throw Failure(reason: Self.reason(status)) }
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

    private static func reason(_ status: CInt) -> String {
        switch status {
        case EAI_NONAME: "no such name"
        case EAI_AGAIN: "the name server does not answer now"
        default: String(cString: gai_strerror(status))
        }
    }
}

/// Hands addresses that are known already to NIO, which races the two families (RFC 8305).
final class KnownAddresses: Resolver, Sendable {
    private let addresses: [SocketAddress]
    private let eventLoop: any EventLoop

    init(_ addresses: [SocketAddress], on eventLoop: any EventLoop) {
        self.addresses = addresses
        self.eventLoop = eventLoop
    }

    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        self.eventLoop.makeSucceededFuture(self.addresses.filter { $0.protocol == .inet })
    }

    func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        self.eventLoop.makeSucceededFuture(self.addresses.filter { $0.protocol == .inet6 })
    }

    func cancelQueries() {}
}
