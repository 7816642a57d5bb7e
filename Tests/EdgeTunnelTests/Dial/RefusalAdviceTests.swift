import DockerBridge
import NIOCore
import Testing

@testable import EdgeTunnel

/// Every mistake that is common on the way to a controller ends in a sentence that says what to do.
@Suite struct RefusalAdviceTests {
    private static func text(_ head: String) throws -> String {
        var buffer = ByteBuffer(string: "HTTP/1.1 \(head)\r\n\r\n")
        return RefusalAdvice.text(try #require(try ResponseHeadParser.parse(&buffer, keepsHopFields: true)).head)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let head: String
        let words: String

        init(_ head: String, _ words: String) {
            self.head = head
            self.words = words
        }

        var testDescription: String { self.head }
    }

    static let rows = [
        Row("200 OK", "another site or a log-in page"), Row("204 None", "another site or a log-in page"),
        Row("400 Bad", "does not pass Upgrade on"), Row("426 Upgrade", "does not pass Upgrade on"),
        Row("400 Bad\r\nServer: nginx/1.26.3", "proxy_set_header Upgrade $http_upgrade"),
        Row("400 Bad\r\nServer: openresty", "proxy_set_header Upgrade $http_upgrade"),
        Row("400 Bad\r\nServer: Apache/2.4.62 (Debian)", "upgrade=websocket"),
        Row("400 Bad\r\nVia: 1.1 front (Varnish/7.7)", "vcl_pipe"), Row("400 Bad\r\nServer: envoy", "upgrade_configs"),
        Row("400 Bad\r\nServer: lighttpd/1.4", "\"upgrade\" => \"enable\""),
        Row("301 Moved\r\nLocation: https://new.example/x", "it points to https://new.example/x; redirects are not"),
        Row("302 Found", "does not say where to"), Row("307 Moved\r\nLocation: /login", "it points to /login"),
        Row("308 Moved\r\nLocation: /x", "it points to /x"),
        Row(
            "401 No\r\nWWW-Authenticate: Negotiate\r\nWWW-Authenticate: Basic realm=\"x\"",
            "log-in (Negotiate, Basic)"
        ),
        Row("401 No", "wants a log-in, which"), Row("407 No\r\nProxy-Authenticate: NTLM", "log-in (NTLM)"),
        Row("502 Bad", "cannot reach the controller"), Row("503 Not now", "cannot reach the controller"),
        Row("504 Late", "cannot reach the controller"),
        Row("503 Not now\r\nRetry-After: 5", "too busy or in maintenance"),
        Row("511 Network", "this network wants a log-in"),
    ]

    @Test(arguments: Self.rows) func eachHasItsSentence(row: Row) throws {
        #expect(try Self.text(row.head).contains(row.words))
    }

    @Test func whoAnsweredIsNamed() throws {
        #expect(try Self.text("418 Tea\r\nServer: nginx/1.2 (Debian)") == ", by way of nginx/1.2")
        #expect(try Self.text("418 Tea\r\nVia: 1.1 front (squid/6.13)") == ", by way of squid/6.13")
        // A version and a host's name are no product.
        #expect(try Self.text("418 Tea\r\nVia: 1.1 front") == "")
        #expect(try Self.text("418 Tea") == "")
    }

    @Test func whatAnotherHostSaysIsQuotedShortAndPrintable() throws {
        let flood = String(repeating: "a", count: 9000)
        #expect(try Self.text("418 Tea\r\nServer: \(flood)") == ", by way of \(flood.prefix(40))")
        let far = try Self.text("301 Moved\r\nLocation: https://\(flood)\u{202e}")
        #expect(far.utf8.count < 400)
        #expect(try Self.text("301 Moved\r\nLocation: a\u{202e}b").contains("points to a\\u{202e}b;"))
        let schemes = String(repeating: "\(flood.prefix(100)),", count: 50)
        #expect(try Self.text("401 No\r\nWWW-Authenticate: \(schemes)").utf8.count < 400)
    }
}
