/// Additions to the protocol that both ends must know: the hello lists what the agent has, the welcome what the controller
/// has.
enum TunnelCapability {
    /// A plain `response` may hold `bodyBase64` in place of `body`.
    static let base64Bodies = "edge-response-body-b64"
    /// Bytes of the welcome's list that are read, far above the one name that exists.
    static let listBytes = 16 * 1024
}
