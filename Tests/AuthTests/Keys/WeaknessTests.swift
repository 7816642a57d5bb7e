import Base
import Foundation
import Support
import Synchronization
import Testing

@testable import Auth

/// One test for each weakness of the original agent that is this module's to close, numbered as in
/// docs/security-model.md.
@Suite struct WeaknessTests {
    private let key: SigningKey

    init() throws {
        self.key = try Vectors.signingKey()
    }

    @Test func weakness1TheQueryStringIsUnsigned() async throws {
        let bench = try AuthenticatorBench()
        #expect(await bench.ask(.signed(Vectors["1"], target: "/_lookout/info?x=1")) == "invalid-signature")
        #expect(await bench.ask(.signed(Vectors["1"], target: "/_lookout/info?")) == "invalid-signature")
        let other = Vectors["2b"].target.replacing("dry=1", with: "dry=0")
        #expect(
            await bench.ask(.signed(Vectors["2b"], version: "2", target: other), body: Vectors.body)
                == "invalid-signature"
        )
    }

    @Test func weakness1bAnEscapedPathIsAmbiguous() async throws {
        let vector = Vectors["5a"]
        let request = AccessRequest.signed(vector, target: "/containers/a%20b/json")
        #expect(await (try AuthenticatorBench()).ask(request, at: .vector + 3) == "invalid-signature")
    }

    @Test(arguments: [30, 60] as [Int64])
    func weakness2AFutureDatedRequestCanBeReplayed(window: Int64) async throws {
        let bench = try AuthenticatorBench(window: window)
        let request = AccessRequest.fresh(self.key, timestamp: 1_767_225_600 + window - 1)
        #expect(await bench.ask(request) == "allowed")
        for windows in [0.5, 1, 1.5, 1.9] {
            let answer = await bench.ask(request, at: .vector + Double(window) * windows)
            #expect(answer == "replay", "after \(windows) windows")
        }
        #expect(await bench.ask(request, at: .vector + Double(2 * window)) == "timestamp-skew")
    }

    @Test func weakness3TheNonceCacheFailsOpen() async throws {
        let bench = try AuthenticatorBench(capacity: 100)
        let first = AccessRequest.fresh(self.key, timestamp: 1_767_225_600)
        #expect(await bench.ask(first) == "allowed")
        for _ in 0..<99 {
            #expect(await bench.ask(.fresh(self.key, timestamp: 1_767_225_600)) == "allowed")
        }
        #expect(await bench.ask(.fresh(self.key, timestamp: 1_767_225_600)) == "nonce-table-full", "it fails closed")
        #expect(await bench.ask(first) == "replay", "and nothing was forgotten")
    }

    @Test func weakness4ARestartForgetsWhatWasUsed() async throws {
        let request = AccessRequest.fresh(self.key, timestamp: 1_767_225_600)
        #expect(await (try AuthenticatorBench()).ask(request) == "allowed")
        // Within the same second: the one request cannot be told from the other by its time.
        let restarted = try AuthenticatorBench(startedAt: UnixTime(seconds: 1_767_225_600, nanoseconds: 900_000_000))
        #expect(await restarted.ask(request, at: .vector + 1) == "before-start")
    }

    @Test func weakness9AFullLimiterTableEndsLimiting() {
        var limiter = RateLimiter(capacity: 2)
        let now = ContinuousClock.now
        for client in ["10.0.0.1", "10.0.0.2", "10.0.0.3"] {
            for _ in 0..<10 { limiter.recordFailure(of: IPAddress(client)!, at: now) }
        }
        #expect(limiter.secondsToWait(IPAddress("10.0.0.3")!, at: now) != nil)
    }

    @Test func weakness10ForwardingHeadersMintAddresses() throws {
        let proxies = try TrustedProxies(parsing: "10.0.0.0/8")
        func client(_ forwarded: [String], realIP: [String] = []) -> String {
            let peer = IPAddress("10.0.0.1")!
            return ClientAddress(peer: peer, forwardedFor: forwarded, realIP: realIP, trusting: proxies)
                .address.description
        }
        #expect(client(["1.1.1.1", "203.0.113.5"]) == "203.0.113.5", "later lines count")
        #expect(client(["1.1.1.1, junk"]) == "10.0.0.1", "junk is not skipped")
        #expect(client(["::ffff:203.0.113.5"]) == client(["203.0.113.5"]), "one spelling")
        #expect(client([], realIP: ["bucket-of-my-own"]) == "10.0.0.1", "only addresses are buckets")
    }

    @Test func weakness11AnEmptySecretMeansNoAuthentication() throws {
        let folder = try TemporaryFolder()
        let circumstances = Credentials.Circumstances(isEdge: false, bindsToLoopback: true)
        let empty = try folder.write("\n", to: "token")
        #expect(throws: Credentials.Problems.self) { try Credentials(from: [:], in: circumstances) }
        #expect(throws: Credentials.Problems.self) {
            try Credentials(from: ["TOKEN": "a", "TOKEN_FILE": empty], in: circumstances)
        }
    }

    @Test func weakness12DerivationsRunInParallelWithoutLimit() async {
        let counts = Mutex((running: 0, most: 0))
        let verifier = TokenVerifier { _ in
            counts.withLock {
                $0.running += 1
                $0.most = max($0.most, $0.running)
            }
            await Task.yield()
            counts.withLock { $0.running -= 1 }
            return false
        } sleep: { _ in
            await Task.yield()
        }
        await withDiscardingTaskGroup { group in
            for number in 0..<1000 { group.addTask { _ = await verifier.verify("wrong-\(number)") } }
        }
        #expect(counts.withLock { $0.most } <= 2)
    }

    @Test(arguments: ["m=4194304,t=1,p=1", "m=19456,t=1000000,p=1", "m=19456,t=2,p=255", "m=4294967304,t=1,p=1"])
    func weakness13CostParametersAreUnbounded(parameters: String) {
        let phc = TokenHashTests.cheap.replacing("m=64,t=1,p=1", with: parameters)
        #expect(throws: SettingError.self) { try TokenHash(phc: phc) }
    }

    @Test func weakness14ABodyIsBufferedBeforeTheHeadersAreChecked() throws {
        let bench = try AuthenticatorBench()
        let broken = AccessRequest.signed(Vectors["2a"]) { $0["X-Lookout-Timestamp"] = "1" }
        guard case .refused(let failure) = bench.authenticator.authenticate(broken, at: .vector) else {
            Issue.record("wants to read a body")
            return
        }
        #expect(failure.code == .timestampSkew)
        guard case .needsBody(let pending) = bench.authenticator.authenticate(.signed(Vectors["2a"]), at: .vector)
        else {
            Issue.record("refused good headers")
            return
        }
        #expect(Authenticator.maxSignedBodyBytes == 67_108_864)
        #expect(bench.authenticator.bodyTooLarge(pending).answer == (413, "request body too large"))
    }

    @Test func weakness15SecretsAreForwardedToTheEngine() {
        let expected: Set = [
            "Authorization", "X-Dd-Agent-Secret",
            "X-Lookout-Token", "X-Lookout-Key-ID", "X-Lookout-Timestamp", "X-Lookout-Nonce", "X-Lookout-Signature",
            "X-Lookout-Signature-Version",
            "X-Portwing-Token", "X-Portwing-Key-ID", "X-Portwing-Timestamp", "X-Portwing-Nonce",
            "X-Portwing-Signature", "X-Portwing-Signature-Version",
        ]
        #expect(Set(AccessRequest.credentialFields) == expected)
    }

    @Test func weakness16FilesAreCheckedWeaklyAndBeforeTheyAreOpened() throws {
        let folder = try TemporaryFolder()
        for mode in [0o644, 0o660, 0o602] as [mode_t] {
            let path = try folder.write(Vectors.pem, to: "key", mode: mode)
            #expect(throws: KeyFileError.self) { try SigningKey.load(path: path) }
        }
        let secret = try folder.write("a-secret-that-is-long-enough", to: "token", mode: 0o644)
        let credentials = try Credentials(
            from: ["TOKEN_FILE": secret],
            in: Credentials.Circumstances(isEdge: false, bindsToLoopback: true)
        )
        #expect(credentials.warnings.count == 1)
    }

    @Test func weakness17AnEnrollmentTokenWorksAgainAfterARestart() throws {
        let folder = try TemporaryFolder()
        try folder.write(Vectors.keyLine, to: "keys")
        func attempt() throws -> Enrollment.Outcome {
            let enrollment = Enrollment(
                tokenDigest: SHA256Digest(of: "a-long-enough-token"),
                registry: try KeyRegistry(path: folder.file("keys")),
                limits: AttemptLimits()
            )
            let key = Base64.encode(SigningKey.generate().verifyingKey.rawBytes)
            let body = Array(#"{"enrollment_token":"a-long-enough-token","public_key":"\#(key)"}"#.utf8)
            return enrollment.attempt(body: body.span, from: .local, over: .encrypted, at: .vector)
        }
        guard case .enrolled(_) = try attempt() else {
            Issue.record("the first attempt failed")
            return
        }
        #expect(try attempt() == .refused(.tokenUsed))
    }
}
