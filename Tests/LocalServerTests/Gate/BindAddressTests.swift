import Base
import Testing

@testable import LocalServer

@Suite struct BindAddressTests {
    @Test(
        arguments: [
            ("127.0.0.1", "127.0.0.1:3000"), ("::1", "[::1]:3000"), ("[::1]", "[::1]:3000"),
            ("localhost", "localhost:3000"), ("unix:/run/lookout.sock", "unix:/run/lookout.sock"),
            ("unix:///run/lookout.sock", "unix:/run/lookout.sock"),
        ]
    )
    func anAddressIsReadAndShown(text: String, shown: String) throws {
        #expect("\(try BindAddress(parsing: text, port: 3000))" == shown)
    }

    @Test(arguments: [
        "", "a b", "[::1", "unix:", "unix:relative", "host:80", "unix:/" + String(repeating: "x", count: 107),
    ])
    func anythingElseIsRefused(text: String) {
        #expect(throws: SettingProblem.self) { try BindAddress(parsing: text, port: 3000) }
    }
}
