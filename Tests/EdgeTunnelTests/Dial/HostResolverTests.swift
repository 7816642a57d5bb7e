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
        let addresses = try await resolver.resolve(host, port: 7, on: self.loop).get()
        #expect(addresses == [try SocketAddress(ipAddress: host, port: 7)])
    }

    @Test func aNameIsLookedUpAndGetsThePort() async throws {
        let addresses = try await HostResolver().resolve("localhost", port: 99, on: self.loop).get()
        #expect(addresses.contains { $0.ipAddress == "127.0.0.1" || $0.ipAddress == "::1" })
        #expect(addresses.allSatisfy { $0.port == 99 })
    }

    @Test func aNameThatIsNoneSaysSo() async throws {
        // RFC 6761: this one never exists. Without a name server the look-up itself fails.
        await #expect(throws: HostResolver.Failure.self) {
            try await HostResolver().resolve("nowhere.invalid", port: 1, on: self.loop).get()
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
        let first = resolver.resolve("a", port: 1, on: self.loop)
        let second = resolver.resolve("a", port: 2, on: self.loop)
        #expect(try await asked.next() == "a")
        gate.lock()
        gate.unlock(withValue: 1)
        #expect(try await first.get().map(\.port) == [1])
        #expect(try await second.get().map(\.port) == [2])
        #expect(try await resolver.resolve("b", port: 3, on: self.loop).get().count == 1)
        #expect(try await asked.next() == "b", "the second dial to a was not a second question")
        #expect(try await resolver.resolve("a", port: 4, on: self.loop).get().map(\.port) == [4])
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

    @Test func knownAddressesAreHandedOutByFamily() async throws {
        let (v4, v6) = (try SocketAddress(ipAddress: "10.0.0.1", port: 1), try SocketAddress(ipAddress: "::1", port: 1))
        let known = KnownAddresses([v4, v6], on: self.loop)
        #expect(try await known.initiateAQuery(host: "h", port: 1).get() == [v4])
        #expect(try await known.initiateAAAAQuery(host: "h", port: 1).get() == [v6])
    }
}
