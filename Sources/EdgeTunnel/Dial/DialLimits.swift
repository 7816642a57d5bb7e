import NIOCore

/// How long one dial may take, and its parts.
package struct DialLimits: Sendable {
    /// A name server that is not heard in this time is asked again at the next dial.
    var resolve = TimeAmount.seconds(5)
    /// For TCP, the proxy and TLS, each. The third try of a lost SYN is sent after 3 s.
    var hop = TimeAmount.seconds(5)
    /// For the three together. An upgrade that stays unanswered says something about the path only if it was given
    /// time: at least 3 s are left for it.
    var open = TimeAmount.seconds(7)
    /// TCP, proxy, TLS and upgrade together, from the contract.
    var whole = TimeAmount.seconds(10)

    /// Longer than any of them: for what has a limit of its own that says more.
    var backstop: TimeAmount { self.whole + self.hop }
}
