import Auth
import DockerBridge
import Drydock
import Logging
import NIOCore

/// Says a hello that cannot be accepted, and hears what the controller thinks of the key.
struct HelloProbe: Sendable {
    /// A second of 1970: a controller answers `timestamp-skew`, but only for a key that it knows.
    private static let timestamp: Int64 = 1
    private static let patience = TimeAmount.seconds(10)

    let settings: TunnelSettings
    let dispatcher: NIOLoopBound<RequestDispatcher>
    let logger: Logger

    /// Ends with the channel closed, whatever the controller does.
    func run(on channel: any Channel, dialect: Dialect) async -> SessionEnd {
        let key: SigningKey
        do {
            key = try self.settings.signingKey(.current)
        } catch {
            channel.close(promise: nil)
            return .keyUnusable("\(error)")
        }
        let hello = self.settings.hello(dialect: dialect, key: key, dockerVersion: "unknown")
        let loop = channel.eventLoop
        let welcomed = loop.makePromise(of: Welcome.self)
        let ended = loop.makePromise(of: TunnelEnd.self)
        let (dispatcher, logger) = (self.dispatcher, self.logger)
        loop.execute {
            let handler = TunnelChannel(
                limits: TunnelLimits(welcome: Self.patience, heartbeat: Self.patience),
                hello: { hello.write(into: &$0, key: key, timestamp: Self.timestamp, nonce: .random()) },
                dispatcher: dispatcher.value,
                monitor: TunnelMonitor(),
                logger: logger,
                welcomed: welcomed,
                ended: ended
            )
            do {
                try HeadExchange.handOver(channel, to: handler)
            } catch {
                welcomed.fail(error)
                ended.succeed(TunnelEnd(.lost("\(error)")))
            }
            // A controller that does not look at the time lets us in; then we leave again.
            welcomed.futureResult.assumeIsolated().whenSuccess { _ in handler.shutDown() }
        }
        return (try? await ended.futureResult.get().end) ?? .lost("no end")
    }
}
