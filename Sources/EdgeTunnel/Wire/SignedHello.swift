import Auth
import Base
import DockerBridge
import Drydock
import NIOCore

/// The first frame on the socket: who we are, and the proof.
struct SignedHello {
    /// What the released agents advertise beside Compose, less the two stubs that answer nothing.
    private static let capabilities = [
        "exec", "metrics", "events", "dd:container-sync", "dd:logs", TunnelCapability.base64Bodies,
        TunnelCapability.streamedBodies,
    ]
    /// Drydock compares only the major number, and only warns.
    static let drydockCompat = "1.4.0"

    let dialect: Dialect
    let agentID: String
    let agentName: String
    let hostname: String
    let agentVersion: String
    let dockerVersion: String
    /// Whether requests to the Compose endpoint are served.
    let offersCompose: Bool

    /// Writes the frame's JSON text, signed over the dialect's path, `timestamp` (Unix seconds) and `nonce`.
    func write(into buffer: inout ByteBuffer, key: SigningKey, timestamp: Int64, nonce: Nonce) {
        let signed = CanonicalRequest(
            method: "GET",
            target: self.dialect.path,
            bodyDigest: .emptyBody,
            timestamp: timestamp,
            nonce: nonce
        )
        buffer.writeJSON { json in
            json.object { json in
                json.member("type", "hello")
                json.object("data") { json in
                    json.member("version", self.agentVersion)
                    json.member("protocol", self.dialect.protocolName)
                    json.member("agentId", self.agentID)
                    json.member("agentName", self.agentName)
                    json.member("dockerVersion", self.dockerVersion)
                    json.member("hostname", self.hostname)
                    json.array("capabilities", of: (self.offersCompose ? ["compose"] : []) + Self.capabilities)
                    json.member("drydockCompat", Self.drydockCompat)
                    json.array("watcherTypes", of: ["docker"])
                    json.member("pubKeyId", key.verifyingKey.keyID)
                    json.member("timestamp", Int(timestamp))
                    json.member("nonce", nonce.description)
                    json.member("signature", key.signature(of: signed).base64url)
                }
            }
        }
    }
}

/// Additions to the protocol that both ends must know: the hello lists what the agent has, the welcome what the controller
/// has.
enum TunnelCapability {
    /// A plain `response` may hold `bodyBase64` in place of `body`.
    static let base64Bodies = "edge-response-body-b64"
    /// The body of a `request` may come in `stream` frames behind it.
    static let streamedBodies = "edge-request-body-stream"
    /// Bytes of the welcome's list that are read, far above the names that exist.
    static let listBytes = 16 * 1024
}
