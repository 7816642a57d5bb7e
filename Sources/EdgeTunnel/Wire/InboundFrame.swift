package import DockerBridge
package import Drydock
package import NIOCore

/// What a controller says, in the order of `docs/protocol.md`.
package enum InboundFrame {
    /// `welcome {pollInterval, config{drydockVersion, serverCompatLevel, …}, capabilities?}`
    case welcome(Welcome)
    /// `error {message, code?, requestId?}`
    case error(PeerError)
    /// `ping {timestamp?}`; the timestamp is the raw JSON value, sent back as it came.
    case ping(timestamp: ByteBuffer?)
    /// `pong {timestamp?}`
    case pong(timestamp: Int?)
    /// `request {requestId, method, path, headers?, body?, bodyStream?}`
    case request(RequestFrame)
    /// `stream {requestId, data}`, decoded: a piece of a request's body.
    case stream(requestID: String, ByteBuffer)
    /// `stream_end {requestId, reason?}`: the end of a request's body. Where that has ended, or with a reason other than
    /// `complete`, the controller wants no more of the answer.
    case streamEnd(requestID: String, isCanceled: Bool)
    /// `exec_start {execId, containerId, cmd, user?, cols, rows, tty?}`
    case execStart(ExecStartFrame)
    /// `exec_input {execId, data}`, decoded
    case execInput(execID: String, ByteBuffer)
    /// `exec_resize {execId, cols, rows}`
    case execResize(execID: String, TerminalSize)
    /// `exec_end {execId}`
    case execEnd(execID: String)
    /// What a Drydock asks of its adapter: logs, deletes.
    case adapter(AdapterRequest)
    /// A type we do not speak; ignored.
    case unknown(type: String)
    /// Not what the type promises. With an id the sender is told.
    case malformed(Malformed)
}

/// What the controller says of itself in its answer to the hello.
package struct Welcome: Equatable, Sendable {
    /// Seconds between two inventories, clamped to 5…86400; `nil` when absent or unusable.
    package var pollInterval: Int?
    package var drydockVersion: String?
    package var serverCompatLevel: String?
    /// Whether the controller reads `bodyBase64` in a plain `response`.
    package var takesBase64Bodies = false

    package init(pollInterval: Int? = nil, drydockVersion: String? = nil, serverCompatLevel: String? = nil) {
        self.pollInterval = pollInterval
        self.drydockVersion = drydockVersion
        self.serverCompatLevel = serverCompatLevel
    }
}

/// What the controller says went wrong.
package struct PeerError: Equatable, Sendable {
    package var code: String?
    package var message: String
    package var requestID: String?
}

/// A request for the engine, as its frame brings it.
package struct RequestFrame: Equatable, Sendable {
    package let id: String
    package let method: String
    package let path: String
    /// What the request is to the engine.
    package let route: EngineRoute
    /// Only what the tunnel lets through to the engine.
    package let headers: [BridgeRequest.Header]
    /// The JSON value exactly as it stood in the frame.
    package let body: ByteBuffer?
    /// Whether the body comes in `stream` frames, up to `stream_end`.
    package let streamsBody: Bool

    init(
        id: String,
        method: String,
        path: String,
        headers: [BridgeRequest.Header],
        body: ByteBuffer?,
        streamsBody: Bool = false
    ) {
        self.id = id
        self.method = method
        self.path = path
        self.route = EngineRoute(method: method, target: path)
        self.headers = headers
        self.body = body
        self.streamsBody = streamsBody
    }
}

/// A command to run in a container, and the id of its session.
package struct ExecStartFrame: Equatable, Sendable {
    package var id: String
    package var spec: ExecSpec
}

/// What is wrong with a frame, and whom it concerns.
package struct Malformed: Equatable, Sendable {
    package var reason: String
    package var requestID: String?
    package var execID: String?
    /// Whether the sender is told although no id says which request it was.
    package var isTold = false
    /// Whether input for `execID` is lost with it, so that the session cannot go on.
    package var losesInput = false
    /// Whether a piece of the body of `requestID` is lost with it. Nobody is told of one that has ended.
    package var losesBody = false
    /// Whether a piece of a body may be lost with it, and it does not say of which.
    package var losesAnyBody = false
}
