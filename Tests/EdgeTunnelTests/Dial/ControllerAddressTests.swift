import Base
import Drydock
import Testing

@testable import EdgeTunnel

@Suite struct ControllerAddressTests {
    @Test(
        arguments: [
            ("https://h", true, "h", 443, "h", "/api/portwing/ws"),
            ("https://h:3000", true, "h", 3000, "h:3000", "/api/portwing/ws"),
            ("wss://h:443/", true, "h", 443, "h", "/api/portwing/ws"),
            ("WSS://Host.Example", true, "Host.Example", 443, "Host.Example", "/api/portwing/ws"),
            ("http://h", false, "h", 80, "h", "/api/portwing/ws"),
            ("ws://h:8080", false, "h", 8080, "h:8080", "/api/portwing/ws"),
            ("ws://h:443", false, "h", 443, "h:443", "/api/portwing/ws"),
            ("https://h/prefix/", true, "h", 443, "h", "/prefix/api/portwing/ws"),
            ("https://h/a/b///", true, "h", 443, "h", "/a/b/api/portwing/ws"),
            ("https://h/a%20b", true, "h", 443, "h", "/a%20b/api/portwing/ws"),
            ("https://h//", true, "h", 443, "h", "/api/portwing/ws"),
            ("https://[::1]:3000/x", true, "::1", 3000, "[::1]:3000", "/x/api/portwing/ws"),
            ("https://[2001:db8::1]", true, "2001:db8::1", 443, "[2001:db8::1]", "/api/portwing/ws"),
            ("https://192.0.2.1:65535", true, "192.0.2.1", 65535, "192.0.2.1:65535", "/api/portwing/ws"),
        ] as [(String, Bool, String, Int, String, String)]
    )
    func aURLIsTakenApart(
        text: String,
        usesTLS: Bool,
        host: String,
        port: Int,
        hostHeader: String,
        path: String
    ) throws {
        let address = try ControllerAddress(parsing: text)
        #expect(address.usesTLS == usesTLS)
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.hostHeader == hostHeader)
        #expect(address.path(for: .portwing) == path)
        #expect(address.pinned == nil)
        #expect(address.path(for: .lookout) == path.replacing("portwing", with: "lookout"))
    }

    /// The zone belongs to the address that is dialled, and not to the `Host` field.
    @Test(arguments: ["https://[fe80::1%25eth0]:3000", "https://[fe80::1%eth0]:3000"])
    func aZoneIsDialledAndNotSaid(text: String) throws {
        let address = try ControllerAddress(parsing: text)
        #expect(address.host == "fe80::1")
        #expect(address.dialledHost == "fe80::1%eth0")
        #expect(address.hostHeader == "[fe80::1]:3000")
    }

    @Test(arguments: ["https://[fe80::1%]", "https://[fe80::1%25a/b]", "https://[fe80::1%abcdefghijklmnop]"])
    func aZoneThatIsNoInterfaceIsRefused(text: String) {
        #expect(throws: SettingProblem.self) { try ControllerAddress(parsing: text) }
    }

    @Test(
        arguments: [
            ("https://h/api/portwing/ws", "/api/portwing/ws", .portwing),
            ("https://h/api/v1/portwing/ws", "/api/v1/portwing/ws", .portwing),
            ("https://h/api/lookout/ws", "/api/lookout/ws", .lookout),
            ("wss://h/p/api/v1/lookout/ws/", "/p/api/v1/lookout/ws", .lookout),
        ] as [(String, String, Dialect)]
    )
    func aCompletePathIsUsedAsItStandsAndPinsItsDialect(text: String, path: String, dialect: Dialect) throws {
        let address = try ControllerAddress(parsing: text)
        #expect(address.pinned == ControllerAddress.Pinned(path: path, dialect: dialect))
        for dialect in Dialect.allCases { #expect(address.path(for: dialect) == path) }
    }

    @Test(arguments: [
        ("", "no scheme"), ("h", "no scheme"), ("h:3000", "no scheme"), ("//h", "no scheme"),
        ("ftp://h", "scheme 'ftp'"), ("://h", "scheme ''"), ("https://", "no host name"),
        ("https:///x", "no host name"),
        ("https://:3000", "no host name"), ("https://u:p@h", "user information"), ("https://h?x=1", "query"),
        ("https://h/#a", "fragment"), ("https://h/a?b", "query"), ("https://h:0", "port '0'"),
        ("https://h:65536", "port '65536'"), ("https://h:", "port ''"), ("https://h:30x", "port '30x'"),
        ("https://h:1:2", "port '1:2'"), ("https://h h", "host name with spaces"), ("https://hé", "non-ASCII"),
        ("https://h/a b", "percent-encode"), ("https://h/é", "percent-encode"), ("https://h/a\nb", "percent-encode"),
        ("https://h/a\\b", "percent-encode"), ("https://[::1", "'[' without ']'"),
        ("https://[h]", "not an IPv6 address"),
        ("https://[127.0.0.1]", "not an IPv6 address"), ("https://[::1]x", "port"),
        ("https://[]", "not an IPv6 address"),
        (" https://h", "scheme ' https'"), ("https://" + String(repeating: "h", count: 254), "more than 253"),
    ])
    func whatIsNoAddressIsRefusedWithAReason(text: String, reason: String) {
        let error = #expect(throws: SettingProblem.self) { try ControllerAddress(parsing: text) }
        #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
    }

    @Test(arguments: [
        ("http://localhost", true), ("http://LOCALHOST:1", true), ("http://127.0.0.1", true),
        ("http://127.9.9.9", true),
        ("http://[::1]", true), ("http://[0:0:0:0:0:0:0:1]", true), ("http://128.0.0.1", false),
        ("http://127.example", false), ("http://localhost.example", false), ("http://[::2]", false),
        ("http://0.0.0.0", false), ("http://10.0.0.1", false),
    ])
    func onlyLoopbackNeedsNoTLS(text: String, isLoopback: Bool) throws {
        #expect(try ControllerAddress(parsing: text).isLoopback == isLoopback)
    }

    @Test(arguments: [
        ("https://h", "wss://h"), ("http://h:80/x/", "ws://h/x"), ("https://[::1]:3", "wss://[::1]:3"),
        ("https://h/api/lookout/ws", "wss://h/api/lookout/ws"),
    ])
    func itPrintsAsAURL(text: String, printed: String) throws {
        #expect(try ControllerAddress(parsing: text).description == printed)
    }
}
