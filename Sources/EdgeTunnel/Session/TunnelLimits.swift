import NIOCore

/// How long a tunnel waits for its peer.
struct TunnelLimits: Equatable {
    /// From our hello to the welcome.
    var welcome: TimeAmount
    /// Between two of our pings.
    var heartbeat: TimeAmount
    /// From the welcome to the first ping: it tells the round trip, and whether this peer answers pings at all.
    var firstPing = TimeAmount.seconds(2)
    /// Between two of our pings on a path that forgets idle connections sooner than `heartbeat`.
    var ping: TimeAmount?
    /// Between two looks at what no event tells: whether the host slept, whether bytes leave, which streams are silent.
    var look = TimeAmount.seconds(5)
    /// Without progress of the bytes that wait.
    var stuck = WriteWatch.limit
    /// For a full session whose process takes no input, before it is ended.
    var inputPatience = InputGate.patience
    /// For slow processes, in one go.
    var inputPause = InputGate.longestPause
    /// Sessions of exec at a time.
    var execs = 100
    /// Requests at a time whose answers stream; `nil` for no limit beside that of all requests.
    var streams: Int?
    /// Silence after which the peer is gone.
    var silence: TimeAmount { max(self.heartbeat * 2, .seconds(60)) }

    /// Silence after a ping of ours to a peer that is known to answer them. A controller that merely pauses (a
    /// debugger, a swap storm) has as long as one that takes no bytes.
    static let unansweredPing = WriteWatch.limit
    /// Between two pings while one is unanswered.
    static let probe = TimeAmount.seconds(10)
}
