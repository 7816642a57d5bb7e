import Auth
import Base
import Support

/// An authenticator with the vectors' key and a way to ask it as a listener would.
struct AuthenticatorBench {
    let folder: TemporaryFolder
    let registry: KeyRegistry
    let authenticator: Authenticator
    let limits = AttemptLimits()

    init(
        token: TokenRule? = nil,
        hasKeys: Bool = true,
        window: Int64 = 60,
        capacity: Int = 10_000,
        startedAt: UnixTime = UnixTime(seconds: 1_767_225_000),
        hidesReasons: Bool = false
    ) throws {
        self.folder = try TemporaryFolder()
        self.registry = try KeyRegistry(path: self.folder.write(Vectors.keyLine + "\n", to: "keys"))
        self.authenticator = Authenticator(
            token: token,
            keys: hasKeys ? self.registry : nil,
            limits: self.limits,
            replay: ReplayMemory(
                ReplayGuard(windowSeconds: window, capacity: capacity, startedAt: startedAt)
            ),
            hidesReasons: hidesReasons
        )
    }

    /// What the caller sees: `allowed`, or the code of the failure.
    func ask(_ request: AccessRequest, body: String = "", at now: Moment = .vector) async -> String {
        switch await self.verdict(request, body: body, at: now) {
        case .allowed: "allowed"
        case .refused(let failure): failure.code.rawValue
        }
    }

    func verdict(_ request: AccessRequest, body: String = "", at now: Moment = .vector) async -> Authenticator.Verdict {
        switch self.authenticator.authenticate(request, at: now) {
        case .allowed(let identity): .allowed(identity)
        case .refused(let failure): .refused(failure)
        case .needsBody(let pending):
            self.authenticator.finish(pending, bodyDigest: SHA256Digest(of: body), at: now)
        case .needsDerivation(let pending): await self.authenticator.finish(pending, at: now)
        }
    }
}

extension AccessRequest {
    typealias Field = (name: String, value: String)

    static func plain(_ fields: [Field], client: ClientAddress = .local) -> AccessRequest {
        AccessRequest(method: "GET", target: "/_lookout/info", client: client, fields: fields)
    }

    static func bearer(_ token: String, client: ClientAddress = .local) -> AccessRequest {
        self.plain([("Authorization", "Bearer \(token)")], client: client)
    }

    /// A vector as a request, with its fields changed before it is sent.
    static func signed(
        _ vector: Vector,
        family: HeaderFamily = .lookout,
        version: String? = nil,
        target: String? = nil,
        change: (inout [String: String]) -> Void = { _ in }
    ) -> AccessRequest {
        var fields = [
            family.keyID: Vectors.keyID,
            family.timestamp: String(vector.timestamp),
            family.nonce: vector.nonce,
            family.signature: vector.signature,
        ]
        fields[family.signatureVersion] = version
        change(&fields)
        return AccessRequest(
            method: vector.method,
            target: target ?? vector.target,
            client: .local,
            fields: fields.map { ($0.key, $0.value) }
        )
    }

    /// A request that `key` signs now, version 2.
    static func fresh(
        _ key: SigningKey,
        timestamp: Int64,
        nonce: Nonce = .random(),
        target: String = "/v1.44/info?x=1"
    ) -> AccessRequest {
        let request = CanonicalRequest(method: "GET", target: target, timestamp: timestamp, nonce: nonce)
        return AccessRequest(
            method: "GET",
            target: target,
            client: .local,
            fields: [
                ("X-Lookout-Key-ID", key.verifyingKey.keyID), ("X-Lookout-Timestamp", String(timestamp)),
                ("X-Lookout-Nonce", nonce.description), ("X-Lookout-Signature-Version", "2"),
                ("X-Lookout-Signature", key.signature(of: request).base64url),
            ]
        )
    }
}

extension TokenRule {
    static func plain(_ token: String) -> TokenRule { .plain(SHA256Digest(of: token)) }
}
