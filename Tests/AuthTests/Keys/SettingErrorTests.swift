import Auth
import Testing

@Suite struct SettingErrorTests {
    @Test func codesAreForever() {
        #expect(
            SettingError.Code.allCases.map(\.rawValue) == [
                "no-credentials", "unauthenticated-remote", "token-and-hash", "bad-token-hash", "bad-secret-file",
                "bad-secret", "short-enrollment-token", "enrollment-without-keys", "bad-proxy", "edge-without-key",
            ]
        )
    }

    @Test func saysWhatWasWrongAndWhatToDo() {
        let error = #expect(throws: SettingError.self) { try TrustedProxies(parsing: "a\u{1b}b") }
        #expect(
            error?.description == "TRUSTED_PROXIES: `a\\u{1b}b` is neither an address nor a network; "
                + "list addresses such as 10.0.0.1 and networks such as 10.0.0.0/8, separated by commas"
        )
    }
}
