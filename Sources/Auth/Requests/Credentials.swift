import Base

/// What the agent accepts and presents: the result of all credential variables together.
package struct Credentials: Sendable {
    /// What is not a credential itself but decides whether a missing one is an error.
    package struct Circumstances: Sendable {
        package var isEdge: Bool
        package var bindsToLoopback: Bool
        package var allowsUnauthenticated: Bool
        package var allowsUnauthenticatedRemote: Bool

        package init(
            isEdge: Bool,
            bindsToLoopback: Bool,
            allowsUnauthenticated: Bool = false,
            allowsUnauthenticatedRemote: Bool = false
        ) {
            self.isEdge = isEdge
            self.bindsToLoopback = bindsToLoopback
            self.allowsUnauthenticated = allowsUnauthenticated
            self.allowsUnauthenticatedRemote = allowsUnauthenticatedRemote
        }
    }

    /// Everything that is wrong, so that one start shows it all.
    package struct Problems: Error, CustomStringConvertible {
        package let all: [SettingError]
        package var description: String { self.all.map(\.description).joined(separator: "\n") }
    }

    package let token: TokenRule?
    package let authorizedKeysPath: String?
    /// Only the digest is kept.
    package let enrollmentToken: SHA256Digest?
    package let privateKeyPath: String?
    package let privateKeyPassphrasePath: String?
    package let trustedProxies: TrustedProxies
    /// For the log at the start.
    package let warnings: [String]

    /// Reads the variables by the rules of precedence; an empty variable counts as unset.
    ///
    /// A token comes from the first of `TOKEN_FILE`, `DD_AGENT_SECRET_FILE`, `TOKEN` and `DD_AGENT_SECRET`; a hash
    /// from `TOKEN_HASH_FILE`, then `TOKEN_HASH`; the enrollment token from the variable, then the file.
    package init(
        from variables: [String: String],
        in circumstances: Circumstances,
        readFile: @escaping (String) throws(KeyFileError) -> SecretFile = { path throws(KeyFileError) in
            try SecretFile(path: path, isForHeaders: true)
        }
    ) throws(Problems) {
        var reader = CredentialReader(variables: variables, readFile: readFile)
        let token = reader.token()
        let hash = reader.secret(files: ["TOKEN_HASH_FILE"], values: ["TOKEN_HASH"])
        if token != nil && hash != nil {
            reader.add(.tokenAndHash, "TOKEN, TOKEN_HASH", "TOKEN and TOKEN_HASH are mutually exclusive")
        }
        let verifier = hash.flatMap { hash in reader.attempt { () throws(SettingError) in try TokenHash(phc: hash) } }
        self.token = token.map { .plain(SHA256Digest(of: $0)) } ?? verifier.map { .hashed(TokenVerifier($0)) }
        self.authorizedKeysPath = reader.value("AUTHORIZED_KEYS") ?? reader.value("AUTHORIZED_KEYS_FILE")
        self.privateKeyPath = reader.value("PRIVATE_KEY_FILE")
        self.privateKeyPassphrasePath = reader.value("PRIVATE_KEY_PASSPHRASE_FILE")
        self.enrollmentToken = reader.enrollmentToken(hasKeyFile: self.authorizedKeysPath != nil)
        let proxies = reader.value("TRUSTED_PROXIES") ?? ""
        self.trustedProxies =
            reader.attempt { () throws(SettingError) in try TrustedProxies(parsing: proxies) } ?? .none

        if circumstances.isEdge {
            if self.privateKeyPath == nil {
                reader.add(
                    .edgeWithoutKey,
                    "PRIVATE_KEY_FILE",
                    "edge mode needs a signing key; a token or its hash is not enough"
                )
            }
        } else if token == nil && hash == nil && self.authorizedKeysPath == nil && !reader.hasFileProblem {
            reader.checkUnauthenticated(circumstances)
        }
        self.warnings = reader.warnings
        guard reader.problems.isEmpty else { throw Problems(all: reader.problems) }
    }
}

private struct CredentialReader {
    let variables: [String: String]
    let readFile: (String) throws(KeyFileError) -> SecretFile
    var problems: [SettingError] = []
    var warnings: [String] = []

    init(variables: [String: String], readFile: @escaping (String) throws(KeyFileError) -> SecretFile) {
        self.variables = variables
        self.readFile = readFile
    }

    /// With letters and digits, some 90 bits.
    private static let minTokenCharacters = 16

    /// A credential was configured but cannot be read, so "none is configured" would be the wrong complaint.
    var hasFileProblem: Bool { self.problems.contains { $0.code == .badSecretFile } }

    func value(_ name: String) -> String? {
        self.variables[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    mutating func add(_ code: SettingError.Code, _ setting: String, _ detail: String) {
        self.problems.append(SettingError(code, setting, detail))
    }

    mutating func attempt<R>(_ work: () throws(SettingError) -> R) -> R? {
        do throws(SettingError) {
            return try work()
        } catch {
            self.problems.append(error)
            return nil
        }
    }

    mutating func token() -> String? {
        let token = self.secret(files: ["TOKEN_FILE", "DD_AGENT_SECRET_FILE"], values: ["TOKEN", "DD_AGENT_SECRET"])
        guard let token, token.count < Self.minTokenCharacters else { return token }
        let warning = "the token has only \(token.count) characters and could be guessed; use at least "
        self.warnings.append("\(warning)\(Self.minTokenCharacters) random ones")
        return token
    }

    mutating func secret(files: [String], values: [String]) -> String? {
        if let name = files.first(where: { self.value($0) != nil }) { return self.file(name) }
        guard let name = values.first(where: { self.value($0) != nil }), let value = self.value(name) else {
            return nil
        }
        if value.trimmingSpace.count != value.count {
            self.warnings.append("\(name) begins or ends with white space, which a Bearer header cannot carry")
        }
        if let problem = SecretText.problem(of: value.trimmingSpace) { self.add(.badSecret, name, problem) }
        return value
    }

    mutating func enrollmentToken(hasKeyFile: Bool) -> SHA256Digest? {
        guard let token = self.value("ENROLLMENT_TOKEN") ?? self.file("ENROLLMENT_TOKEN_FILE") else { return nil }
        if token.count < SettingError.minEnrollmentCharacters {
            self.add(.shortEnrollmentToken, "ENROLLMENT_TOKEN", "has only \(token.count) characters")
        }
        if !hasKeyFile {
            self.add(.enrollmentWithoutKeys, "ENROLLMENT_TOKEN", "ENROLLMENT_TOKEN requires AUTHORIZED_KEYS")
        }
        return SHA256Digest(of: token)
    }

    mutating func checkUnauthenticated(_ circumstances: Credentials.Circumstances) {
        guard circumstances.allowsUnauthenticated else {
            self.add(.noCredentials, "TOKEN, TOKEN_HASH, AUTHORIZED_KEYS", "none of them is set")
            return
        }
        guard circumstances.bindsToLoopback || circumstances.allowsUnauthenticatedRemote else {
            self.add(.unauthenticatedRemote, "BIND_ADDRESS", "without credentials, other hosts could control this one")
            return
        }
        self.warnings.append("no credentials are configured: everybody who reaches the port controls this host")
    }

    private mutating func file(_ name: String) -> String? {
        guard let path = self.value(name) else { return nil }
        do throws(KeyFileError) {
            let file = try self.readFile(path)
            if file.isWorldReadable {
                self.warnings.append("\(name): \(path) can be read by every user of this host; run `chmod 600` on it")
            }
            return file.text
        } catch {
            self.add(.badSecretFile, name, "reading \(name): \(error.path ?? path) \(error.detail)")
            return nil
        }
    }
}
