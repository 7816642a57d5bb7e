import Auth
import NIOCore

/// Decides who may come in: every check of the handshake, in the order in which a controller makes them.
///
/// Names are bound to the first key that used them, for the life of the process.
struct HelloGate {
    /// An agent that passed all checks.
    struct Admission {
        let name: String
        let keyID: String
        /// What its hello lists.
        let capabilities: [String]
    }

    static let maxSkewSeconds = 60.0
    static let maxHellosPerKey = 200
    static let maxNames = 10_000

    private var nonces = NonceMemory()
    private var hellos = HelloCounter()
    private var owners: [String: String] = [:]

    /// - Parameters:
    ///   - now: Unix time in seconds.
    ///   - keys: the keys that are registered at this moment.
    ///   - isLive: whether an agent of that name is connected.
    mutating func admit(
        _ text: ByteBuffer,
        dialect: Dialect,
        now: Double,
        keys: AuthorizedKeys,
        isLive: (String) -> Bool
    ) throws(HelloRefusal) -> Admission {
        let hello = try Hello(text, dialect: dialect)
        guard let entry = keys[hello.keyID] else {
            throw HelloRefusal(.unknownKey, "key \(hello.keyID.prefix(16)) is not registered")
        }
        guard abs(now - hello.timestamp) <= Self.maxSkewSeconds else {
            throw HelloRefusal(.timestampSkew, "the hello's clock is more than \(Int(Self.maxSkewSeconds)) s off")
        }
        guard let nonce = Nonce(hello.nonce) else {
            throw HelloRefusal(.badNonce, "the nonce must be 32 lowercase hex digits")
        }
        guard self.nonces.hasRoom(for: nonce, now: now) else {
            throw HelloRefusal(.replay, "the nonce was used before")
        }
        guard Self.isSigned(hello, nonce: nonce, by: entry.key, dialect: dialect) else {
            throw HelloRefusal(.badSignature, "the signature does not match key \(hello.keyID)")
        }
        self.nonces.record(nonce, now: now)
        guard self.hellos.count(hello.keyID, now: now) <= Self.maxHellosPerKey else {
            throw HelloRefusal(.rateLimited, "too many hellos from key \(hello.keyID)")
        }
        return try self.claimName(for: hello, dialect: dialect, isLive: isLive)
    }

    private mutating func claimName(
        for hello: Hello,
        dialect: Dialect,
        isLive: (String) -> Bool
    ) throws(HelloRefusal) -> Admission {
        let name = dialect.name(for: hello.agentName, id: hello.agentID)
        if let owner = self.owners[name], owner != hello.keyID {
            throw HelloRefusal(.agentNameClaimed, "the name \(name) belongs to another key")
        }
        guard self.owners[name] != nil || self.owners.count < Self.maxNames else {
            throw HelloRefusal(.registryFull, "\(Self.maxNames) names are taken")
        }
        guard !isLive(name) else {
            throw HelloRefusal(.agentAlreadyConnected, "an agent named \(name) is connected")
        }
        self.owners[name] = hello.keyID
        return Admission(name: name, keyID: hello.keyID, capabilities: hello.capabilities)
    }

    private static func isSigned(_ hello: Hello, nonce: Nonce, by key: VerifyingKey, dialect: Dialect) -> Bool {
        // Both alphabets are accepted here, padded or not, while `Signature` reads only the form that agents send.
        let text = hello.signature.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        guard let signature = Signature(base64url: text), let timestamp = Int64(exactly: hello.timestamp) else {
            return false
        }
        let request = CanonicalRequest(method: "GET", target: dialect.signedTarget, timestamp: timestamp, nonce: nonce)
        return key.isValid(signature, for: request)
    }
}

/// The nonces of the last two minutes: longer than any timestamp stays valid.
private struct NonceMemory {
    static let lifetimeSeconds = 125.0
    static let capacity = 10_000

    private var expiries: [Nonce: Double] = [:]

    /// False for a nonce that is remembered, and for every nonce while the memory is full.
    mutating func hasRoom(for nonce: Nonce, now: Double) -> Bool {
        if self.expiries.count >= Self.capacity {
            self.expiries = self.expiries.filter { $0.value > now }
        }
        guard self.expiries.count < Self.capacity else { return false }
        return (self.expiries[nonce] ?? now) <= now
    }

    mutating func record(_ nonce: Nonce, now: Double) {
        self.expiries[nonce] = now + Self.lifetimeSeconds
    }
}

/// Accepted hellos per key since the last full minute.
private struct HelloCounter {
    private var counts: [String: Int] = [:]
    private var resetsAt = 0.0

    mutating func count(_ keyID: String, now: Double) -> Int {
        if now >= self.resetsAt {
            self.counts = [:]
            self.resetsAt = now + 60
        }
        self.counts[keyID, default: 0] += 1
        return self.counts[keyID, default: 0]
    }
}
