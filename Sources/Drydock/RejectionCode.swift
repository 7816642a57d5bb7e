/// The codes of an `error` frame that a controller sends in place of the welcome.
///
/// A code that is not listed is retried: a newer controller may know reasons that pass.
package enum RejectionCode: String, CaseIterable, Sendable {
    case ed25519Required = "ed25519-required"
    case noAuth = "no-auth"
    case unknownKey = "unknown-key"
    case badSignature = "bad-signature"
    case protocolMismatch = "protocol-mismatch"
    case invalidAgentName = "invalid-agent-name"
    case parseError = "parse-error"
    case expectedHello = "expected-hello"
    case agentNameClaimed = "agent-name-claimed"
    case timestampSkew = "timestamp-skew"
    case badNonce = "bad-nonce"
    case replay = "replay"
    case internalError = "internal-error"
    case rateLimited = "rate-limited"
    case registryFull = "registry-full"
    case agentAlreadyConnected = "agent-already-connected"

    /// What the operator can do, as one sentence.
    package var remedy: String {
        switch self {
        case .ed25519Required, .noAuth:
            "The controller wants a signed hello; point PRIVATE_KEY_FILE at this agent's Ed25519 key."
        case .unknownKey:
            "Register this agent's public key at the controller (`lookout keygen -pub-from FILE` prints it); "
                + "a revoked key cannot be revived, make a new one."
        case .badSignature:
            "The public key registered at the controller does not belong to PRIVATE_KEY_FILE; register it again."
        case .protocolMismatch:
            "The controller speaks neither dialect of this agent; upgrade the older of the two."
        case .invalidAgentName:
            "The controller does not accept the agent's name; set AGENT_NAME to at most 256 plain characters."
        case .parseError, .expectedHello:
            "The controller could not read the hello; check AGENT_ID, then report this as a fault of the agent."
        case .agentNameClaimed:
            "Another key owns this agent's name at the controller; choose another AGENT_NAME or revoke the old key."
        case .timestampSkew:
            "The clocks of this host and the controller differ by more than 60 s; set the wrong one right (NTP)."
        case .badNonce, .replay:
            "The controller has seen this hello before; every hello is signed anew, so this passes."
        case .internalError, .rateLimited, .registryFull:
            "The controller cannot take the agent now; look at its log if this lasts."
        case .agentAlreadyConnected:
            "The controller still holds the last session; it lets go after about a minute."
        }
    }
}
