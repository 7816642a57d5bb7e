import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Testing

@testable import EdgeTunnel

/// The ways to a controller, on loopback.
@Suite(.timeLimit(.minutes(1))) struct OriginDialerTests {
    private static let established = "HTTP/1.1 200 Connection established\r\n\r\n"

    @Test func theLimitsLeaveTimeForTheUpgrade() {
        let limits = DialSettings().limits()
        #expect(limits.hop <= limits.open)
        #expect(limits.whole - limits.open >= .seconds(3))
        #expect(limits.whole == .seconds(10), "from the contract")
    }

    // MARK: Directly

    @Test func aPlainControllerIsOneConnection() async throws {
        let server = try await ScriptedServer.following()
        let outcome = try await DialRig().open("http://drydock.test:\(server.port)")
        #expect(outcome.text == "opened")
        #expect(outcome.certificate == nil)
        #expect(outcome.phases == [.dns, .tcp])
        try await server.stop()
    }

    @Test func aClosedPortIsNamed() async throws {
        let held = try HeldPort()
        let outcome = try await DialRig().open("http://drydock.test:\(held.port)")
        #expect(
            outcome.text
                == "tcp failed: drydock.test at 127.0.0.1 port \(held.port): connection refused; is the controller "
                + "running, and is the port right?"
        )
    }

    @Test func theAddressThatAnswersIsTaken() async throws {
        let server = try await ScriptedServer.following()
        var rig = DialRig()
        rig.resolver = HostResolver { _ in
            [try SocketAddress(ipAddress: "::1", port: 0), try SocketAddress(ipAddress: "127.0.0.1", port: 0)]
        }
        #expect(try await rig.open("http://drydock.test:\(server.port)").text == "opened")
        try await server.stop()
    }

    @Test func filesThatAreMissingAreNamedBeforeAnythingIsDialled() async throws {
        var rig = DialRig()
        rig.settings.tls.caCertificateFile = "/nowhere/ca.pem"
        let outcome = try await rig.open("https://drydock.test:1")
        #expect(outcome.text.hasPrefix("tls failed: CA_CERT: /nowhere/ca.pem "))
        #expect(outcome.phases.isEmpty)
    }

    // MARK: Without a name server

    @Test func theLastGoodAddressIsDialledWhenTheNameServerFails() async throws {
        let isDown = NIOLockedValueBox(false)
        var rig = DialRig()
        rig.resolver = HostResolver { _ in
            if isDown.withLockedValue({ $0 }) { throw HostResolver.Failure(reason: "no such name") }
            return [try SocketAddress(ipAddress: "127.0.0.1", port: 0)]
        }
        let held = try HeldPort()
        let server = try await ScriptedServer.following(at: held)
        let url = "http://drydock.test:\(server.port)"
        #expect(try await rig.open(url).fallback == nil)
        isDown.withLockedValue { $0 = true }
        let again = try await rig.open(url)
        #expect(again.text == "opened")
        #expect(again.fallback == "dns failed: the name drydock.test cannot be resolved: no such name")
        try await server.stop()
        let last = try await rig.open(url)
        withExtendedLifetime(held) {}
        #expect(last.text.hasPrefix("tcp failed: "))
        #expect(last.text.hasSuffix("(the last good address was dialled, since \(again.fallback ?? ""))"))
    }

    @Test func aNameThatNeverLedAnywhereHasNoLastGoodAddress() async throws {
        var rig = DialRig()
        rig.resolver = HostResolver { _ in throw HostResolver.Failure(reason: "no such name") }
        let outcome = try await rig.open("http://drydock.test")
        #expect(outcome.text == "dns failed: the name drydock.test cannot be resolved: no such name")
        #expect(outcome.phases == [.dns])
        rig.settings.proxies.all = try Proxy(parsing: "http://proxy.test")
        #expect(
            try await rig.open("http://drydock.test").text.contains("the proxy's name proxy.test cannot be resolved")
        )
    }

    // MARK: Through proxies

    @Test(arguments: [true, false])
    func theCertificateIsTheControllersAndNotTheProxys(isRight: Bool) async throws {
        let authority = try await TestAuthority()
        // The proxy is at 127.0.0.1, the controller somewhere else.
        let leaf = try await authority.leaf(isRight ? "IP:10.1.2.3" : "IP:127.0.0.1")
        let server = try await ScriptedServer.following(.answer(Self.established), .startTLS(try leaf.server()))
        var rig = DialRig()
        rig.settings.tls.caCertificateFile = authority.file
        rig.settings.proxies.https = try Proxy(parsing: "http://me:pw@127.0.0.1:\(server.port)")
        let outcome = try await rig.open("https://10.1.2.3")
        #expect(try await server.nextText().hasPrefix("CONNECT 10.1.2.3:443 HTTP/1.1\r\n"))
        #expect(outcome.phases == [.dns, .tcp, .proxy, .tls])
        if isRight {
            #expect(outcome.text == "opened")
        } else {
            #expect(outcome.text.contains("the controller's certificate is for 127.0.0.1, not for 10.1.2.3"))
        }
        try await server.stop()
    }

    @Test func aProxyInsideTLSCarriesTLS() async throws {
        let authority = try await TestAuthority()
        let (proxy, controller) = (
            try await authority.leaf("DNS:proxy.test"), try await authority.leaf("DNS:drydock.test")
        )
        let server = try await ScriptedServer.following(
            .startTLS(try proxy.server()),
            .answer(Self.established),
            .startTLS(try controller.server())
        )
        var rig = DialRig()
        rig.settings.tls.caCertificateFile = authority.file
        rig.settings.proxies.https = try Proxy(parsing: "https://proxy.test:\(server.port)")
        let outcome = try await rig.open("https://drydock.test")
        #expect(outcome.text == "opened")
        #expect(outcome.certificate?.names == ["drydock.test"])
        #expect(outcome.phases == [.dns, .tcp, .proxy, .tls])
        try await server.stop()
    }

    @Test func aProxyWithAnotherNameIsRefusedBeforeThePasswordIsShown() async throws {
        let authority = try await TestAuthority()
        let leaf = try await authority.leaf("DNS:other.test")
        let server = try await ScriptedServer.following(.startTLS(try leaf.server()), .answer(Self.established))
        var rig = DialRig()
        rig.settings.tls.caCertificateFile = authority.file
        rig.settings.proxies.https = try Proxy(parsing: "https://me:pw@proxy.test:\(server.port)")
        let outcome = try await rig.open("https://drydock.test")
        #expect(
            outcome.text.hasPrefix(
                "proxy failed: TLS to the proxy https://proxy.test:\(server.port): the proxy's certificate is for "
                    + "other.test, not for proxy.test"
            )
        )
        #expect(outcome.phases == [.dns, .tcp, .proxy])
        try await server.stop()
    }

    @Test func aSOCKSProxyIsToldTheName() async throws {
        let authority = try await TestAuthority()
        let leaf = try await authority.leaf("DNS:drydock.test")
        let server = try await ScriptedServer.following(
            .reply(after: 3, [5, 0]),
            .reply(after: 19, [5, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
            .startTLS(try leaf.server())
        )
        var rig = DialRig()
        rig.settings.tls.caCertificateFile = authority.file
        rig.settings.proxies.all = try Proxy(parsing: "socks5://proxy.test:\(server.port)")
        #expect(try await rig.open("https://drydock.test").text == "opened")
        _ = try await server.next()
        #expect(
            try await server.next() == ByteBuffer(bytes: [5, 1, 0, 3, 12] + Array("drydock.test".utf8) + [1, 0xbb])
        )
        try await server.stop()
    }

    @Test(
        arguments: [
            (
                ScriptedServer.Step.answer("HTTP/1.1 407 No\r\n\r\n"),
                "refused the user name or password (407)"
            ), (.answer("220 mail\r\n"), "does not speak HTTP"), (.close, "closed the connection without an answer"),
        ]
    )
    func aProxyThatDoesNotComplyIsNamed(step: ScriptedServer.Step, words: String) async throws {
        let server = try await ScriptedServer.following(step)
        var rig = DialRig()
        rig.settings.proxies.all = try Proxy(parsing: "http://me:s3cret@proxy.test:\(server.port)")
        let outcome = try await rig.open("https://drydock.test")
        #expect(outcome.text.contains(words), "\(outcome.text)")
        #expect(outcome.text.hasPrefix("proxy failed: the proxy http://proxy.test:\(server.port) "), "\(outcome.text)")
        #expect(!outcome.text.contains("s3cret"))
        try await server.stop()
    }

    @Test func aProxyThatIsNotThereIsNotCalledAController() async throws {
        let server = try await ScriptedServer.following()
        try await server.stop()
        var rig = DialRig()
        rig.settings.proxies.all = try Proxy(parsing: "socks5://proxy.test:\(server.port)")
        let outcome = try await rig.open("https://drydock.test")
        #expect(outcome.text.contains("is the proxy running"))
    }
}
