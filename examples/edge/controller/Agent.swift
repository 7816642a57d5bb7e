import Logging
import NIOCore
import NIOHTTP1

/// A welcomed agent: what is in flight on its tunnel, and the local clients that it serves.
final class Agent {
    /// Of a body, in a frame: an agent that is short of memory may skip larger ones.
    private static let pieceBytes = 32 * 1024

    let name: String
    let keyID: String
    /// Whether its welcome said that `bodyBase64` is read.
    let takesBase64Bodies: Bool
    /// Whether both ends know bodies that come in frames.
    let takesStreamedBodies: Bool
    let logger: Logger
    /// What it has told of its host.
    private(set) var picture = AgentPicture()
    private weak var link: AgentHandler?
    private var exchanges: [String: Exchange] = [:]
    private var execs = ExecTable()
    /// Logs and deletes that local clients wait for, by their wire id.
    var calls: [String: AdapterCall] = [:]
    private var clients: [ObjectIdentifier: any Channel] = [:]
    private var slowClients: Set<ObjectIdentifier> = []
    private var socket: DockerSocket?

    init(
        name: String,
        keyID: String,
        takesBase64Bodies: Bool,
        takesStreamedBodies: Bool,
        link: AgentHandler,
        logger: Logger
    ) {
        (self.name, self.keyID) = (name, keyID)
        (self.takesBase64Bodies, self.takesStreamedBodies) = (takesBase64Bodies, takesStreamedBodies)
        (self.link, self.logger) = (link, logger)
    }

    /// Whether the tunnel takes more bytes without queueing them here.
    var isWritable: Bool { self.link?.isWritable ?? false }

    func send(_ frame: consuming FrameText) {
        self.link?.send(frame.finished())
    }

    /// Sends a Docker request; its answer goes to the exchange.
    ///
    /// No limit is set on how many are in flight: the agent has one, and says so itself.
    func begin(_ exchange: Exchange, _ request: DockerRequest) {
        self.exchanges[exchange.id] = exchange
        var frame = FrameText("request")
        frame.add("requestId", exchange.id)
        frame.add("method", request.method.rawValue)
        frame.add("path", request.wireTarget)
        frame.add("headers", request.forwardedHeaders)
        if request.body.readableBytes > 0 { frame.add("body", json: request.body) }
        if exchange.sendsBody { frame.add("bodyStream", true) }
        self.send(frame)
    }

    /// Sends a piece of the request's body, unless the request is over.
    func send(_ bytes: ByteBuffer, of exchange: Exchange) {
        guard self.exchanges[exchange.id] != nil else { return }
        var bytes = bytes
        repeat {
            var frame = FrameText("stream")
            frame.add("requestId", exchange.id)
            frame.add("data", base64: bytes.readSlice(length: min(bytes.readableBytes, Self.pieceBytes))!)
            self.send(frame)
        } while bytes.readableBytes > 0
    }

    func endBody(of exchange: Exchange) {
        exchange.sendsBody = false
        guard self.exchanges[exchange.id] != nil else { return }
        self.end(exchange, reason: "complete")
    }

    /// Tells the agent that nobody waits for this answer any more.
    func cancel(_ exchange: Exchange) {
        guard self.exchanges.removeValue(forKey: exchange.id) != nil else { return }
        guard exchange.sendsBody else { return self.end(exchange, reason: "canceled") }
        // The end of a body would make a whole one of what was sent so far.
        var frame = FrameText("error")
        frame.add("message", "the client left before the end of its body")
        frame.add("requestId", exchange.id)
        self.send(frame)
    }

    private func end(_ exchange: Exchange, reason: String) {
        var frame = FrameText("stream_end")
        frame.add("requestId", exchange.id)
        frame.add("reason", reason)
        self.send(frame)
    }

    /// Handles any frame but ping and pong.
    func receive(_ type: String, _ data: JSONMembers) {
        switch type {
        case "response", "stream", "stream_end", "error":
            guard let id = data.string("requestId") ?? data.string("sessionId") else {
                self.logger.warning("the agent reports", metadata: ["message": "\(data.string("message") ?? "")"])
                return
            }
            if let exchange = self.exchanges[id], !exchange.receive(type, data) { self.exchanges[id] = nil }
        case "exec_ready", "exec_output", "exec_end":
            data.string("execId").flatMap { self.execs[wireID: $0] }?.receive(type, data)
        case "dd:container_log_chunk", "dd:container_log_end", "dd:container_log_error", "dd:container_log_response",
            "dd:container_delete_response":
            self.receiveAdapter(type, data)
        case _ where self.picture.receive(type, data): break
        default: self.logger.debug("frame not used here", metadata: ["type": "\(type)"])
        }
    }
}

// MARK: - Exec sessions

extension Agent {
    func createExec(_ settings: ExecSettings, container: String) -> Exec {
        let exec = Exec(settings, container: container, agent: self)
        self.execs.insert(exec)
        return exec
    }

    func exec(_ id: String) -> Exec? { self.execs[id] }
}

// MARK: - Local clients

extension Agent {
    func serve(on socket: DockerSocket) {
        self.socket = socket
    }

    /// A client that was still being accepted when the tunnel went would wait for an answer that nobody can give.
    func clientArrived(_ channel: any Channel) {
        guard self.link != nil else {
            channel.close(promise: nil)
            return
        }
        self.clients[ObjectIdentifier(channel)] = channel
    }

    func clientLeft(_ channel: any Channel) {
        self.clients[ObjectIdentifier(channel)] = nil
        self.setSlow(false, channel)
    }

    /// The tunnel has no flow control per stream, so one client that does not read stops it as a whole.
    func setSlow(_ isSlow: Bool, _ channel: any Channel) {
        let wasReading = self.slowClients.isEmpty
        if isSlow {
            self.slowClients.insert(ObjectIdentifier(channel))
        } else {
            self.slowClients.remove(ObjectIdentifier(channel))
        }
        if wasReading != self.slowClients.isEmpty { self.link?.setReading(self.slowClients.isEmpty) }
    }

    /// The tunnel became writable, or stopped being so: passes that on to clients that send a body or type into an exec.
    func writabilityChanged(_ isWritable: Bool) {
        for exec in self.execs.live { exec.setReading(isWritable) }
        for exchange in self.exchanges.values where exchange.sendsBody { exchange.setReading(isWritable) }
    }

    /// The tunnel is gone: answers everybody and takes the socket away.
    func left() {
        self.link = nil
        for exchange in exchange(&self.exchanges, with: [:]).values { exchange.fail("the agent went away") }
        for call in exchange(&self.calls, with: [:]).values { call.fail("the agent went away") }
        for exec in self.execs.live { exec.fail("the agent went away") }
        for client in self.clients.values { client.close(promise: nil) }
        self.socket?.close()
    }
}
