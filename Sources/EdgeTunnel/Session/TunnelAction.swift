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
