import Base
import Testing

@testable import EdgeTunnel

@Suite struct ProxyTests {
    @Test(
        arguments: [
            ("http://proxy:3128", "http://proxy:3128", nil), ("proxy:3128", "http://proxy:3128", nil),
            ("http://proxy/", "http://proxy:80", nil), ("https://proxy", "https://proxy:443", nil),
            ("socks5://10.0.0.1", "socks5://10.0.0.1:1080", nil),
            ("SOCKS5H://[fd00::1]:99", "socks5://[fd00::1]:99", nil),
            ("http://me:p%40ss%3A%25@proxy:1", "http://proxy:1", "me p@ss:%"),
            ("http://me@proxy:1", "http://proxy:1", "me "),
            ("http://a:b:c@proxy:1", "http://proxy:1", "a b:c"),
        ] as [(String, String, String?)]
    )
    func aProxyIsReadAndShownWithoutItsPassword(text: String, shown: String, credentials: String?) throws {
        let proxy = try Proxy(parsing: text)
        #expect("\(proxy)" == shown)
        #expect(proxy.credentials.map { "\($0.user) \($0.password)" } == credentials)
    }

    @Test(
        arguments: [
            ("ftp://proxy", "has an unknown scheme; use http, https or socks5"), ("http://", "has no host name"),
            ("me:se://cret@proxy", "has an unknown scheme; use http, https or socks5"),
            ("http://proxy:0", "has the port '0'; a port is 1 to 65535"),
            ("http://proxy/path", "has a path, a query or a fragment; leave it away"),
            ("http://a%zz:b@proxy", "has a user name or password that is not percent-encoded UTF-8"),
            ("http://a%f:b@proxy", "has a user name or password that is not percent-encoded UTF-8"),
            ("http://:b@proxy", "has an empty user name, or credentials of more than 255 bytes"),
        ]
    )
    func anUnusableProxyIsRefusedWithItsReason(text: String, reason: String) {
        #expect(throws: SettingProblem(reason: reason)) { try Proxy(parsing: text) }
    }
}
