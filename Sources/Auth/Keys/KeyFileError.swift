/// Why a key, or a file that holds keys or secrets, cannot be used. Printed as one sentence that ends with what to do.
///
/// A code's raw value is log vocabulary: add, never rename.
package struct KeyFileError: Error, Hashable, CustomStringConvertible {
    /// What is wrong, as the log names it.
    package enum Code: String, CaseIterable, Sendable {
        case missing = "missing"
        case unreadable = "unreadable"
        case notRegularFile = "not-a-regular-file"
        case worldReadable = "world-readable"
        case writableByOthers = "writable-by-others"
        case tooLarge = "too-large"
        case noPEMBlock = "no-pem-block"
        case encrypted = "encrypted"
        case wrongFormat = "wrong-format"
        case wrongAlgorithm = "wrong-algorithm"
        case malformed = "malformed"
        case keyMismatch = "key-mismatch"
        case badComment = "bad-comment"
        case unwritable = "unwritable"
        case wrongPassphrase = "wrong-passphrase"
        case emptySecret = "empty-secret"
        case badSecret = "bad-secret"
        case badText = "bad-text"
        case inUse = "in-use"
        case isLink = "is-a-link"
    }

    package let code: Code
    /// What was found; never holds key material.
    package let detail: String
    /// The file, once one is known.
    package private(set) var path: String?

    package init(_ code: Code, _ detail: String, path: String? = nil) {
        self.code = code
        self.detail = detail
        self.path = path
    }

    func at(path: String) -> KeyFileError {
        KeyFileError(self.code, self.detail, path: path)
    }

    package var advice: String {
        switch self.code {
        case .missing: "check the path, or create the key with `lookout keygen`"
        case .unreadable: "let the user that runs the agent read it"
        case .notRegularFile: "name a regular file"
        case .worldReadable: "run `chmod 600` on it (0640 is accepted too)"
        case .writableByOthers: "run `chmod 600` on it; only its owner may be able to write it"
        case .tooLarge: "name the right file"
        case .noPEMBlock: "the file must contain a `-----BEGIN PRIVATE KEY-----` block as `lookout keygen` prints it"
        case .encrypted:
            "name a file with its passphrase in PRIVATE_KEY_PASSPHRASE_FILE, or decrypt it with "
                + "`openssl pkey -in OLD -out NEW`"
        case .wrongFormat:
            "only PKCS#8 (`-----BEGIN PRIVATE KEY-----`) is read; create a key with `lookout keygen` "
                + "or `openssl genpkey -algorithm ed25519`"
        case .wrongAlgorithm: "only Ed25519 keys sign requests; create one with `lookout keygen`"
        case .malformed: "restore the file from a good copy or create a new key with `lookout keygen`"
        case .keyMismatch: "the file was damaged or put together from two keys; create a new one with `lookout keygen`"
        case .badComment: "use a comment on one line"
        case .unwritable: "let the user that runs the agent write it and its folder, and mount it writable"
        case .wrongPassphrase: "check PRIVATE_KEY_PASSPHRASE_FILE"
        case .emptySecret: "write the secret into it, or unset the variable that names it"
        case .badSecret: "write the secret alone, on one line of plain text"
        case .badText: "write it as `lookout keygen` or `openssl genpkey` printed it"
        case .isLink: "name the file itself"
        case .inUse: "give each agent a folder of its own"
        }
    }

    package var description: String {
        let place = self.path.map { "\($0): " } ?? ""
        return "\(place)\(self.detail); \(self.advice)"
    }
}
