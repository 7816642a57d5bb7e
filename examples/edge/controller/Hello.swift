import NIOCore

/// Why a hello is refused. The raw value goes over the wire, twice: in the error frame and as the reason of the close.
struct HelloRefusal: Error {
    enum Code: String, CaseIterable, Sendable {
        case parseError = "parse-error"
        case expectedHello = "expected-hello"
        case invalidAgentName = "invalid-agent-name"
        case protocolMismatch = "protocol-mismatch"
        case noAuth = "no-auth"
        case ed25519Required = "ed25519-required"
        case badSignature = "bad-signature"
        case unknownKey = "unknown-key"
        case timestampSkew = "timestamp-skew"
        case badNonce = "bad-nonce"
        case replay = "replay"
        case rateLimited = "rate-limited"
        case agentNameClaimed = "agent-name-claimed"
        case registryFull = "registry-full"
        case agentAlreadyConnected = "agent-already-connected"
        case internalError = "internal-error"
    }

    let code: Code
    let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

/// The parts of a hello that have the right form; nothing in it is believed yet.
struct Hello {
    let agentID: String
    let agentName: String?
    let capabilities: [String]
    let keyID: String
    let timestamp: Double
    let nonce: String
    let signature: String

    /// Checks the form in the order of the contract, so that a hello with two faults names the first.
    init(_ text: ByteBuffer, dialect: Dialect) throws(HelloRefusal) {
        guard JSONMembers.isOneValue(text), let envelope = try? JSONMembers(object: text) else {
            throw HelloRefusal(.parseError, "the first frame is not a JSON object")
        }
        guard envelope.string("type") == "hello" else {
            throw HelloRefusal(.expectedHello, "the first frame must be a hello")
        }
        guard let data = envelope.object("data") else {
            throw HelloRefusal(.parseError, "the hello has no data object")
        }
        guard let agentID = data.string("agentId"), agentID.wholeMatch(of: /[A-Za-z0-9_-]{1,64}/) != nil else {
            throw HelloRefusal(.parseError, "agentId must be 1 to 64 letters, digits, _ or -")
        }
        self.agentID = agentID
        self.agentName = data.string("agentName")
        self.capabilities = data.decoded("capabilities", as: [String].self) ?? []
        guard self.agentName.map({ $0.utf16.count <= 256 }) ?? !data.contains("agentName") else {
            throw HelloRefusal(.invalidAgentName, "agentName must be a string of at most 256 characters")
        }
        guard data.string("protocol") == dialect.protocolName else {
            throw HelloRefusal(.protocolMismatch, "this path speaks \(dialect.protocolName)")
        }
        guard let keyID = data.string("pubKeyId"), let nonce = data.string("nonce"),
            let signature = data.string("signature"), let timestamp = data.decoded("timestamp", as: Double.self)
        else {
            throw data.contains("tokenHash")
                ? HelloRefusal(.ed25519Required, "a token is not accepted here; sign the hello with an Ed25519 key")
                : HelloRefusal(.noAuth, "the hello carries no signature")
        }
        guard signature.utf16.count <= 200 else { throw HelloRefusal(.badSignature, "the signature is too long") }
        (self.keyID, self.nonce, self.signature, self.timestamp) = (keyID, nonce, signature, timestamp)
    }
}
