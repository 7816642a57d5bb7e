/// Why the agent does not start with these credentials. Printed as one sentence that ends with what to do.
///
/// A code's raw value is log vocabulary: add, never rename.
package struct SettingError: Error, Hashable, CustomStringConvertible {
    /// What is wrong, as the log names it.
    package enum Code: String, CaseIterable, Sendable {
        case noCredentials = "no-credentials"
        case unauthenticatedRemote = "unauthenticated-remote"
        case tokenAndHash = "token-and-hash"
        case badTokenHash = "bad-token-hash"
        case badSecretFile = "bad-secret-file"
        case badSecret = "bad-secret"
        case shortEnrollmentToken = "short-enrollment-token"
        case enrollmentWithoutKeys = "enrollment-without-keys"
        case badProxy = "bad-proxy"
        case edgeWithoutKey = "edge-without-key"
    }

    /// Of an enrollment token: a shorter one could be guessed.
    static let minEnrollmentCharacters = 16

    package let code: Code
    /// The environment variable, or several.
    package let setting: String
    /// What was found; never holds a secret.
    package let detail: String

    init(_ code: Code, _ setting: String, _ detail: String) {
        self.code = code
        self.setting = setting
        self.detail = detail
    }

    package var advice: String {
        switch self.code {
        case .noCredentials:
            "set one of them, or ALLOW_UNAUTHENTICATED=true to let everybody who reaches the port control this host"
        case .unauthenticatedRemote:
            "bind to 127.0.0.1, set a credential, or set ALLOW_UNAUTHENTICATED_REMOTE=true as well"
        case .tokenAndHash: "remove one of the two"
        case .badTokenHash: "create it with `lookout hash-token`"
        case .badSecretFile: "name a file that holds the secret"
        case .badSecret: "clients present it in a header, so it must be one line of plain text"
        case .shortEnrollmentToken: "use at least \(Self.minEnrollmentCharacters) random characters"
        case .enrollmentWithoutKeys: "set AUTHORIZED_KEYS to the file that new keys are added to"
        case .badProxy: "list addresses such as 10.0.0.1 and networks such as 10.0.0.0/8, separated by commas"
        case .edgeWithoutKey: "create a key with `lookout keygen` and set PRIVATE_KEY_FILE to its path"
        }
    }

    package var description: String { "\(self.setting): \(self.detail); \(self.advice)" }
}
