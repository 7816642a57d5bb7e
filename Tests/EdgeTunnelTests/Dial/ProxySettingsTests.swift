import Testing

@testable import EdgeTunnel

@Suite struct ProxySettingsTests {
    private static func settings(excluding list: String = "") throws -> ProxySettings {
        var settings = ProxySettings()
        settings.https = try Proxy(parsing: "http://secure:1")
        settings.http = try Proxy(parsing: "http://plain:2")
        settings.all = try Proxy(parsing: "socks5://all:3")
        settings.exclusions = ProxyExclusions(parsing: list)
        return settings
    }

    @Test func theSchemeChoosesAndTheRestFallsBack() throws {
        var settings = try Self.settings()
        let secure = try ControllerAddress(parsing: "https://drydock.example")
        let plain = try ControllerAddress(parsing: "ws://drydock.example")
        #expect(settings.proxy(for: secure)?.host == "secure")
        #expect(settings.proxy(for: plain)?.host == "plain")
        settings.https = nil
        #expect(settings.proxy(for: secure)?.host == "all")
        settings.all = nil
        #expect(settings.proxy(for: secure) == nil)
    }

    @Test(arguments: ["http://localhost:3000", "http://127.0.0.1", "https://[::1]:3000"])
    func thisHostIsReachedDirectly(url: String) throws {
        #expect(try Self.settings().proxy(for: ControllerAddress(parsing: url)) == nil)
    }

    @Test(
        arguments: [
            ("*", "https://anything", true), ("example.org", "https://example.org", true),
            ("example.org", "https://a.EXAMPLE.org", true), (".example.org", "https://a.example.org", true),
            (".example.org", "https://example.org", true), ("*.example.org", "https://a.example.org", true),
            ("example.org", "https://notexample.org", false), ("example.org:8443", "https://example.org", false),
            ("example.org:8443", "https://example.org:8443", true), ("10.0.0.0/8", "https://10.2.3.4", true),
            ("10.0.0.0/8", "https://11.2.3.4", false), ("10.1.1.1", "https://10.1.1.1", true),
            ("10.1.1.1:99", "https://10.1.1.1", false), ("10.1.1.1:443", "https://10.1.1.1", true),
            ("fd00::/8", "https://[fd12::1]", true), ("[fd12::1]:443", "https://[fd12::1]", true),
            ("fd12::1", "https://[fd12:0::1]", true), ("[fd12::1]:1", "https://[fd12::1]", false),
            ("a, b c ,d", "https://c", true), ("", "https://c", false), (",,", "https://c", false),
            ("0.1", "https://10.0.0.1", false),
        ]
    )
    func theListCoversWhatItNames(list: String, url: String, isDirect: Bool) throws {
        let proxy = try Self.settings(excluding: list).proxy(for: ControllerAddress(parsing: url))
        #expect((proxy == nil) == isDirect)
    }
}
