import Drydock
import NIOCore

/// What the owner of a tunnel does for the machine, one type for each event.
extension TunnelMachine {
    typealias Streams = StreamTable<Request, Exec>

    /// The session is over: drop the streams without a word, close the channel, report the end.
    struct Closing {
        var end: TunnelEnd
        var streams = Streams()

        init(_ end: SessionEnd, quiet: Quiet? = nil, _ streams: Streams = Streams()) {
            self.end = TunnelEnd(end, quiet: quiet)
            self.streams = streams
        }
    }

    enum UpgradeAction: Equatable, Sendable {
        case none
        case sendHello
    }

    /// To a WebSocket ping.
    enum PingAction {
        case none
        case echo(ByteBuffer)
        case close(Closing)
    }

    enum FrameAction {
        case none
        case welcomed(Welcome)
        case pong(timestamp: ByteBuffer?)
        case stream(StreamAction<Request, Exec>)
        case serve(AdapterRequest)
        /// The controller answered a ping after this time.
        case measured(roundTrip: TimeAmount)
        /// The controller reports something that concerns no open stream.
        case note(PeerError)
        case answer(Malformed)
        case ignored(type: String)
        case close(Closing)
    }

    enum ShutdownAction {
        case none
        /// End every stream with a word to the controller, then flush, then call `flushed`.
        case drain(Streams)
        case close(Closing)
    }

    enum FlushAction: Equatable, Sendable {
        case none
        /// Write close 1000 `shutdown` and wait for the controller's.
        case sendClose
    }

    enum TickAction {
        case none
        case ping
        case close(Closing)
    }
}

extension TunnelMachine.Closing: Equatable where Request: Equatable, Exec: Equatable {}
extension TunnelMachine.Closing: Sendable where Request: Sendable, Exec: Sendable {}
extension TunnelMachine.PingAction: Equatable where Request: Equatable, Exec: Equatable {}
extension TunnelMachine.PingAction: Sendable where Request: Sendable, Exec: Sendable {}
extension TunnelMachine.FrameAction: Equatable where Request: Equatable, Exec: Equatable {}
extension TunnelMachine.FrameAction: Sendable where Request: Sendable, Exec: Sendable {}
extension TunnelMachine.ShutdownAction: Equatable where Request: Equatable, Exec: Equatable {}
extension TunnelMachine.ShutdownAction: Sendable where Request: Sendable, Exec: Sendable {}
extension TunnelMachine.TickAction: Equatable where Request: Equatable, Exec: Equatable {}
extension TunnelMachine.TickAction: Sendable where Request: Sendable, Exec: Sendable {}

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
    /// For bodies that come in frames, and for engines that are slow to take them.
    var uploads = UploadTable.Limits()
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
