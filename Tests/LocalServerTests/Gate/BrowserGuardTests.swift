import Auth
import Testing

@testable import LocalServer

/// Which requests pass as a program's, and which are a web page's.
@Suite struct BrowserGuardTests {
    struct Row: CustomTestStringConvertible {
        let rule: BrowserGuard.HostRule
        /// `Name: value`, apart by `|`.
        let fields: String
        /// The variable that the refusal names; `nil` where there is none.
        let setting: String?

        init(_ rule: BrowserGuard.HostRule, _ fields: String, _ setting: String? = nil) {
            (self.rule, self.fields, self.setting) = (rule, fields, setting)
        }

        var testDescription: String { "\(self.rule) \(self.fields)" }
    }

    private static let hosts = "ALLOWED_HOSTS"
    private static let origins = "ALLOWED_ORIGINS"
    private static let site = "Sec-Fetch-Site"

    static let programs: [Row] = [
        Row(.loopback, "Host: 127.0.0.1:3000"), Row(.loopback, "Host: 127.8.8.8"), Row(.loopback, "Host: [::1]:3000"),
        Row(.loopback, "Host: localhost:3000"), Row(.loopback, "Host: LocalHost."),
        Row(.loopback, "Host: api.localhost:3000"), Row(.loopback, ""),
        Row(.loopback, "Host: agent.example.org:3000"), Row(.loopback, "Host: AGENT.example.org."),
        Row(.addresses, "Host: 10.1.2.3:3000"), Row(.addresses, "Host: [fd00::7]:3000"),
        Row(.addresses, "Host: localhost"), Row(.anything, "Host: docker"), Row(.anything, "Host: api.moby.localhost"),
        Row(.certified, "Host: builder.internal:2376"),
    ]

    static let rebound: [Row] = [
        Row(.loopback, "Host: evil.example:3000", hosts), Row(.loopback, "Host: 127.0.0.1.evil.example", hosts),
        Row(.loopback, "Host: localhost.evil.example", hosts), Row(.loopback, "Host: notlocalhost", hosts),
        Row(.loopback, "Host: 10.1.2.3:3000", hosts), Row(.loopback, "Host: 0.0.0.0:3000", hosts),
        Row(.loopback, "Host: docker", hosts), Row(.loopback, "Host: 127.0.0.1:3000@evil.example", hosts),
        Row(.loopback, "Host: evil.example:127.0.0.1", hosts), Row(.loopback, "Host: ", hosts),
        Row(.loopback, "Host: 127.1", hosts), Row(.addresses, "Host: evil.example:3000", hosts),
        Row(.addresses, "Host: lookout:3000", hosts), Row(.loopback, "Host: x.agent.example.org", hosts),
    ]

    static let pages: [Row] = [
        Row(.loopback, "Host: 127.0.0.1:3000|Origin: https://evil.example", origins),
        Row(.loopback, "Host: 127.0.0.1:3000|Origin: null", origins),
        Row(.loopback, "Host: 127.0.0.1:3000|Origin: http://127.0.0.1:8080", origins),
        Row(.loopback, "Host: 127.0.0.1:3000|Origin: http://localhost:3000", origins),
        Row(.loopback, "Host: localhost|Origin: https://localhost:80", origins),
        Row(.loopback, "Host: localhost:3000|Origin: http://localhost:3000|Origin: https://evil.example", origins),
        Row(.loopback, "Host: localhost:3000|Origin: https://ui.example.org.evil.example", origins),
        Row(.loopback, "Host: localhost:3000|Origin: http://ui.example.org", origins),
        Row(.loopback, "Host: localhost:3000|Origin: https://ui.example.org, https://evil.example", origins),
        Row(.loopback, "Host: localhost:3000|Origin: ", origins),
        Row(.anything, "Host: docker|Origin: https://evil.example", origins),
        Row(.certified, "Host: builder.internal|Origin: https://evil.example", origins),
        Row(.addresses, "Host: 10.1.2.3:3000|Origin: http://10.1.2.4:3000", origins),
        Row(.loopback, "Host: 127.0.0.1:3000|Sec-Fetch-Site: cross-site", site),
        Row(.loopback, "Host: 127.0.0.1:3000|Sec-Fetch-Site: same-site", site),
        Row(.loopback, "Host: 127.0.0.1:3000|Sec-Fetch-Site: surprise", site),
    ]

    static let admittedPages: [Row] = [
        Row(.loopback, "Host: 127.0.0.1:3000|Origin: https://ui.example.org|Sec-Fetch-Site: cross-site"),
        Row(.loopback, "Host: 127.0.0.1:3000|Origin: HTTPS://UI.example.org:443"),
        Row(.loopback, "Host: 127.0.0.1:3000|Origin: chrome-extension://abcdef"),
        Row(.loopback, "Host: 127.0.0.1:3000|Origin: http://127.0.0.1:3000"),
        Row(.loopback, "Host: localhost|Origin: http://localhost"),
        Row(.loopback, "Host: agent.example.org|Origin: https://agent.example.org"),
        Row(.addresses, "Host: 10.1.2.3:3000|Origin: http://10.1.2.3:3000"),
        Row(.certified, "Host: builder.internal:2376|Origin: https://builder.internal:2376"),
        Row(.loopback, "Host: 127.0.0.1:3000|Sec-Fetch-Site: none"),
        Row(.loopback, "Host: 127.0.0.1:3000|Sec-Fetch-Site: same-origin"),
    ]

    private static func head(_ fields: String) throws -> RequestHead {
        let lines = fields.split(separator: "|").map { "\($0)\r\n" }.joined()
        let version = fields.contains("Host:") ? "1.1" : "1.0"
        let text = "GET /version HTTP/\(version)\r\n\(lines)\r\n"
        return try Array(text.utf8).withUnsafeBytes { try RequestHeadParser.parse($0) }
    }

    private static func refusal(
        _ row: Row,
        _ identity: Authenticator.Identity = .anonymous,
        checksOrigin: Bool = false
    ) throws -> AuthFailure? {
        let browsers = BrowserGuard(
            row.rule,
            allowedHosts: ["agent.example.org"],
            allowedOrigins: Set(["https://ui.example.org", "chrome-extension://abcdef"].compactMap { WebOrigin($0) })
        )
        return browsers.refusal(of: try Self.head(row.fields), from: identity, checksOrigin: checksOrigin)
    }

    @Test(arguments: programs + admittedPages)
    func isAdmitted(_ row: Row) throws {
        #expect(try Self.refusal(row) == nil)
    }

    @Test(arguments: rebound + pages)
    func isRefusedWithTheSettingThatWouldAdmitIt(_ row: Row) throws {
        let failure = try #require(try Self.refusal(row))
        #expect(failure.code == .foreignPage)
        #expect(failure.answer.status == 403)
        #expect(failure.answer.text.contains(row.setting ?? "?"), "\(failure.answer.text)")
        #expect(!failure.countsAsFailure, "a person must not be locked out by a page that they visited")
    }

    /// No page has the credential.
    @Test(arguments: rebound + pages)
    func withACredentialNothingIsChecked(_ row: Row) throws {
        #expect(try Self.refusal(row, .token) == nil)
    }

    @Test(arguments: pages)
    func aRouteThatChecksOriginDoesSoWhoeverAsks(_ row: Row) throws {
        #expect(try Self.refusal(row, .token, checksOrigin: true) != nil)
    }

    /// After rebinding both fields carry the page's name.
    @Test(arguments: [BrowserGuard.HostRule.anything, .loopback, .addresses])
    func aPageThatNamesItselfTwiceIsNoOwnPage(_ rule: BrowserGuard.HostRule) throws {
        let row = Row(rule, "Host: evil.example:3000|Origin: http://evil.example:3000")
        #expect(try Self.refusal(row, .token, checksOrigin: true) != nil)
    }

    @Test func aLongValueIsCut() throws {
        let row = Row(.loopback, "Host: \(String(repeating: "a", count: 5000))")
        #expect(try #require(try Self.refusal(row)).answer.text.utf8.count < 400)
    }

    @Test(arguments: [
        ("Agent.Example.org.", "agent.example.org"), ("10.0.0.1", "10.0.0.1"), ("fd00::7", "fd00::7"),
        ("[FD00::7]", "fd00::7"), ("a:3000", nil), ("*", nil), ("http://a", nil), ("a b", nil), ("", nil),
    ])
    func aSettingNamesAHost(text: String, host: String?) {
        #expect(BrowserGuard.host(text) == host)
    }

    @Test(arguments: ["null", "*", "ui.example.org", "https://", "https://a/b", "https://*.a", "https://a,b", "://a"])
    func whatIsNotOneOriginIsNone(text: String) {
        #expect(WebOrigin(text) == nil)
    }
}
