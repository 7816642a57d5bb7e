import NIOCore
import NIOEmbedded

@testable import DockerBridge

/// An engine made of bytes, and a dispatcher in front of it, on a clock that stands until it is moved.
final class VirtualEngine {
    let eventLoop = EmbeddedEventLoop()
    let dispatcher: RequestDispatcher
    private let dialled: Dialled

    private final class Dialled {
        var channels: [EmbeddedChannel] = []
    }

    init(_ limits: RequestDispatcher.Limits = .init()) {
        let (eventLoop, dialled) = (self.eventLoop, Dialled())
        let client = EngineClient(eventLoop: eventLoop) { prepare in
            let channel = EmbeddedChannel(loop: eventLoop)
            do {
                try channel.connect(to: SocketAddress(unixDomainSocketPath: "/engine")).wait()
                try prepare(channel)
            } catch {
                return eventLoop.makeFailedFuture(error)
            }
            dialled.channels.append(channel)
            return eventLoop.makeSucceededFuture(channel)
        }
        self.dialled = dialled
        self.dispatcher = RequestDispatcher(client: client, limits: limits)
    }

    /// Connections made so far, the latest last.
    var connections: [EmbeddedChannel] { self.dialled.channels }

    /// Sends bytes on the connection that was made last.
    func says(_ text: String) throws {
        try self.says(ByteBuffer(string: text))
    }

    func says(_ bytes: ByteBuffer) throws {
        guard let connection = self.connections.last, connection.isActive else { return }
        try connection.writeInbound(bytes)
    }

    /// What the agent sent on the connection that was made last, since this was asked last.
    func hears() throws -> String {
        var text = ""
        while let bytes = try self.connections.last?.readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
        return text
    }

    func wait(_ time: TimeAmount) {
        self.eventLoop.advanceTime(by: time)
    }

    /// One request as one of the doors sends it; its sink.
    func open(_ target: String, proxied: Bool) -> RecordingSink {
        let sink = RecordingSink(eventLoop: self.eventLoop)
        let request = BridgeRequest(method: "GET", target: target)
        _ = proxied ? self.dispatcher.proxy(request, sink: sink) : self.dispatcher.dispatch(request, to: sink)
        self.eventLoop.run()
        return sink
    }
}
