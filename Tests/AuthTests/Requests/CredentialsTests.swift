import Auth
import Support
import Testing

@Suite struct CredentialsTests {
    private static let standard = Credentials.Circumstances(isEdge: false, bindsToLoopback: false)
    private static let edge = Credentials.Circumstances(isEdge: true, bindsToLoopback: true)
    private let folder: TemporaryFolder

    init() throws {
        self.folder = try TemporaryFolder()
        try self.folder.write("from-token-file\n", to: "token")
        try self.folder.write("from-secret-file", to: "secret")
        try self.folder.write("", to: "empty")
        try self.folder.write(TokenHashTests.cheap, to: "hash")
        try self.folder.write("enrollment-from-file", to: "enrollment")
    }

    private func resolve(
        _ variables: [String: String],
        in circumstances: Credentials.Circumstances = standard
    ) throws(Credentials.Problems) -> Credentials {
        let located = variables.mapValues { $0.hasPrefix("@") ? self.folder.file(String($0.dropFirst())) : $0 }
        return try Credentials(from: located, in: circumstances)
    }

    private func codes(
        _ variables: [String: String],
        in circumstances: Credentials.Circumstances = standard
    ) -> [SettingError.Code] {
        do throws(Credentials.Problems) {
            _ = try self.resolve(variables, in: circumstances)
            return []
        } catch {
            return error.all.map(\.code)
        }
    }

    @Test(
        arguments: [
            (["TOKEN": "a"], "a"),
            (["DD_AGENT_SECRET": "b"], "b"),
            (["TOKEN": "a", "DD_AGENT_SECRET": "b"], "a"),
            (["TOKEN": "", "DD_AGENT_SECRET": "b"], "b"),
            (["TOKEN": "a", "TOKEN_FILE": "@token"], "from-token-file"),
            (["TOKEN": "a", "DD_AGENT_SECRET_FILE": "@secret"], "from-secret-file"),
            (["TOKEN_FILE": "@token", "DD_AGENT_SECRET_FILE": "@secret"], "from-token-file"),
            (["TOKEN_FILE": "", "DD_AGENT_SECRET_FILE": "@secret"], "from-secret-file"),
            (["TOKEN": " kept "], " kept "),
        ] as [([String: String], String)]
    )
    func theTokenComesFromTheFirstSource(variables: [String: String], token: String) throws {
        guard case .plain(let digest)? = try self.resolve(variables).token else {
            Issue.record("no plain token")
            return
        }
        #expect(digest == SHA256Digest(of: token))
    }

    @Test func theHashFileOverridesTheHash() throws {
        let credentials = try self.resolve(["TOKEN_HASH": "nonsense", "TOKEN_HASH_FILE": "@hash"])
        guard case .hashed? = credentials.token else {
            Issue.record("no hash")
            return
        }
    }

    @Test func theEnrollmentVariableOverridesItsFile() throws {
        let both = try self.resolve([
            "AUTHORIZED_KEYS": "/keys", "ENROLLMENT_TOKEN": "enrollment-inline",
            "ENROLLMENT_TOKEN_FILE": "@enrollment",
        ])
        #expect(both.enrollmentToken == SHA256Digest(of: "enrollment-inline"))
        let file = try self.resolve(["AUTHORIZED_KEYS_FILE": "/keys", "ENROLLMENT_TOKEN_FILE": "@enrollment"])
        #expect(file.enrollmentToken == SHA256Digest(of: "enrollment-from-file"))
        #expect(file.authorizedKeysPath == "/keys")
    }

    @Test func theFirstNameOfTheKeyFileWins() throws {
        #expect(try self.resolve(["AUTHORIZED_KEYS": "/a", "AUTHORIZED_KEYS_FILE": "/b"]).authorizedKeysPath == "/a")
    }

    @Test(
        arguments: [
            ([:], [.noCredentials]),
            (["TOKEN": ""], [.noCredentials]),
            (["TOKEN_FILE": "@empty"], [.badSecretFile]),
            (["TOKEN": "a", "TOKEN_FILE": "@empty"], [.badSecretFile]),
            (["TOKEN_FILE": "@none"], [.badSecretFile]),
            (["TOKEN": "a", "TOKEN_HASH": TokenHashTests.cheap], [.tokenAndHash]),
            (["DD_AGENT_SECRET": "a", "TOKEN_HASH": TokenHashTests.cheap], [.tokenAndHash]),
            (["TOKEN_HASH": "nonsense"], [.badTokenHash]),
            (["TOKEN": "a", "ENROLLMENT_TOKEN": "long-enough-secret"], [.enrollmentWithoutKeys]),
            (["AUTHORIZED_KEYS": "/a", "ENROLLMENT_TOKEN": "fifteen-letters"], [.shortEnrollmentToken]),
            (["AUTHORIZED_KEYS": "/a", "ENROLLMENT_TOKEN": "sixteen--letters"], []),
            (["TOKEN": "a", "TRUSTED_PROXIES": "proxy"], [.badProxy]),
            (
                ["TOKEN_HASH": "x", "ENROLLMENT_TOKEN": "short", "TRUSTED_PROXIES": "y"],
                [.badTokenHash, .shortEnrollmentToken, .enrollmentWithoutKeys, .badProxy]
            ),
        ] as [([String: String], [SettingError.Code])]
    )
    func namesEverythingThatIsWrongAtOnce(variables: [String: String], expected: [SettingError.Code]) {
        #expect(self.codes(variables) == expected)
    }

    @Test(arguments: [
        (["TOKEN": "a"], [SettingError.Code.edgeWithoutKey]),
        (["TOKEN_HASH": TokenHashTests.cheap], [.edgeWithoutKey]),
        (["AUTHORIZED_KEYS": "/keys"], [.edgeWithoutKey]),
        ([:], [.edgeWithoutKey]),
        (["PRIVATE_KEY_FILE": "/key", "TOKEN_HASH": TokenHashTests.cheap], []),
        (["PRIVATE_KEY_FILE": "/key"], []),
    ])
    func edgeModeNeedsASigningKey(variables: [String: String], expected: [SettingError.Code]) {
        #expect(self.codes(variables, in: Self.edge) == expected)
    }

    @Test(arguments: [
        (false, false, true, [SettingError.Code.noCredentials]),
        (true, false, true, []),
        (true, false, false, [.unauthenticatedRemote]),
        (true, true, false, []),
        (false, true, true, [.noCredentials]),
    ])
    func openAccessHasToBeAskedFor(allowed: Bool, remote: Bool, loopback: Bool, expected: [SettingError.Code]) {
        let circumstances = Credentials.Circumstances(
            isEdge: false,
            bindsToLoopback: loopback,
            allowsUnauthenticated: allowed,
            allowsUnauthenticatedRemote: remote
        )
        #expect(self.codes([:], in: circumstances) == expected)
    }

    @Test func warnsAboutAReadableSecretAndAnUnsendableToken() throws {
        try self.folder.write("a-secret-of-many-letters", to: "open", mode: 0o644)
        #expect(try self.resolve(["TOKEN_FILE": "@open"]).warnings.count == 1)
        #expect(try self.resolve(["TOKEN": "a-token-of-many-letters "]).warnings.count == 1)
        #expect(try self.resolve(["TOKEN": "a-token-of-many-letters"]).warnings.isEmpty)
    }

    @Test func neverPrintsASecret() {
        let variables = ["TOKEN": "s3cret-1", "TOKEN_HASH": "s3cret-2", "ENROLLMENT_TOKEN": "s3cret-3"]
        let error = #expect(throws: Credentials.Problems.self) { try self.resolve(variables) }
        #expect(error?.description.contains("s3cret") == false)
        #expect(error?.all.count == 4)
    }

    @Test(arguments: ["a\nb", "a\u{0}b", "a\u{1b}b"])
    func aTokenThatNoHeaderCanCarryIsAnError(token: String) {
        #expect(self.codes(["TOKEN": token]) == [.badSecret])
    }

    @Test(arguments: [
        (["TOKEN": "fifteen-letters"], 1), (["TOKEN": "sixteen--letters"], 0), (["DD_AGENT_SECRET": "short"], 1),
        (["TOKEN_FILE": "@secret"], 0), (["TOKEN_FILE": "@token"], 1),
    ])
    func aTokenThatCouldBeGuessedIsWarnedOf(variables: [String: String], count: Int) throws {
        let warnings = try self.resolve(variables).warnings
        #expect(warnings.count == count)
        #expect(warnings.allSatisfy { $0.contains("use at least 16 random ones") })
    }
}
