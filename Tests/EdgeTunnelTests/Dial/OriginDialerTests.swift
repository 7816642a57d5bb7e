import NIOCore
import NIOPosix
import Testing

@testable import EdgeTunnel

@Suite struct OriginDialerTests {
    private static let loop = MultiThreadedEventLoopGroup.singleton.next()

    private static func dialer(_ change: (inout DialSettings) throws -> Void = { _ in }) rethrows -> OriginDialer {
        var settings = DialSettings()
        try change(&settings)
        return OriginDialer(settings: settings, resolver: HostResolver(), userAgent: "test")
    }

    /// Opens a connection and closes it; says how that ended and which hops were taken.
    private static func open(_ url: String, _ dialer: OriginDialer) async throws -> (end: String, hops: [DialPhase]) {
        var hops = Hops(eventLoop: Self.loop)
        var end = "open"
        do throws(DialError) {
            let connection = try await dialer.open(try! ControllerAddress(parsing: url), &hops)
            if let fallback = connection.fallback { end = "fallback after \(fallback)" }
            connection.channel.close(promise: nil)
        } catch {
            end = "\(error.end)"
        }
        return (end, hops.timings.entries.map(\.phase))
    }

    @Test func everyHopIsTimedInItsOrder() async throws {
        let controller = try await FakeController.listening(.silent)
        let opened = try await Self.open(controller.url, Self.dialer())
        #expect(opened.end == "open")
        #expect(opened.hops == [.dns, .tcp])
        try await controller.stop()
    }

    @Test func aNameThatFailsFallsBackToTheLastGoodAddress() async throws {
        let controller = try await FakeController.listening(.silent)
        let port = try #require(Int(controller.url.split(separator: ":").last!))
        let dialer = Self.dialer()
        let url = "ws://controller.invalid:\(port)"
        let before = try await Self.open(url, dialer)
        #expect(before.end == "dns failed: the name controller.invalid cannot be resolved: no such name")
        dialer.resolver.remember(
            try SocketAddress(ipAddress: "127.0.0.1", port: port),
            for: "controller.invalid",
            port: port
        )
        let after = try await Self.open(url, dialer)
        #expect(after.end.hasPrefix("fallback after dns failed"))
        try await controller.stop()
    }

    @Test func aClosedPortIsToldWithItsAddress() async throws {
        let controller = try await FakeController.listening(.silent)
        let url = controller.url
        try await controller.stop()
        let opened = try await Self.open(url, Self.dialer())
        #expect(opened.end.hasPrefix("tcp failed: 127.0.0.1 at 127.0.0.1 port "))
        #expect(opened.end.contains("connection refused"))
    }

    @Test func filesThatCannotBeReadAreToldBeforeAnythingIsDialled() async throws {
        let dialer = Self.dialer { $0.tls.caCertificateFile = "/nowhere/ca.pem" }
        let opened = try await Self.open("https://127.0.0.1:1", dialer)
        #expect(opened.end.hasPrefix("tls failed: CA_CERT: /nowhere/ca.pem cannot be read as PEM certificates"))
        #expect(opened.hops == [])
    }
}
