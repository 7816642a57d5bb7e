import Auth
import Base
import DockerBridge
import Drydock
import NIOCore
import Testing

@testable import EdgeTunnel

@Suite struct UpgradeRequestTests {
    private static func request(_ url: String = "https://h.example:3000/x") throws -> UpgradeRequest {
        UpgradeRequest(
            DialTarget(address: try ControllerAddress(parsing: url), dialect: .portwing),
            userAgent: "lookout/1",
            key: HandshakeKey(text: "dGhlIHNhbXBsZSBub25jZQ==")
        )
    }

    private static func head(_ text: String) throws -> ResponseHead {
        var buffer = ByteBuffer(string: "HTTP/1.1 " + text + "\r\n\r\n")
        return try #require(try ResponseHeadParser.parse(&buffer)).head
    }

    private static func refusal(_ text: String) throws -> String? {
        try Self.request().refusal(Self.head(text), now: 1000).map { "\($0)" }
    }

    @Test func theRequestNamesNoProtocolAndNoExtension() throws {
        let text = String(buffer: try Self.request().bytes)
        #expect(
            text == """
                GET /x/api/portwing/ws HTTP/1.1\r
                Host: h.example:3000\r
                User-Agent: lookout/1\r
                Connection: Upgrade\r
                Upgrade: websocket\r
                Sec-WebSocket-Version: 13\r
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
                \r\n
                """
        )
    }

    @Test func onlyTheRightAcceptValueOpensTheTunnel() throws {
        let agreed = "101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
        #expect(try Self.refusal(agreed + "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") == nil)
        #expect(try Self.refusal(agreed + "AAAA")?.contains("does not fit") == true)
    }

    @Test(
        arguments: [
            ("404 Not Found", "nil"), ("429 Slow\r\nRetry-After: 90", "90"), ("503 Later\r\nRetry-After: -1", "nil"),
            ("503 Later\r\nRetry-After: Thu, 01 Jan 1970 00:20:00 GMT", "200"),
            ("503 Later\r\nRetry-After: Thu, 01 Jan 1970 00:00:00 GMT", "0"), ("503 Later\r\nRetry-After: soon", "nil"),
        ]
    )
    func aRefusalKeepsItsStatusAndItsWish(text: String, wish: String) throws {
        guard case .refused(let status, let retryAfter, _)? = try Self.request().refusal(Self.head(text), now: 1000)
        else {
            Issue.record("not refused")
            return
        }
        #expect("\(status)" == text.prefix(3))
        #expect((retryAfter.map { "\(Int($0.seconds))" } ?? "nil") == wish)
    }

    @Test func onlySilenceIsASilentUpgrade() throws {
        let failures: [HeadExchange.Failure] = [.silent, .slow, .notHTTP, .closed, .broken(CancellationError())]
        let request = try Self.request()
        let ends = failures.map { request.failure($0, showsCertificate: false).end.code }
        #expect(ends == ["upgrade-silent"] + [String](repeating: "upgrade-failed", count: 4))
    }

    @Test(arguments: [("https://h", false, true), ("https://h", true, false), ("http://h", false, false)])
    func aHangUpBehindTLSMayBeAboutACertificate(url: String, showsCertificate: Bool, isHinted: Bool) throws {
        let end = try Self.request(url).failure(.closed, showsCertificate: showsCertificate).end
        #expect(end.description.contains("CLIENT_CERT") == isHinted)
    }
}
