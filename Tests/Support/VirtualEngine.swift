package import DockerBridge
package import NIOCore
package import NIOEmbedded

/// An engine made of bytes, and a dispatcher in front of it, on a clock that stands until it is moved.
package final class VirtualEngine {
    package let eventLoop = EmbeddedEventLoop()
    package let dispatcher: RequestDispatcher
    private let dialled: Dialled

    private final class Dialled {
        var channels: [EmbeddedChannel] = []
        /// Dials that are not answered yet; `nil` where each is answered at once.
        var waiting: [EventLoopPromise<any Channel>]?
    }

    package init(
        _ limits: RequestDispatcher.Limits = .init(),
        dispatcher: (EngineClient, RequestDispatcher.Limits) -> RequestDispatcher = { .init(client: $0, limits: $1) }
    ) {
        let (eventLoop, dialled) = (self.eventLoop, Dialled())
        let client = EngineClient(eventLoop: eventLoop) { prepare in
            let channel = EmbeddedChannel(loop: eventLoop)
            do {
                channel.connect(to: try SocketAddress(unixDomainSocketPath: "/engine"), promise: nil)
                try prepare(channel)
            } catch {
                return eventLoop.makeFailedFuture(error)
            }
            dialled.channels.append(channel)
            guard dialled.waiting != nil else { return eventLoop.makeSucceededFuture(channel) }
            let promise = eventLoop.makePromise(of: (any Channel).self)
            dialled.waiting?.append(promise)
            return promise.futureResult
        }
        self.dialled = dialled
        self.dispatcher = dispatcher(client, limits)
    }

    /// Connections made so far, the latest last.
    package var connections: [EmbeddedChannel] { self.dialled.channels }

    /// From now on the engine lets those wait who dial it.
    package func holdDials() {
        self.dialled.waiting = []
    }

    /// Answers those who wait, and others at once.
    package func answerDials() {
        let waiting = self.dialled.waiting ?? []
        self.dialled.waiting = nil
        for (promise, channel) in zip(waiting, self.dialled.channels.suffix(waiting.count)) { promise.succeed(channel) }
        self.eventLoop.run()
    }

    /// Sends bytes on the connection that was made last.
    package func says(_ text: String) throws {
        try self.says(ByteBuffer(string: text))
    }

    package func says(_ bytes: ByteBuffer) throws {
        guard let connection = self.connections.last, connection.isActive else { return }
        try connection.writeInbound(bytes)
    }

    /// What the agent sent on the connection that was made last, since this was asked last.
    package func hears() throws -> String {
        var text = ""
        while let bytes = try self.connections.last?.readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
        return text
    }

    package func wait(_ time: TimeAmount) {
        self.eventLoop.advanceTime(by: time)
    }
}
