import Glibc
package import NIOCore
import NIOPosix
import Synchronization

/// An engine that says exactly the bytes a test wants it to say: on a Unix socket, or on channels that the test brings.
///
/// Concurrency: `answer` runs on the event loop of the connection, one call for every complete request.
package final class FakeEngine: Sendable {
    package struct Request: Sendable {
        /// Counts the accepted connections from 0.
        package let connection: Int
        package let method: String
        package let target: String
        /// Lines as they came, without the request line.
        package let lines: [String]
        package let body: String
    }

    package typealias Answer = @Sendable (Request, FakeEnginePeer) -> Void

    package let socketPath: String
    private let channel: (any Channel)?
    private let heard: Heard

    /// Listens at `socketPath`, which must be free.
    ///
    /// - Parameter reads: `false` for an engine that accepts connections and takes nothing from them.
    package static func listening(
        at socketPath: String,
        reads: Bool = true,
        answer: @escaping Answer
    ) async throws -> FakeEngine {
        let heard = Heard()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.autoRead, value: reads)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(FakeEngineHandler(heard: heard, answer: answer))
                }
            }
            .bind(unixDomainSocketPath: socketPath)
            .get()
        return FakeEngine(socketPath: socketPath, channel: channel, heard: heard)
    }

    /// An engine without a socket.
    package convenience init() {
        self.init(socketPath: "", channel: nil, heard: Heard())
    }

    private init(socketPath: String, channel: (any Channel)?, heard: Heard) {
        self.socketPath = socketPath
        self.channel = channel
        self.heard = heard
    }

    /// What stands at the engine's end of one connection.
    package func handler(answer: @escaping Answer) -> any ChannelHandler {
        FakeEngineHandler(heard: self.heard, answer: answer)
    }

    /// Every request so far, in the order they came.
    package var requests: [Request] { self.heard.requests.withLock { $0 } }

    /// Forgets the requests so far, for who counts memory.
    package func forget() {
        self.heard.requests.withLock { $0 = [] }
    }

    package func stop() async throws {
        // A process that another test is starting has a copy of every socket for a moment, and listens with it.
        unlink(self.socketPath)
        try await self.channel?.close()
    }

    final class Heard: Sendable {
        let connections = Atomic(0)
        let requests = Mutex<[Request]>([])
    }
}
