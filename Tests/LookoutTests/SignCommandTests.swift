import Auth
import Testing

@testable import Lookout

@Suite struct SignCommandTests {
    @Test(
        arguments: [
            ("https://h:3000/version", "/version"), ("http://h/a?b=%2F#c", "/a?b=%2F"), ("/a?b", "/a?b"),
            ("https://h", nil), ("https:///a", nil), ("relative", nil), ("/with space", nil), ("", nil),
        ] as [(String, String?)]
    )
    func theTargetIsSignedAsItStands(url: String, target: String?) {
        #expect(SignCommand.target(of: url) == target)
    }

    /// Vector 2b of the signature's description.
    @Test func theHeadersAreThoseOfTheVector() throws {
        let key = try SigningKey(
            pem: """
                -----BEGIN PRIVATE KEY-----
                MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f
                -----END PRIVATE KEY-----
                """
        )
        let headers = SignCommand.headers(
            method: "POST",
            target: "/_lookout/compose?dry=1&f=%2Fa%20b&dry=2",
            bodyDigest: SHA256Digest(of: #"{"operation":"ps","stackName":"demo"}"#),
            key: key,
            timestamp: 1_767_225_602,
            nonce: try #require(Nonce("202122232425262728292a2b2c2d2e2f"))
        )
        #expect(
            headers.map { "\($0.name): \($0.value)" } == [
                "X-Lookout-Key-ID: 56475aa75463474c", "X-Lookout-Timestamp: 1767225602",
                "X-Lookout-Nonce: 202122232425262728292a2b2c2d2e2f", "X-Lookout-Signature-Version: 2",
                "X-Lookout-Signature: "
                    + "BHI6OxNNluMilYeznE3S2OTVL-IGytPz6IslFVbSRmVPzqt3ySTB7pzeC5d6lUaUwE3_NftO5YZnWXzjlu0NBA",
            ]
        )
    }

    @Test func whatAShellWouldReadIsQuoted() {
        #expect(SignCommand.quoted("it's $x") == #"'it'\''s $x'"#)
    }
}
