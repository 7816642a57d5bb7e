import Base
import Dispatch
import Foundation

@testable import Auth

/// What letting a request in costs: the listener's door for each kind of credential.
extension Step {
    static func auth() -> [Step] { [self.signedRequest, self.plainToken, self.knownToken, self.newToken] }

    private static let client = ClientAddress(IPAddress("127.0.0.1")!)
    private static let token = "correct horse battery staple"

    private static func authenticator(_ token: TokenRule?, _ keys: KeyRegistry? = nil) -> Authenticator {
        Authenticator(
            token: token,
            keys: keys,
            limits: AttemptLimits(),
            replay: ReplayMemory(ReplayGuard(startedAt: UnixTime(seconds: 0)))
        )
    }

    private static func bearer() -> AccessRequest {
        AccessRequest(
            method: "GET",
            target: "/v1.41/containers/json?all=1",
            client: self.client,
            fields: [("authorization", "Bearer \(self.token)")]
        )
    }

    /// Headers, replay guard and signature over an empty body, version 2.
    private static var signedRequest: Step {
        let key = SigningKey.generate()
        let file = FileManager.default.temporaryDirectory.appending(path: "bench-micro-\(getpid())").path
        guard let line = try? key.verifyingKey.authorizedKeysLine(comment: "bench"),
            FileManager.default.createFile(
                atPath: file,
                contents: Data((line + "\n").utf8),
                attributes: [.posixPermissions: 0o600]
            ), let keys = try? KeyRegistry(path: file)
        else { fatalError("\(file) cannot be used") }
        try? FileManager.default.removeItem(atPath: file)
        // Each request counts once for one authenticator: after a round through the pool comes another one.
        let pool = (0..<1024).map { _ in self.signed(with: key) }
        var door = self.authenticator(nil, keys)
        var next = 0
        return Step(name: "signed-request", bytes: 0) {
            if next == pool.count { (door, next) = (self.authenticator(nil, keys), 0) }
            let request = pool[next]()
            next += 1
            let now = Moment(calendar: UnixTime(seconds: self.timestamp), steady: .now)
            guard case .needsBody(let pending) = door.authenticate(request, at: now),
                case .allowed = door.finish(pending, bodyDigest: .emptyBody, at: now)
            else { fatalError("refused") }
        }
    }

    private static let timestamp: Int64 = 1_767_225_600

    /// - Returns: what the listener does with the request's head before the authenticator sees it.
    private static func signed(with key: SigningKey) -> () -> AccessRequest {
        let target = "/v1.41/containers/json?all=1"
        let nonce = Nonce.random()
        let signature = key.signature(
            of: CanonicalRequest(method: "GET", target: target, timestamp: self.timestamp, nonce: nonce)
        )
        let fields = [
            (name: "X-Lookout-Key-ID", value: key.verifyingKey.keyID),
            (name: "X-Lookout-Timestamp", value: "\(self.timestamp)"),
            (name: "X-Lookout-Nonce", value: nonce.description),
            (name: "X-Lookout-Signature", value: signature.base64url),
            (name: "X-Lookout-Signature-Version", value: "2"),
        ]
        return { AccessRequest(method: "GET", target: target, client: self.client, fields: fields) }
    }

    private static var plainToken: Step {
        let door = self.authenticator(.plain(SHA256Digest(of: self.token)))
        return Step(name: "token", bytes: 0) {
            guard case .allowed = door.authenticate(self.bearer(), at: .now) else { fatalError("refused") }
        }
    }

    /// Hashed with Argon2id, and seen before.
    private static var knownToken: Step {
        let verifier = TokenVerifier(self.hash)
        let isKnown = DispatchSemaphore(value: 0)
        Task {
            guard await verifier.verify(self.token) == .valid else { fatalError("not valid") }
            isKnown.signal()
        }
        isKnown.wait()
        let door = self.authenticator(.hashed(verifier))
        return Step(name: "hashed-token-known", bytes: 0) {
            guard case .allowed = door.authenticate(self.bearer(), at: .now) else { fatalError("refused") }
        }
    }

    /// The derivation itself, with the parameters of `hash-token`.
    private static var newToken: Step {
        let hash = self.hash
        let bytes = Array(self.token.utf8)
        return Step(name: "hashed-token-new", bytes: 0, oneIn: 1000) {
            guard hash.matches(bytes.span) == true else { fatalError("does not match") }
        }
    }

    private static let hash = TokenHash(hashing: Array(Self.token.utf8).span)
}
