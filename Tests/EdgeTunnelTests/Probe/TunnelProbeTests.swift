import Foundation
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import EdgeTunnel

/// What a person reads who asks where the way to a controller ends.
@Suite(.timeLimit(.minutes(1))) struct TunnelProbeTests {
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private static func walk(
        _ url: String,
        change: (inout TunnelSettings) -> Void = { _ in }
    ) async throws -> [TunnelProbe.Step] {
        let keyFile = FileManager.default.temporaryDirectory.appending(path: "probe-\(UUID().uuidString).pem").path
        defer { try? FileManager.default.removeItem(atPath: keyFile) }
        var settings = try TestAgent.settings([url], keyFile: try TestAgent.makeKey(keyFile))
        change(&settings)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let dispatcher = try await TestAgent.dispatcher(on: loop)
        return await TunnelProbe(settings: settings, dispatcher: dispatcher, logger: Self.quiet).walk(
            settings.controllers[0]
        )
    }

    // MARK: Upgrade and hello

    @Test func aControllerThatKnowsTheKeyIsLeftAsItWas() async throws {
        let controller = try await FakeController.listening(FakeController.error("timestamp-skew"))
        let steps = try await Self.walk(controller.url)
        #expect(steps.map(\.name).suffix(4) == ["tcp", "clock", "upgrade (portwing)", "hello"])
        #expect(steps.allSatisfy { $0.fault == nil })
        #expect(
            steps.last?.detail
                == "the controller knows this agent's key (a dry run: nobody was registered, and the name was not judged)"
        )
        #expect(try await controller.nextFrame().contains(#""timestamp":1,"#), "so that nobody is registered")
        try await controller.stop()
    }

    @Test func aKeyThatTheControllerDoesNotKnowIsSaidOnce() async throws {
        let controller = try await FakeController.listening(FakeController.error("unknown-key"))
        let steps = try await Self.walk(controller.url)
        #expect(steps.filter { $0.fault != nil }.map(\.name) == ["hello"])
        #expect(steps.last?.fault?.hasPrefix("rejected by the controller: unknown-key: no. ") == true)
        try await controller.stop()
    }

    @Test func aControllerWithAnotherPathIsAskedInBothDialects() async throws {
        let controller = try await FakeController.listening(
            .refusing("404 Not Found"),
            FakeController.error("timestamp-skew")
        )
        let steps = try await Self.walk(controller.url)
        #expect(steps.map(\.name).suffix(2) == ["upgrade (lookout)", "hello"])
        #expect(steps.allSatisfy { $0.fault == nil }, "what the first dialect met with does not matter any more")
        try await controller.stop()
    }

    @Test func whoHasNoAgentEndpointIsNamedInBothDialects() async throws {
        let controller = try await FakeController.listening(.refusing("404 Not Found"))
        let steps = try await Self.walk(controller.url)
        #expect(steps.filter { $0.fault != nil }.map(\.name) == ["upgrade (portwing)", "upgrade (lookout)"])
        #expect(steps.last?.fault?.contains("check the URL's path") == true)
        try await controller.stop()
    }

    @Test func aControllerThatWelcomesADryRunIsLeftAgain() async throws {
        let controller = try await FakeController.listening(.answering(FakeController.welcome))
        _ = try await Self.walk(controller.url)
        #expect(try await controller.closeFrame().hasPrefix("close"))
        try await controller.stop()
    }

    @Test func aKeyFileThatIsMissingIsNamed() async throws {
        let controller = try await FakeController.listening(.speechless)
        let steps = try await Self.walk(controller.url) { $0.privateKeyFile = "/nowhere/agent.pem" }
        #expect(steps.last?.name == "hello")
        #expect(steps.last?.fault?.hasPrefix("/nowhere/agent.pem: ") == true)
        try await controller.stop()
    }

    // MARK: To the origin

    @Test func theWalkEndsAtTheFirstHopThatFails() async throws {
        let steps = try await Self.walk("ws://127.0.0.1:1")
        #expect(steps.last?.name == "tcp")
        #expect(steps.filter { $0.fault != nil }.count == 1)
        #expect(!steps.contains { $0.name == "clock" })
    }

    /// Shows a certificate for so many days and a `Date` so many seconds from now.
    private static func walkOverTLS(
        days: Int,
        offset: TimeInterval = 0,
        verifies: Bool = true
    ) async throws -> [TunnelProbe.Step] {
        let authority = try await TestAuthority()
        let leaf = try await authority.leaf("IP:127.0.0.1", days: days)
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "GMT")
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        let answer =
            "HTTP/1.1 404 Not Found\r\nDate: \(format.string(from: .now + offset))\r\nContent-Length: 0\r\n\r\n"
        let server = try await ScriptedServer.following(.startTLS(try leaf.server()), .answer(answer))
        let steps = try await Self.walk("https://127.0.0.1:\(server.port)") {
            $0.dial.tls.caCertificateFile = authority.file
            $0.dial.tls.verifies = verifies
        }
        try await server.stop()
        return steps
    }

    @Test func aCertificateThatEndsSoonShouldBeRenewed() async throws {
        let steps = try await Self.walkOverTLS(days: 13)
        let tls = try #require(steps.first { $0.name == "tls" })
        #expect(tls.fault?.hasPrefix("the certificate ends in 1") == true)
        #expect(tls.fault?.contains(" days; renew it (CN=leaf, issued by CN=Test CA, until ") == true)
        #expect(steps.first { $0.name == "clock" }?.fault == nil)
    }

    @Test func aCertificateThatLastsIsDescribed() async throws {
        let steps = try await Self.walkOverTLS(days: 15)
        let tls = try #require(steps.first { $0.name == "tls" })
        #expect(tls.fault == nil)
        #expect(tls.detail.hasPrefix("CN=leaf, issued by CN=Test CA, until "))
        #expect(tls.detail.contains(", pin sha256"))
    }

    @Test func aCertificateThatNobodyVerifiesIsAFault() async throws {
        let steps = try await Self.walkOverTLS(days: 15, verifies: false)
        #expect(steps.first { $0.name == "tls" }?.fault?.hasPrefix("TLS_SKIP_VERIFY is set") == true)
        #expect(steps.first { $0.name == "clock" }?.detail.hasPrefix("not compared: ") == true)
    }

    @Test(
        arguments: [
            (-600.0, "ahead of the controller's;"), (600, "behind the controller's;"),
            (1e7, "behind the controller's, more than a day;"),
        ]
    )
    func aClockThatIsOffIsAFault(offset: TimeInterval, words: String) async throws {
        let steps = try await Self.walkOverTLS(days: 15, offset: offset)
        let clock = try #require(steps.first { $0.name == "clock" })
        #expect(clock.fault?.hasPrefix("this host's clock is ") == true)
        #expect(clock.fault?.hasSuffix(" \(words) set it right, with NTP for example") == true)
    }
}
