import Auth
import DockerBridge
import NIOCore

/// The first frame on the socket: who we are, and the proof.
struct SignedHello {
    /// What the released agents advertise, less the two stubs that answer nothing.
    static let capabilities = ["compose", "exec", "metrics", "events", "dd:container-sync", "dd:logs"]
    /// Drydock compares only the major number, and only warns.
    static let drydockCompat = "1.4.0"

    let dialect: Dialect
    let agentID: String
    let agentName: String
    let hostname: String
    let agentVersion: String
    let dockerVersion: String

    /// Writes the frame's JSON text, signed over the dialect's path, `timestamp` (Unix seconds) and `nonce`.
    func write(into buffer: inout ByteBuffer, key: SigningKey, timestamp: Int64, nonce: Nonce) {
        let signed = CanonicalRequest(
            method: "GET",
            target: self.dialect.path,
            bodyDigest: .emptyBody,
            timestamp: timestamp,
            nonce: nonce
        )
        buffer.writeStaticString(#"{"type":"hello","data":{"version":"#)
        buffer.writeJSONString(self.agentVersion)
        buffer.writeStaticString(#","protocol":"#)
        buffer.writeJSONString(self.dialect.protocolName)
        buffer.writeStaticString(#","agentId":"#)
        buffer.writeJSONString(self.agentID)
        buffer.writeStaticString(#","agentName":"#)
        buffer.writeJSONString(self.agentName)
        buffer.writeStaticString(#","dockerVersion":"#)
        buffer.writeJSONString(self.dockerVersion)
        buffer.writeStaticString(#","hostname":"#)
        buffer.writeJSONString(self.hostname)
        buffer.writeStaticString(#","capabilities":["#)
        for (index, capability) in Self.capabilities.enumerated() {
            if index > 0 { buffer.writeStaticString(",") }
            buffer.writeJSONString(capability)
        }
        buffer.writeStaticString(#"],"drydockCompat":"#)
        buffer.writeJSONString(Self.drydockCompat)
        buffer.writeStaticString(#","watcherTypes":["docker"],"pubKeyId":"#)
        buffer.writeJSONString(key.verifyingKey.keyID)
        buffer.writeStaticString(#","timestamp":"#)
        buffer.writeJSONInteger(Int(timestamp))
        buffer.writeStaticString(#","nonce":"#)
        buffer.writeJSONString(nonce.description)
        buffer.writeStaticString(#","signature":"#)
        buffer.writeJSONString(key.signature(of: signed).base64url)
        buffer.writeStaticString("}}")
    }
}
