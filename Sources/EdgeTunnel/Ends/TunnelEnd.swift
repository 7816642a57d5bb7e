import NIOCore

/// How a tunnel connection ended.
struct TunnelEnd: Equatable, Sendable {
    var end: SessionEnd
    /// Set when the connection died without a word.
    var quiet: Quiet?

    init(_ end: SessionEnd, quiet: Quiet? = nil) {
        self.end = end
        self.quiet = quiet
    }
}

/// The session was over before the controller welcomed us; how is in its `SessionEnd`.
struct TunnelEndedBeforeWelcome: Error {}

/// How long nothing had been heard when a session died without a word.
struct Quiet: Equatable, Sendable {
    var gap: TimeAmount
    /// The connection was found dead by a ping that followed the gap, not ended by somebody on the way.
    var afterPing: Bool
}
