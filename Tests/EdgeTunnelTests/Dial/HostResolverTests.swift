import Drydock
import Glibc
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Support
import Synchronization
import Testing

@testable import EdgeTunnel

@Suite(.timeLimit(.minutes(1))) struct HostResolverTests {
    private let loop = MultiThreadedEventLoopGroup.singleton.next()

    @Test(arguments: ["127.0.0.1", "::1"])
    func anAddressIsNotLookedUp(host: String) async throws {
        let resolver = HostResolver { _ in throw HostResolver.Failure(reason: "asked") }
        let addresses = try await resolver.resolve(.init(host: host, port: 7), on: self.loop).get()
        #expect(addresses == [try SocketAddress(ipAddress: host, port: 7)])
    }

    @Test func aNameIsLookedUpAndGetsThePort() async throws {
        let addresses = try await HostResolver().resolve(.init(host: "localhost", port: 99), on: self.loop).get()
        #expect(addresses.contains { $0.ipAddress == "127.0.0.1" || $0.ipAddress == "::1" })
        #expect(addresses.allSatisfy { $0.port == 99 })
    }

    @Test func aNameThatIsNoneSaysSo() async throws {
        // RFC 6761: this one never exists. Without a name server the look-up itself fails.
        await #expect(throws: HostResolver.Failure.self) {
            try await HostResolver().resolve(.init(host: "nowhere.invalid", port: 1), on: self.loop).get()
        }
    }

    @Test func aResolverThatHangsIsAskedOnceAndThenAnew() async throws {
        let gate = ConditionLock(value: 0)
        let asked = Mailbox<String>()
        let address = try SocketAddress(ipAddress: "10.0.0.1", port: 0)
        let resolver = HostResolver { host in
            asked.put(host)
            gate.lock(whenValue: 1)
            gate.unlock()
            return [address]
        }
        let first = resolver.resolve(.init(host: "a", port: 1), on: self.loop)
        let second = resolver.resolve(.init(host: "a", port: 2), on: self.loop)
        #expect(try await asked.next() == "a")
        gate.lock()
        gate.unlock(withValue: 1)
        #expect(try await first.get().map(\.port) == [1])
        #expect(try await second.get().map(\.port) == [2])
        #expect(try await resolver.resolve(.init(host: "b", port: 3), on: self.loop).get().count == 1)
        #expect(try await asked.next() == "b", "the second dial to a was not a second question")
        #expect(try await resolver.resolve(.init(host: "a", port: 4), on: self.loop).get().map(\.port) == [4])
        #expect(try await asked.next() == "a", "a later dial is a new one")
    }

    @Test func theLastGoodAddressIsThatOfTheSameHostAndPort() throws {
        let resolver = HostResolver()
        let address = try SocketAddress(ipAddress: "10.0.0.1", port: 5)
        resolver.remember(address, for: "a", port: 5)
        #expect(resolver.fallback(for: "a", port: 5) == address)
        #expect(resolver.fallback(for: "a", port: 6) == nil)
        #expect(resolver.fallback(for: "b", port: 5) == nil)
    }

    @Test func anAddressThatFailedIsDialledLastOnThisWayOnly() async throws {
        let addresses = try ["10.0.0.1", "10.0.0.2"].map { try SocketAddress(ipAddress: $0, port: 5) }
        let resolver = HostResolver { _ in addresses }
        let (portwing, lookout) = (
            HostResolver.Way(host: "a", port: 5, dialect: .portwing),
            HostResolver.Way(host: "a", port: 5, dialect: .lookout)
        )
        #expect(try await resolver.resolve(portwing, on: self.loop).get() == addresses)
        resolver.fails(addresses[0], on: portwing)
        #expect(try await resolver.resolve(portwing, on: self.loop).get() == [addresses[1], addresses[0]])
        #expect(try await resolver.resolve(lookout, on: self.loop).get() == addresses)
        resolver.works(addresses[0], on: portwing)
        #expect(try await resolver.resolve(portwing, on: self.loop).get() == addresses)
    }

    /// NIO tries the answers for IPv6 in their order as long as there are none for IPv4.
    @Test func knownAddressesAreHandedOutInTheirOrder() async throws {
        let (v4, v6) = (try SocketAddress(ipAddress: "10.0.0.1", port: 1), try SocketAddress(ipAddress: "::1", port: 1))
        let known = KnownAddresses([v4, v6], on: self.loop)
        #expect(try await known.initiateAQuery(host: "h", port: 1).get().isEmpty)
        #expect(try await known.initiateAAAAQuery(host: "h", port: 1).get() == [v4, v6])
    }

    @Test(
        arguments: [
            (EAI_NONAME, "no such name"), (EAI_AGAIN, "does not answer now"), (EAI_FAIL, "answered with a failure"),
            (HostResolver.noData, "no address of a family"), (HostResolver.noAddressFamily, "no address of a family"),
            (EAI_MEMORY, "no memory left"),
        ]
    )
    func whatTheResolverReportsHasWords(status: CInt, words: String) {
        let reason = HostResolver.reason(status, 0)
        #expect(reason.contains(words))
        #expect(!reason.contains(String(cString: gai_strerror(status))))
    }

    @Test func anUnknownReportIsQuotedBehindASentence() {
        #expect(HostResolver.reason(EAI_SYSTEM, EMFILE).hasPrefix("no file descriptor is left"))
        #expect(
            HostResolver.reason(EAI_SYSTEM, EPROTO)
                == "the name server could not be asked; the system says: Protocol error"
        )
        #expect(HostResolver.reason(EAI_SERVICE, 0).hasPrefix("the name server could not be asked; the system says: "))
    }
}
