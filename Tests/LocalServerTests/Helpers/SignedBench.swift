import Auth
import Base
import Foundation
import NIOCore

@testable import LocalServer

/// A gate that takes signatures of one key, and the requests that a holder of this key, or of its id alone, can make.
struct SignedBench {
    let gate: AuthGate
    private let key = SigningKey.generate()

    init() throws {
        let path = "/tmp/lookout-keys-\(UUID().uuidString.prefix(8))"
        try Data((self.key.verifyingKey.authorizedKeysLine() + "\n").utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let authenticator = Authenticator(
            token: .plain(SHA256Digest(of: ListenerBench.token)),
            keys: try KeyRegistry(path: path),
            limits: AttemptLimits(),
            // Long enough ago that no request of the test is older.
            replay: ReplayMemory(ReplayGuard(startedAt: UnixTime(seconds: UnixTime.now.seconds - 1000)))
        )
        self.gate = AuthGate(
            authenticator: authenticator,
            proxies: .none,
            browsers: BrowserGuard(.anything),
            trail: nil
        )
    }

    /// A request with a good signature, or with one that fits nothing.
    func head(_ target: String, body: ByteBuffer, announced: Int? = nil, isForged: Bool = false) -> String {
        var hasher = SHA256Hasher()
        hasher.update(body.readableBytesSpan)
        let nonce = Nonce.random()
        let timestamp = UnixTime.now.seconds
        let request = CanonicalRequest(
            method: "POST",
            target: isForged ? "/other" : target,
            bodyDigest: hasher.finish(),
            timestamp: timestamp,
            nonce: nonce
        )
        return "POST \(target) HTTP/1.1\r\nHost: x\r\nX-Lookout-Key-ID: \(self.key.verifyingKey.keyID)\r\n"
            + "X-Lookout-Timestamp: \(timestamp)\r\nX-Lookout-Nonce: \(nonce)\r\nX-Lookout-Signature-Version: 2\r\n"
            + "X-Lookout-Signature: \(self.key.signature(of: request).base64url)\r\n"
            + "Content-Length: \(announced ?? body.readableBytes)\r\n\r\n"
    }
}
