import Auth
import Foundation
import Support
import Testing

@Suite struct EnrollmentTests {
    private static let token = "correct-enrollment-token"
    private let folder: TemporaryFolder
    private let limits = AttemptLimits()
    private let key = SigningKey.generate().verifyingKey

    init() throws {
        self.folder = try TemporaryFolder()
        try self.folder.write(Vectors.keyLine + "\n", to: "keys")
    }

    private func enrollment(limits: AttemptLimits? = nil, allowsPlainTransport: Bool = false) throws -> Enrollment {
        Enrollment(
            tokenDigest: SHA256Digest(of: Self.token),
            registry: try KeyRegistry(path: self.folder.file("keys")),
            limits: limits ?? self.limits,
            allowsPlainTransport: allowsPlainTransport
        )
    }

    private func body(token: String = token, key: String? = nil) -> String {
        #"{"enrollment_token":"\#(token)","public_key":"\#(key ?? Base64.encode(self.key.rawBytes))","more":[1]}"#
    }

    private func attempt(
        _ enrollment: Enrollment,
        _ body: String,
        over transport: Enrollment.Transport = .encrypted
    ) -> Enrollment.Outcome {
        let bytes = Array(body.utf8)
        return enrollment.attempt(body: bytes.span, from: .local, over: transport, at: .vector)
    }

    @Test func addsTheKeyAndUsesTheTokenUp() throws {
        let enrollment = try self.enrollment()
        #expect(enrollment.startWarnings.isEmpty)
        let id = self.key.keyID
        #expect(self.attempt(enrollment, self.body()) == .enrolled(keyID: id))
        let line = "ed25519 \(Base64.encode(self.key.rawBytes)) enrolled:\(id)\n"
        #expect(try self.folder.read("keys") == Vectors.keyLine + "\n" + line)
        #expect(self.attempt(enrollment, self.body()) == .refused(.tokenUsed))
    }

    @Test func theNewKeyWorksAtOnce() throws {
        let registry = try KeyRegistry(path: self.folder.file("keys"))
        let enrollment = Enrollment(tokenDigest: SHA256Digest(of: Self.token), registry: registry, limits: self.limits)
        _ = self.attempt(enrollment, self.body())
        #expect(registry.current[self.key.keyID]?.comment == Enrollment.comment(of: self.key.keyID))
        #expect(registry.current[Vectors.keyID] != nil)
    }

    @Test(arguments: [
        ("", Enrollment.Refusal.invalidJSON),
        ("[]", .invalidJSON),
        (#"{"enrollment_token":"x"} {}"#, .invalidJSON),
        (#"{"enrollment_token":1,"public_key":"AA=="}"#, .invalidJSON),
        ("{}", .wrongToken),
        (#"{"enrollment_token":"wrong","public_key":"AA=="}"#, .wrongToken),
        (#"{"enrollment_token":"correct-enrollment-token","public_key":"A"}"#, .keyNotBase64),
        (#"{"enrollment_token":"correct-enrollment-token","public_key":"AAAA"}"#, .keyLength(3)),
        (#"{"enrollment_token":"correct-enrollment-token"}"#, .keyLength(0)),
        (
            #"{"enrollment_token":"correct-enrollment-token","public_key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}"#,
            .weakKey
        ),
    ])
    func noRefusalUsesTheTokenUp(body: String, refusal: Enrollment.Refusal) throws {
        let enrollment = try self.enrollment()
        #expect(self.attempt(enrollment, body) == .refused(refusal))
        #expect(self.attempt(enrollment, self.body()) == .enrolled(keyID: self.key.keyID))
    }

    @Test(arguments: [
        (Enrollment.Refusal.limited(retryAfterSeconds: 1), 429, "too many requests", false),
        (.bodyTooLarge, 413, "request body too large", false),
        (.plainTransport, 403, "enrollment requires https", false),
        (.invalidJSON, 400, "invalid JSON", false),
        (.tokenUsed, 401, "enrollment token already used", true),
        (.wrongToken, 401, "unauthorized", true),
        (.keyNotBase64, 400, "public_key: invalid base64", false),
        (.keyLength(31), 400, "public_key: expected 32 bytes, got 31", false),
        (.weakKey, 400, "public_key: not an Ed25519 key", false),
        (.fileFailed(detail: "secret path"), 500, "internal server error", false),
    ])
    func answersAsTheContractSays(refusal: Enrollment.Refusal, status: Int, text: String, isAudited: Bool) {
        #expect(refusal.answer == (status, text))
        #expect(refusal.isAudited == isAudited)
    }

    @Test func aUsedTokenStaysUsedAfterARestart() throws {
        _ = self.attempt(try self.enrollment(), self.body())
        let restarted = try self.enrollment()
        #expect(restarted.startWarnings.count == 1)
        #expect(self.attempt(restarted, self.body()) == .refused(.tokenUsed))
        #expect(try self.folder.read("keys.enrolled").contains(Self.token) == false)
    }

    /// Without the marker the token would work again after a restart, so it must not work the first time either.
    @Test func withoutAMarkerNoKeyIsAdded() throws {
        let enrollment = try self.enrollment()
        try self.folder.write("", to: "elsewhere")
        unlink(self.folder.file("keys.enrolled"))
        try #require(symlink(self.folder.file("elsewhere"), self.folder.file("keys.enrolled")) == 0)
        guard case .refused(.fileFailed) = self.attempt(enrollment, self.body()) else {
            Issue.record("enrolled a key without a marker")
            return
        }
        #expect(try self.folder.read("keys") == Vectors.keyLine + "\n")
        unlink(self.folder.file("keys.enrolled"))
        #expect(self.attempt(enrollment, self.body()) == .enrolled(keyID: self.key.keyID))
    }

    @Test func aKeyThatCannotBeWrittenTakesItsMarkerBack() throws {
        let enrollment = try self.enrollment()
        // The key file takes no byte any more: its place is taken by a link, which is not followed.
        try #require(rename(self.folder.file("keys"), self.folder.file("elsewhere")) == 0)
        try #require(symlink(self.folder.file("elsewhere"), self.folder.file("keys")) == 0)
        guard case .refused(.fileFailed) = self.attempt(enrollment, self.body()) else {
            Issue.record("wrote through a link")
            return
        }
        unlink(self.folder.file("keys"))
        try #require(rename(self.folder.file("elsewhere"), self.folder.file("keys")) == 0)
        #expect(try self.folder.read("keys.enrolled") == "")
        #expect(self.attempt(try self.enrollment(), self.body()) == .enrolled(keyID: self.key.keyID))
    }

    @Test func theMarkerStandsBeforeTheKeyDoes() throws {
        _ = self.attempt(try self.enrollment(), self.body())
        let (marker, keys) = (self.folder.file("keys.enrolled"), self.folder.file("keys"))
        func changed(_ path: String) throws -> Date {
            try #require(try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date)
        }
        #expect(try changed(marker) <= changed(keys))
    }

    @Test func aMissingKeyFileIsMadeForItsOwnerAlone() throws {
        let path = self.folder.file("new-keys")
        #expect(try KeyRegistry.createFileIfMissing(path))
        #expect(try !KeyRegistry.createFileIfMissing(path))
        var status = stat()
        try #require(stat(path, &status) == 0)
        #expect(status.st_mode & 0o7777 == 0o600 && status.st_size == 0)
        let registry = try KeyRegistry(path: path)
        let enrollment = Enrollment(tokenDigest: SHA256Digest(of: Self.token), registry: registry, limits: self.limits)
        #expect(self.attempt(enrollment, self.body()) == .enrolled(keyID: self.key.keyID))
        #expect(throws: KeyFileError.self) { try KeyRegistry.createFileIfMissing(self.folder.file("no/such/folder")) }
    }

    @Test func aMarkerThatCannotBeReadCountsAsUsed() throws {
        mkdir(self.folder.file("keys.enrolled"), 0o700)
        #expect(self.attempt(try self.enrollment(), self.body()) == .refused(.tokenUsed))
    }

    @Test func ofTwoCorrectAttemptsAtOnceExactlyOneSucceeds() async throws {
        let enrollment = try self.enrollment()
        let outcomes = await withTaskGroup(of: Enrollment.Outcome.self) { group in
            for _ in 0..<8 { group.addTask { self.attempt(enrollment, self.body()) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 == .enrolled(keyID: self.key.keyID) } == 1)
        #expect(outcomes.count { $0 == .refused(.tokenUsed) } == 7)
    }

    @Test func aFileWithoutFinalLineFeedKeepsItsLastKey() throws {
        try self.folder.write(Vectors.keyLine, to: "keys")
        _ = self.attempt(try self.enrollment(), self.body())
        let keys = try AuthorizedKeys.load(path: self.folder.file("keys"))
        #expect(keys.count == 2 && keys.warnings.isEmpty)
    }

    @Test func aFileOfOneByteWithoutALineFeedDoesNotSwallowTheKey() throws {
        try self.folder.write("#", to: "keys")
        _ = self.attempt(try self.enrollment(), self.body())
        #expect(try AuthorizedKeys.load(path: self.folder.file("keys")).count == 1)
    }

    @Test func aKeyThatIsThereAlreadyIsNotAddedAgain() throws {
        let enrollment = try self.enrollment()
        let body = self.body(key: Base64.encode(try Vectors.signingKey().verifyingKey.rawBytes))
        #expect(self.attempt(enrollment, body) == .enrolled(keyID: Vectors.keyID))
        #expect(try self.folder.read("keys") == Vectors.keyLine + "\n")
        #expect(self.attempt(enrollment, body) == .refused(.tokenUsed))
    }

    @Test func neverFollowsALink() throws {
        try self.folder.write(Vectors.keyLine + "\n", to: "elsewhere")
        unlink(self.folder.file("keys"))
        try #require(symlink(self.folder.file("elsewhere"), self.folder.file("keys")) == 0)
        let enrollment = try self.enrollment()
        #expect(enrollment.startWarnings.count == 1)
        guard case .refused(.fileFailed) = self.attempt(enrollment, self.body()) else {
            Issue.record("wrote through a link")
            return
        }
        #expect(try self.folder.read("elsewhere") == Vectors.keyLine + "\n")
    }

    @Test func aFailedWriteIsAServerErrorAndLeavesTheTokenUsable() throws {
        let enrollment = try self.enrollment()
        chmod(self.folder.file("keys"), 0o644)
        guard case .refused(.fileFailed) = self.attempt(enrollment, self.body()) else {
            Issue.record("accepted an unsafe file")
            return
        }
        chmod(self.folder.file("keys"), 0o640)
        #expect(self.attempt(enrollment, self.body()) == .enrolled(keyID: self.key.keyID))
        var status = stat()
        stat(self.folder.file("keys"), &status)
        #expect(status.st_mode & 0o777 == 0o640)
    }

    @Test func theSecretDoesNotTravelInTheOpen() throws {
        let enrollment = try self.enrollment()
        #expect(self.attempt(enrollment, self.body(), over: .plain) == .refused(.plainTransport))
        #expect(
            self.attempt(enrollment, self.body(), over: .loopback)
                == .enrolled(keyID: self.key.keyID)
        )
    }

    @Test func plainTransportCanBeAllowed() throws {
        let enrollment = try self.enrollment(allowsPlainTransport: true)
        #expect(
            self.attempt(enrollment, self.body(), over: .plain) == .enrolled(keyID: self.key.keyID)
        )
    }

    @Test func wrongTokensCountAndShareTheLimitWithOtherRoutes() throws {
        let enrollment = try self.enrollment()
        for _ in 0..<10 {
            #expect(self.attempt(enrollment, self.body(token: "wrong")) == .refused(.wrongToken))
        }
        #expect(self.attempt(enrollment, self.body()) == .refused(.limited(retryAfterSeconds: 60)))
        #expect(self.limits.secondsToWait(.local, at: .vector) == 60)
    }

    @Test func malformedBodiesHaveALimitOfTheirOwn() throws {
        let enrollment = try self.enrollment()
        for _ in 0..<9 {
            #expect(self.attempt(enrollment, "nonsense") == .refused(.invalidJSON))
        }
        let long = String(repeating: " ", count: Enrollment.maxBodyBytes + 1)
        #expect(self.attempt(enrollment, long) == .refused(.bodyTooLarge))
        #expect(self.attempt(enrollment, self.body()) == .refused(.limited(retryAfterSeconds: 60)))
        #expect(enrollment.bodyTooLarge(from: .local, at: .vector) == .limited(retryAfterSeconds: 60))
        #expect(self.limits.secondsToWait(.local, at: .vector) == nil)
    }
}
