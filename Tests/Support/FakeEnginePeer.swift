import Dispatch
package import NIOCore

/// One connection of the fake engine: what a test writes to and closes.
package struct FakeEnginePeer: Sendable {
    private let channel: any Channel
    /// What arrives after `upgrade`.
    package let input: Mailbox<String>

    init(channel: any Channel, input: Mailbox<String>) {
        self.channel = channel
        self.input = input
    }

    package func write(_ text: String) {
        self.write(ByteBuffer(string: text))
    }

    package func write(_ bytes: ByteBuffer) {
        self.channel.writeAndFlush(bytes, promise: nil)
    }

    /// Answers with a body of known length.
    package func respond(_ status: Int = 200, _ body: String = "") {
        self.write("HTTP/1.1 \(status) x\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    /// Switches to raw bytes; `rest` leaves together with the answer's head.
    package func upgrade(then rest: String = "") {
        self.channel.pipeline.fireUserInboundEventTriggered(FakeEngineUpgrade())
        self.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n" + rest)
    }

    /// Goes over to raw bytes without a change of protocols, as engines answer an attach without `Upgrade`; `rest` leaves
    /// together with the answer's head.
    package func takeOver(then rest: String = "") {
        self.channel.pipeline.fireUserInboundEventTriggered(FakeEngineUpgrade())
        self.write("HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n" + rest)
    }

    /// Takes nothing that the agent sends any more.
    package func stopReading() {
        self.channel.setOption(.autoRead, value: false).whenComplete { _ in }
    }

    package func goOnReading() {
        self.channel.setOption(.autoRead, value: true).whenComplete { _ in }
    }

    /// Drops what the kernel has not taken yet.
    package func close() {
        self.channel.close(promise: nil)
    }

    /// Closes once all that was written has left.
    package func closeWhenWritten() {
        self.channel.writeAndFlush(ByteBuffer()).whenComplete { _ in self.close() }
    }

    /// Returns once the connection is gone, whoever closed it.
    package func closed() async throws {
        try await self.channel.closeFuture.get()
    }

    /// Returns once the connection is gone; blocks the thread, which must not be an event loop of the fake engine.
    package func waitUntilClosed() {
        let isClosed = DispatchSemaphore(value: 0)
        self.channel.closeFuture.whenComplete { _ in isClosed.signal() }
        isClosed.wait()
    }

    /// Bytes that the agent has not let the kernel take yet.
    package func unsentBytes() async throws -> Int {
        try await self.channel.getOption(.bufferedWritableBytes).get()
    }
}

struct FakeEngineUpgrade: Sendable {}

extension Mailbox where Value == FakeEnginePeer {
    /// Switches `peer` to raw bytes and hands it to the test.
    package func upgrade(_ peer: FakeEnginePeer) {
        peer.upgrade()
        self.put(peer)
    }
}
