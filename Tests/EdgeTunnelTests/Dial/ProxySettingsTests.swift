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
            ("0.1", "https://10.0.0.1", false), ("\"a,b\"", "https://b", true), ("'a', 'b'", "https://a", true),
            ("https://a/", "https://a", true), ("http://a:8443/x", "https://a:8443", true), ("a.", "https://a", true),
            ("a", "https://a.", true), ("a\nb", "https://b", true), ("http://[fd12::1]/", "https://[fd12::1]", true),
        ]
    )
    func theListCoversWhatItNames(list: String, url: String, isDirect: Bool) throws {
        let proxy = try Self.settings(excluding: list).proxy(for: ControllerAddress(parsing: url))
        #expect((proxy == nil) == isDirect)
    }

    @Test(
        arguments: [
            ("10.0.0.*", "'*' stands for everything"), ("a.*.example.org", "'*' stands for everything"),
            ("10.0.0.0/33", "as in 10.0.0.0/8"), ("a/b", "as in 10.0.0.0/8"), ("a:b", "not a port"),
            ("a:0", "not a port"),
            ("fd12:::1", "not a port"), ("<local>", "not a host name"),
        ]
    )
    func anEntryThatMatchesNothingIsNamed(entry: String, words: String) {
        let exclusions = ProxyExclusions(parsing: "good.example, \(entry)")
        #expect(exclusions.faults.count == 1)
        #expect(exclusions.faults.first?.hasPrefix("has the entry '\(entry)', which matches nothing: ") == true)
        #expect(exclusions.faults.first?.contains(words) == true)
        #expect(exclusions.cover(host: "good.example", port: 443))
    }

    @Test(arguments: ["", ",", "*", "''", ".", "a.example:1, .b, [::1], ::1, 10.0.0.0/8"])
    func aListThatCanMatchHasNoFaults(list: String) {
        #expect(ProxyExclusions(parsing: list).faults == [])
    }
}
