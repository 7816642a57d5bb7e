import NIOCore
import NIOPosix
import Testing

@testable import EdgeTunnel

@Suite struct HostResolverTests {
    private static let loop = MultiThreadedEventLoopGroup.singleton.next()

    @Test(arguments: ["127.0.0.1", "::1"])
    func anAddressNeedsNoNameServer(text: String) async throws {
        let addresses = try await HostResolver().resolve(text, port: 443, on: Self.loop).get()
        #expect(addresses == [try SocketAddress(ipAddress: text, port: 443)])
    }

    @Test func aNameOfThisHostIsFound() async throws {
        let addresses = try await HostResolver().resolve("localhost", port: 80, on: Self.loop).get()
        #expect(!addresses.isEmpty)
        #expect(addresses.allSatisfy { $0.port == 80 })
    }

    @Test func aNameThatDoesNotExistSaysSo() async {
        await #expect(throws: HostResolver.Failure.self) {
            try await HostResolver().resolve("no-such-host.invalid", port: 80, on: Self.loop).get()
        }
    }

    @Test func theLastGoodAddressIsKeptForItsHostAndPort() throws {
        let resolver = HostResolver()
        let address = try SocketAddress(ipAddress: "192.0.2.1", port: 443)
        #expect(resolver.fallback(for: "h", port: 443) == nil)
        resolver.remember(address, for: "h", port: 443)
        #expect(resolver.fallback(for: "h", port: 443) == address)
        #expect(resolver.fallback(for: "h", port: 80) == nil)
        #expect(resolver.fallback(for: "other", port: 443) == nil)
    }

    @Test func knownAddressesAreHandedOutByFamily() async throws {
        let addresses = [
            try SocketAddress(ipAddress: "192.0.2.1", port: 1), try SocketAddress(ipAddress: "::1", port: 1),
        ]
        let known = KnownAddresses(addresses, on: Self.loop)
        #expect(try await known.initiateAQuery(host: "h", port: 1).get() == [addresses[0]])
        #expect(try await known.initiateAAAAQuery(host: "h", port: 1).get() == [addresses[1]])
    }
}
