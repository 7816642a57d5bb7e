import Auth
import Drydock
import Logging
import NIOCore
import NIOSSL
import Testing

@testable import EdgeTunnel

@Suite(.timeLimit(.minutes(1))) struct TunnelDialerTests {
    private static func dial(_ server: ScriptedServer, _ rig: DialRig, url: String? = nil) async throws -> DialOutcome {
        let dialer = TunnelDialer(
            origin: rig.origin,
            eventLoop: rig.loop,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let address = try ControllerAddress(parsing: url ?? "http://drydock.test:\(server.port)/base")
        return await dialer.dial(DialTarget(address: address, dialect: .portwing))
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
}
