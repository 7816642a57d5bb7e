import Base
import Foundation
import Support
import Synchronization
import Testing

@testable import Auth

@Suite struct AuthenticatorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let vector: String
        let family: HeaderFamily
        let version: String?
        var testDescription: String { "\(self.vector) \(self.family)" }
    }

    @Test(arguments: [
        Case(vector: "1", family: .lookout, version: nil),
        Case(vector: "2a", family: .lookout, version: nil),
        Case(vector: "2b", family: .lookout, version: "2"),
        Case(vector: "2c", family: .portwing, version: "2"),
        Case(vector: "5b", family: .lookout, version: "2"),
        Case(vector: "6", family: .portwing, version: nil),
    ])
    func letsTheVectorsInOnce(_ row: Case) async throws {
        let bench = try AuthenticatorBench()
        let vector = Vectors[row.vector]
        let request = AccessRequest.signed(vector, family: row.family, version: row.version)
        #expect(await bench.ask(request, body: vector.body) == "allowed")
        #expect(await bench.ask(request, body: vector.body) == "replay")
    }

    @Test func saysWhoSignedAndHowFarItsClockIsOff() async throws {
        let bench = try AuthenticatorBench()
        let verdict = await bench.verdict(.signed(Vectors["1"]), at: .vector + 40)
        guard case .allowed(let identity) = verdict else {
            Issue.record("refused: \(verdict)")
            return
        }
        #expect(identity == .key(id: Vectors.keyID, comment: "vector-key", skewSeconds: -40))
    }

    @Test func aClockThatWasSetBackIsNamedWithTheRemedy() async throws {
        let bench = try AuthenticatorBench(startedAt: UnixTime(seconds: 1_767_225_600 + 3 * 3600))
        let verdict = await bench.verdict(.signed(Vectors["1"]))
        guard case .refused(let failure) = verdict else {
            Issue.record("let in: \(verdict)")
            return
        }
        #expect(failure.code == .beforeStart)
        #expect(failure.retryAfterSeconds == 3 * 3600 + 1)
        #expect(failure.detail.contains("clock was set back"))
        #expect(failure.detail.contains("refused until 2026-01-01T03:00:00"))
        #expect(failure.detail.contains("delete replay.journal and replay.journal.1 in STATE_DIR"))
    }

    /// One header of vector 1 changed, and the answer to it.
    struct Change: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let code: String
        let change: @Sendable (inout [String: String]) -> Void

        init(_ name: String, _ code: String, _ change: @escaping @Sendable (inout [String: String]) -> Void) {
            (self.testDescription, self.code, self.change) = (name, code, change)
        }
    }

    @Test(arguments: [
        Change("uppercase key id", "unknown-key") { $0["X-Lookout-Key-ID"] = Vectors.keyID.uppercased() },
        Change("another key id", "unknown-key") { $0["X-Lookout-Key-ID"] = "0000000000000000" },
        Change("timestamp is a word", "timestamp-skew") { $0["X-Lookout-Timestamp"] = "abc" },
        Change("timestamp too old", "timestamp-skew") { $0["X-Lookout-Timestamp"] = "1767225539" },
        Change("timestamp too new", "timestamp-skew") { $0["X-Lookout-Timestamp"] = "1767225661" },
        Change("timestamp overflows", "timestamp-skew") { $0["X-Lookout-Timestamp"] = "99999999999999999999" },
        Change("timestamp at the far end", "timestamp-skew") { $0["X-Lookout-Timestamp"] = "-9223372036854775808" },
        Change("timestamp signed but not printed so", "allowed") { $0["X-Lookout-Timestamp"] = "+1767225600" },
        Change("short nonce", "invalid-signature") { $0["X-Lookout-Nonce"]!.removeLast() },
        Change("nonce with g", "invalid-signature") { $0["X-Lookout-Nonce"] = "g00102030405060708090a0b0c0d0e0f" },
        Change("uppercase nonce", "invalid-signature") { $0["X-Lookout-Nonce"] = "000102030405060708090A0B0C0D0E0F" },
        Change("padded signature", "invalid-signature") { $0["X-Lookout-Signature"]! += "==" },
        Change("no nonce", "invalid-signature") { $0["X-Lookout-Nonce"] = nil },
        Change("empty nonce", "invalid-signature") { $0["X-Lookout-Nonce"] = "" },
        Change("no key id", "invalid-signature") { $0["X-Lookout-Key-ID"] = nil },
        Change("no timestamp", "invalid-signature") { $0["X-Lookout-Timestamp"] = nil },
        Change("unknown version", "invalid-signature") { $0["X-Lookout-Signature-Version"] = "3" },
        Change("version 1 spelled out", "invalid-signature") { $0["X-Lookout-Signature-Version"] = "1" },
        Change("no signature at all", "no-credentials") { $0["X-Lookout-Signature"] = nil },
    ])
    func answersAChangedVectorWithTheStatedReason(_ row: Change) async throws {
        #expect(await (try AuthenticatorBench()).ask(.signed(Vectors["1"], change: row.change)) == row.code)
    }

    @Test func coversBodyPathAndMethod() async throws {
        let bench = try AuthenticatorBench()
        #expect(await bench.ask(.signed(Vectors["1"]), body: "{}") == "invalid-signature")
        #expect(await bench.ask(.signed(Vectors["1"], target: "/_lookout/info/")) == "invalid-signature")
        #expect(
            await bench.ask(.signed(Vectors["6"], family: .portwing, target: "/_lookout/info")) == "invalid-signature"
        )
        #expect(await bench.ask(.signed(Vectors["1"])) == "allowed", "a refused request does not use its nonce up")
    }

    @Test(arguments: ["/a\nb", "/a b", "/a\u{7f}", "http://host/_lookout/info", "*"])
    func refusesATargetThatIsNoPath(target: String) async throws {
        #expect(await (try AuthenticatorBench()).ask(.signed(Vectors["1"], target: target)) == "invalid-signature")
    }

    @Test func theWindowIsInclusiveOnBothSides() async throws {
        for offset in [-60.0, 60] {
            #expect(await (try AuthenticatorBench()).ask(.signed(Vectors["1"]), at: .vector + offset) == "allowed")
        }
        for offset in [-61.0, 61] {
            #expect(
                await (try AuthenticatorBench()).ask(.signed(Vectors["1"]), at: .vector + offset) == "timestamp-skew"
            )
        }
    }

    @Test func neverMixesTheTwoFamilies() async throws {
        let mixed = AccessRequest.signed(Vectors["1"]) { $0["X-Portwing-Nonce"] = Vectors["1"].nonce }
        #expect(await (try AuthenticatorBench()).ask(mixed) == "invalid-signature")
        let split = AccessRequest.signed(Vectors["1"]) {
            $0["X-Portwing-Signature"] = $0.removeValue(forKey: "X-Lookout-Signature")
        }
        #expect(await (try AuthenticatorBench()).ask(split) == "invalid-signature")
        let tokens = AccessRequest.plain([("X-Lookout-Token", "secret"), ("X-Portwing-Token", "secret")])
        #expect(await (try AuthenticatorBench(token: .plain("secret"))).ask(tokens) == "bad-token")
    }

    @Test func aRepeatedHeaderIsRefused() async throws {
        let fields: [AccessRequest.Field] = [
            ("X-Lookout-Key-ID", Vectors.keyID), ("X-Lookout-Timestamp", "1767225600"),
            ("X-Lookout-Nonce", Vectors["1"].nonce), ("x-lookout-nonce", Vectors["1"].nonce),
            ("X-Lookout-Signature", Vectors["1"].signature),
        ]
        #expect(await (try AuthenticatorBench()).ask(.plain(fields)) == "invalid-signature")
    }

    @Test(
        arguments: [
            [("Authorization", "Bearer secret"), ("authorization", "Bearer secret")],
            [("X-Lookout-Token", "secret"), ("x-lookout-token", "other")],
            [("X-Lookout-Token", ""), ("X-Lookout-Token", "secret")],
            [("X-Dd-Agent-Secret", "secret"), ("X-Dd-Agent-Secret", "secret")],
            [("X-Lookout-Token", "secret"), ("X-Dd-Agent-Secret", "a"), ("X-Dd-Agent-Secret", "b")],
        ] as [[AccessRequest.Field]]
    )
    func aRepeatedTokenHeaderIsRefusedWhateverItSays(fields: [AccessRequest.Field]) async throws {
        #expect(await (try AuthenticatorBench(token: .plain("secret"))).ask(.plain(fields)) == "bad-token")
    }

    /// A command line presents its token for each of the requests of one call.
    @Test func oneWrongTokenRepeatedWithinASecondCountsOnce() async throws {
        let bench = try AuthenticatorBench(token: .plain("secret"))
        for _ in 0..<50 { #expect(await bench.ask(.bearer("wrong")) == "bad-token") }
        #expect(await bench.ask(.bearer("secret")) == "allowed")
        for second in 1...9 { _ = await bench.ask(.bearer("wrong"), at: .vector + Double(second)) }
        #expect(await bench.ask(.bearer("secret"), at: .vector + 9) == "too-many-attempts")
    }

    @Test func oneWrongTokenRepeatedOnAConnectionCountsOnceHoweverLong() async throws {
        let bench = try AuthenticatorBench(token: .plain("secret"))
        func ask(_ token: String, on connection: UInt64, after seconds: Double) async -> String {
            let fields = [(name: "Authorization", value: "Bearer \(token)")]
            let request = AccessRequest(
                method: "GET",
                target: "/",
                client: .local,
                connection: connection,
                fields: fields
            )
            return await bench.ask(request, at: .vector + seconds)
        }
        for second in 0..<50 { #expect(await ask("wrong", on: 1, after: Double(second)) == "bad-token") }
        #expect(await ask("secret", on: 1, after: 50) == "allowed")
        for number in 0..<9 { _ = await ask("wrong", on: UInt64(number) + 2, after: 41 + Double(number)) }
        #expect(await ask("secret", on: 1, after: 50) == "too-many-attempts")
    }

    @Test func aFullShareOfTheNonceTableIsNoFailureOfTheClient() async throws {
        let bench = try AuthenticatorBench(capacity: 100)
        let key = try Vectors.signingKey()
        for _ in 0..<100 { _ = await bench.ask(.fresh(key, timestamp: 1_767_225_600)) }
        for _ in 0..<20 {
            guard case .refused(let failure) = await bench.verdict(.fresh(key, timestamp: 1_767_225_600)) else {
                Issue.record("let in")
                return
            }
            #expect(failure.code == .nonceTableFull)
            #expect(failure.answer.status == 503)
            #expect(
                failure.retryAfterSeconds == 126,
                "the oldest nonce is forgotten after two windows and five seconds"
            )
        }
        #expect(await bench.ask(.fresh(key, timestamp: 1_767_225_700), at: .vector + 126) == "allowed")
    }

    @Test func aSignatureDecidesAloneAndATokenStillWorksWithoutOne() async throws {
        let bench = try AuthenticatorBench(token: .plain("secret"))
        let broken = AccessRequest.signed(Vectors["1"]) {
            $0["X-Lookout-Signature"] = Vectors["6"].signature
            $0["Authorization"] = "Bearer secret"
        }
        #expect(await bench.ask(broken) == "invalid-signature")
        #expect(await bench.ask(.bearer("secret")) == "allowed")
    }

    @Test func signatureHeadersAreIgnoredWithoutAKeyFile() async throws {
        let bench = try AuthenticatorBench(token: .plain("secret"), hasKeys: false)
        let request = AccessRequest.signed(Vectors["1"]) { $0["Authorization"] = "Bearer secret" }
        #expect(await bench.ask(request) == "allowed")
    }

    @Test(
        arguments: [
            ([("Authorization", "Bearer secret")], "allowed"),
            ([("authorization", "bEaReR   secret ")], "allowed"),
            ([("X-Lookout-Token", "secret")], "allowed"),
            ([("X-Portwing-Token", "secret")], "allowed"),
            ([("X-Dd-Agent-Secret", "secret")], "allowed"),
            ([("Authorization", "Bearer wrong"), ("X-Lookout-Token", "secret")], "bad-token"),
            ([("X-Lookout-Token", "wrong"), ("X-Dd-Agent-Secret", "secret")], "bad-token"),
            ([("Authorization", "Basic c2VjcmV0"), ("X-Lookout-Token", "secret")], "allowed"),
            ([("Authorization", "Bearer  "), ("X-Dd-Agent-Secret", "secret")], "allowed"),
            ([("X-Lookout-Token", ""), ("X-Dd-Agent-Secret", "secret")], "allowed"),
            ([("Authorization", "Bearersecret")], "no-credentials"),
            ([("Authorization", "secret")], "no-credentials"),
            ([], "no-credentials"),
            ([("Authorization", "Bearer secre")], "bad-token"),
            ([("Authorization", "Bearer secrets")], "bad-token"),
        ] as [([AccessRequest.Field], String)]
    )
    func theFirstNonEmptyTokenDecides(fields: [AccessRequest.Field], code: String) async throws {
        #expect(await (try AuthenticatorBench(token: .plain("secret"))).ask(.plain(fields)) == code)
    }

    @Test func theEleventhFailureIsTooManyEvenForACorrectCredential() async throws {
        let bench = try AuthenticatorBench(token: .plain("secret"))
        for number in 0..<10 {
            #expect(await bench.ask(.bearer("wrong-\(number)")) == "bad-token")
        }
        #expect(await bench.ask(.bearer("secret")) == "too-many-attempts")
        #expect(await bench.ask(.signed(Vectors["1"])) == "too-many-attempts")
        #expect(await bench.ask(.bearer("secret", client: ClientAddress(IPAddress("10.0.0.9")!))) == "allowed")
        #expect(await bench.ask(.bearer("secret"), at: .vector + 60) == "allowed")
    }

    @Test func aLimitedProxyIsHintedAt() async throws {
        let client = ClientAddress(IPAddress("10.0.0.9")!, hasIgnoredForwarding: true)
        let bench = try AuthenticatorBench(token: .plain("secret"))
        for number in 0..<10 { _ = await bench.ask(.bearer("wrong-\(number)", client: client)) }
        guard case .refused(let failure) = await bench.verdict(.bearer("secret", client: client)) else {
            Issue.record("not limited")
            return
        }
        #expect(failure.detail.contains("TRUSTED_PROXIES"))
        #expect(failure.retryAfterSeconds == 60)
    }

    @Test func withoutAnyCredentialEverybodyIsAnonymous() async throws {
        let verdict = await (try AuthenticatorBench(hasKeys: false)).verdict(.plain([]))
        guard case .allowed(.anonymous) = verdict else {
            Issue.record("\(verdict)")
            return
        }
    }

    @Test func aKeyRevokedWhileTheBodyComesIsRefused() throws {
        let bench = try AuthenticatorBench()
        guard case .needsBody(let pending) = bench.authenticator.authenticate(.signed(Vectors["1"]), at: .vector) else {
            Issue.record("the headers were refused")
            return
        }
        try bench.folder.write("", to: "keys")
        try bench.registry.reload()
        guard case .refused(let failure) = bench.authenticator.finish(pending, bodyDigest: .emptyBody, at: .vector)
        else {
            Issue.record("let in with a revoked key")
            return
        }
        #expect(failure.code == .unknownKey)
    }

    @Test func keysMayBeReloadedWhileRequestsRun() async throws {
        let bench = try AuthenticatorBench()
        let key = try Vectors.signingKey()
        await withTaskGroup(of: String.self) { group in
            for _ in 0..<200 {
                group.addTask { await bench.ask(.fresh(key, timestamp: 1_767_225_600)) }
                group.addTask { (try? bench.registry.reload()) == nil ? "failed" : "allowed" }
            }
            for await outcome in group { #expect(outcome == "allowed") }
        }
    }

    @Test func ofTwoEqualRequestsAtOnceExactlyOneWins() async throws {
        let bench = try AuthenticatorBench()
        let outcomes = await withTaskGroup(of: String.self) { group in
            for _ in 0..<20 { group.addTask { await bench.ask(.signed(Vectors["1"])) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 == "allowed" } == 1)
        // The limiter may step in once ten of the others were refused.
        #expect(outcomes.allSatisfy { ["allowed", "replay", "too-many-attempts"].contains($0) })
    }

    @Test func aDerivationIsAwaitedAndItsAnswerRemembered() async throws {
        let hash = try TokenHash(phc: TokenHashTests.cheap)
        let bench = try AuthenticatorBench(token: .hashed(TokenVerifier(hash)))
        #expect(await bench.ask(.bearer("wrong")) == "bad-token")
        guard case .needsDerivation = bench.authenticator.authenticate(.bearer("lookout-test-token"), at: .vector)
        else {
            Issue.record("answered without a derivation")
            return
        }
        #expect(await bench.ask(.bearer("lookout-test-token")) == "allowed")
        guard case .allowed(.token) = bench.authenticator.authenticate(.bearer("lookout-test-token"), at: .vector)
        else {
            Issue.record("the success was not remembered")
            return
        }
        guard case .refused = bench.authenticator.authenticate(.bearer("wrong"), at: .vector) else {
            Issue.record("a wrong token costs a derivation after the first success")
            return
        }
    }

    /// Several networks together present more wrong tokens than are remembered, each of them on one open connection.
    @Test func aWrongTokenThatCostsADerivationAgainCountsAgain() async throws {
        let derivations = Mutex(0)
        let verifier = TokenVerifier { _ in
            derivations.withLock { $0 += 1 }
            return false
        } sleep: { _ in
        }
        let bench = try AuthenticatorBench(token: .hashed(verifier))
        func ask(_ token: String, from address: Int) async -> String {
            let request = AccessRequest(
                method: "GET",
                target: "/",
                client: ClientAddress(IPAddress("10.0.0.\(address)")!),
                connection: UInt64(address),
                fields: [("Authorization", "Bearer \(token)")]
            )
            return await bench.ask(request)
        }
        for _ in 0..<20 {
            for address in 0..<8 {
                for number in 0..<9 { _ = await ask("wrong-\(address)-\(number)", from: address) }
            }
        }
        #expect(derivations.withLock { $0 } <= 8 * RateLimiter.maxFailures)
        for _ in 0..<50 { #expect(await ask("wrong-0-0", from: 9) == "bad-token") }
        #expect(await ask("other", from: 9) == "bad-token", "a remembered one counts once")
    }

    @Test func reasonsCanBeHidden() async throws {
        let bench = try AuthenticatorBench(hidesReasons: true)
        let request = AccessRequest.signed(Vectors["1"]) { $0["X-Lookout-Key-ID"] = "0000000000000000" }
        guard case .refused(let failure) = await bench.verdict(request) else {
            Issue.record("let in")
            return
        }
        #expect(failure.code == .unknownKey)
        #expect(failure.reason == "invalid-signature")
    }
}
