import Auth
import Drydock
import Logging
import NIOCore
import NIOSSL
import Testing

@testable import EdgeTunnel

@Suite(.timeLimit(.minutes(1))) struct TunnelDialerTests {
    private static func dial(
        _ server: ScriptedServer,
        _ rig: DialRig,
        url: String? = nil,
        dialect: Dialect = .portwing
    ) async throws -> DialOutcome {
        let dialer = TunnelDialer(
            origin: rig.origin,
            eventLoop: rig.loop,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let address = try ControllerAddress(parsing: url ?? "http://drydock.test:\(server.port)/base")
        return await dialer.dial(DialTarget(address: address, dialect: dialect))
    }

    private static func failure(_ outcome: DialOutcome) -> SessionEnd? {
        guard case .failure(let error) = outcome.result else { return nil }
        return error.end
    }

    @Test func theUpgradeIsAskedForWhereTheDialectSays() async throws {
        let server = try await ScriptedServer.following(.answer("HTTP/1.1 404 Not Found\r\n\r\n"))
        let outcome = try await Self.dial(server, DialRig())
        #expect(try await server.nextText().hasPrefix("GET /base/api/portwing/ws HTTP/1.1\r\n"))
        #expect(outcome.timings.entries.map(\.phase) == [.dns, .tcp, .upgrade])
        #expect(Self.failure(outcome) == .upgradeRefused(status: 404, retryAfter: nil))
        try await server.closed()
        try await server.stop()
    }

    @Test func anAnswerThatDoesNotFitTheKeyIsNoTunnel() async throws {
        let answer = "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
        let server = try await ScriptedServer.following(.answer(answer))
        #expect(Self.failure(try await Self.dial(server, DialRig()))?.code == "upgrade-failed")
        try await server.stop()
    }

    @Test func aServerThatHangsUpIsNotASilentOne() async throws {
        let server = try await ScriptedServer.following(.reply(after: 1, []), .close)
        let end = Self.failure(try await Self.dial(server, DialRig()))
        #expect(
            end
                == .dialFailed(
                    .upgrade,
                    "the controller closed the connection without an answer; if that port speaks TLS, use https"
                )
        )
        try await server.stop()
    }

    @Test func aRefusedClientCertificateIsNamedAlsoWhenTheHandshakeWasDone() async throws {
        let authority = try await TestAuthority()
        let leaf = try await authority.leaf("DNS:drydock.test")
        let demanding = try leaf.server {
            $0.certificateVerification = .noHostnameVerification
            $0.trustRoots = .file(authority.file)
            $0.minimumTLSVersion = .tlsv13
        }
        let server = try await ScriptedServer.following(.startTLS(demanding))
        var rig = DialRig()
        rig.settings.tls.caCertificateFile = authority.file
        let outcome = try await Self.dial(server, rig, url: "https://drydock.test:\(server.port)")
        #expect(outcome.timings.entries.map(\.phase) == [.dns, .tcp, .tls, .upgrade])
        // The alert may come through, or be lost with the connection.
        #expect(Self.failure(outcome)?.description.contains("wants a client certificate") == true, "\(outcome.result)")
        try await server.stop()
    }

    @Test func aDialThatIsGivenUpLeavesNoConnection() async throws {
        let server = try await ScriptedServer.following(.reply(after: 1, []))
        let dial = Task { try await Self.dial(server, DialRig()) }
        _ = try await server.next()
        dial.cancel()
        #expect(Self.failure(try await dial.value) == .dialFailed(.upgrade, "given up"))
        try await server.closed()
        try await server.stop()
    }

    // MARK: Several addresses

    /// A name with two addresses.
    private static var twoAddresses: DialRig {
        var rig = DialRig()
        rig.resolver = HostResolver { _ in
            [try SocketAddress(ipAddress: "127.0.0.1", port: 0), try SocketAddress(ipAddress: "127.0.0.2", port: 0)]
        }
        return rig
    }

    /// Accepts the connection and then fails, in each of the ways: an answer that is not 101, an end, an end in TLS.
    @Test(arguments: [("HTTP/1.1 503 Service Unavailable\r\n\r\n", "http"), ("", "http"), ("", "https")])
    func anAddressThatAcceptsAndFailsIsDialledLast(answer: String, scheme: String) async throws {
        let step = ScriptedServer.Step.reply(after: 1, Array(answer.utf8))
        let (first, second) = try await ScriptedServer.twins([step, .close], [step, .close])
        let rig = Self.twoAddresses
        let url = "\(scheme)://drydock.test:\(first.port)"
        for server in [first, second, first, second] {
            _ = try await Self.dial(first, rig, url: url)
            #expect(try await server.next().readableBytes > 0)
            try await server.closed()
        }
        try await first.stop()
        try await second.stop()
    }

    @Test func anAddressThatAcceptsAndAnswersNothingIsDialledLast() async throws {
        let (first, twin) = try await ScriptedServer.twins([.reply(after: 1, [])], [.reply(after: 1, []), .close])
        var rig = Self.twoAddresses
        rig.settings.limits = {
            DialLimits(resolve: .minutes(5), hop: .minutes(5), open: .minutes(5), whole: .seconds(1))
        }
        #expect(Self.failure(try await Self.dial(first, rig)) == .upgradeSilent)
        rig.settings.limits = { .patient }
        _ = try await Self.dial(first, rig)
        #expect(try await twin.next().readableBytes > 0)
        try await first.stop()
        try await twin.stop()
    }

    /// Otherwise a dialect that fails everywhere and the one that is spoken could take turns at the two addresses in step.
    @Test func theOtherDialectStartsAtTheFirstAddress() async throws {
        let refusal = ScriptedServer.Step.answer("HTTP/1.1 404 Not Found\r\n\r\n")
        let (first, second) = try await ScriptedServer.twins([refusal], [refusal])
        let rig = Self.twoAddresses
        _ = try await Self.dial(first, rig, dialect: .portwing)
        _ = try await Self.dial(first, rig, dialect: .lookout)
        #expect(try await first.nextText().contains("/api/portwing/ws "))
        #expect(try await first.nextText().contains("/api/lookout/ws "))
        _ = try await Self.dial(first, rig, dialect: .lookout)
        #expect(try await second.nextText().contains("/api/lookout/ws "))
        try await first.stop()
        try await second.stop()
    }
}
