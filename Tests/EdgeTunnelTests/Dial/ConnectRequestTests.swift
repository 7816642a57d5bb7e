import DockerBridge
import NIOCore
import Testing

@testable import EdgeTunnel

@Suite struct ConnectRequestTests {
    private static func request(_ proxy: String, to url: String = "https://h.example") throws -> ConnectRequest {
        ConnectRequest(
            target: try ControllerAddress(parsing: url),
            proxy: try Proxy(parsing: proxy),
            userAgent: "lookout/1"
        )
    }

    private static func refusal(_ status: String, _ proxy: String = "http://me:pw@proxy:3128") throws -> String? {
        var buffer = ByteBuffer(string: "HTTP/1.1 \(status)\r\n\r\n")
        let head = try #require(try ResponseHeadParser.parse(&buffer, keepsHopFields: true)).head
        return try Self.request(proxy).refusal(head).map { "\($0.end)" }
    }

    @Test func theWayIsAskedForWithHostAndPort() throws {
        let plain = String(buffer: try Self.request("http://proxy:3128").bytes)
        #expect(plain == "CONNECT h.example:443 HTTP/1.1\r\nHost: h.example:443\r\nUser-Agent: lookout/1\r\n\r\n")
        let address = String(buffer: try Self.request("http://proxy:3128", to: "https://[fd00::1]:8443").bytes)
        #expect(address.hasPrefix("CONNECT [fd00::1]:8443 HTTP/1.1\r\n"))
    }

    @Test func credentialsAreBasic() throws {
        let text = String(buffer: try Self.request("http://Aladdin:open%20sesame@proxy:3128").bytes)
        #expect(text.contains("\r\nProxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"))
    }

    @Test func aRefusalSaysWhatToDo() throws {
        #expect(try Self.refusal("200 OK") == nil)
        #expect(
            try Self.refusal("407 No")
                == "proxy failed: the proxy http://proxy:3128 refused the user name or password (407)"
        )
        #expect(try Self.refusal("401 No")?.contains("refused the user name or password (401)") == true)
        #expect(
            try Self.refusal("407 No", "http://proxy:3128")?
                .contains("wants a user name and a password (407); put user:password@ into its URL") == true
        )
        #expect(try Self.refusal("403 No")?.contains("does not allow connections to h.example") == true)
        #expect(try Self.refusal("503 No")?.contains("cannot reach h.example (503)") == true)
        #expect(try Self.refusal("500 No")?.contains("HTTP 500") == true)
    }

    @Test(arguments: ["http://me:pw@proxy:3128", "http://proxy:3128"])
    func aLogInThatTheAgentCannotGiveIsNamed(proxy: String) throws {
        let windows = "407 No\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM"
        let text = try #require(try Self.refusal(windows, proxy))
        #expect(text.contains("wants a log-in by Negotiate, NTLM (407), and the agent can only give Basic"))
        #expect(!text.contains("user:password@"))
        let digest = "407 No\r\nProxy-Authenticate: Digest realm=\"a, b\", nonce=\"x\", algorithm=MD5"
        #expect(try Self.refusal(digest, proxy)?.contains("by Digest (407), and") == true)
        let both = try Self.refusal(windows + "\r\nProxy-Authenticate: Basic realm=\"x\"", proxy)
        #expect(both?.contains("only give") == false)
    }

    @Test func everyFailureNamesTheProxy() throws {
        let request = try Self.request("http://me:pw@proxy:3128")
        for failure in [.silent, .slow, .notHTTP, .closed, .broken(CancellationError())] as [HeadExchange.Failure] {
            let text = "\(request.failure(failure).end)"
            #expect(text.contains("http://proxy:3128"))
            #expect(!text.contains("pw"))
        }
    }
}
