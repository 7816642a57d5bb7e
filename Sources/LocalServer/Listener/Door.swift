import Auth
import DockerBridge
import Logging
import NIOCore

/// The listener's part on one event loop: its connections and what they need.
///
/// Concurrency: lives on `dispatcher.eventLoop`.
final class Door {
    private static let sweepInterval = TimeAmount.seconds(1)

    let dispatcher: RequestDispatcher
    let gate: AuthGate
    let routes: AgentRoutes
    let settings: ListenerSettings
    let load: ListenerLoad
    /// What the clients of this loop asked for.
    var meter = RequestMeter()
    private let logger: Logger
    private var connections: [ConnectionHandler] = []
    private var isSweepScheduled = false
    private var lastWarning: NIODeadline?
    private var silencedWarnings = 0

    init(
        dispatcher: RequestDispatcher,
        gate: AuthGate,
        routes: AgentRoutes,
        settings: ListenerSettings,
        load: ListenerLoad,
        logger: Logger
    ) {
        self.dispatcher = dispatcher
        self.gate = gate
        self.routes = routes
        self.settings = settings
        self.load = load
        self.logger = logger
    }

    var isEmpty: Bool { self.connections.isEmpty }

    func opened(_ connection: ConnectionHandler) {
        connection.index = self.connections.count
        self.connections.append(connection)
        self.scheduleSweep()
    }

    func closed(_ connection: ConnectionHandler) {
        let index = connection.index
        guard index < self.connections.count, self.connections[index] === connection else { return }
        self.connections.swapAt(index, self.connections.count - 1)
        self.connections[index].index = index
        self.connections.removeLast()
    }

    func drain() {
        for connection in self.connections { connection.drain() }
    }

    func giveUp() {
        for connection in self.connections { connection.giveUp() }
    }

    /// One timer for all connections: a deadline is met to within a second, and a request costs no timer of its own.
    private func scheduleSweep() {
        guard !self.isSweepScheduled else { return }
        self.isSweepScheduled = true
        self.dispatcher.eventLoop.assumeIsolated().scheduleTask(in: Self.sweepInterval) { self.sweep() }
    }

    private func sweep() {
        self.isSweepScheduled = false
        let now = NIODeadline.now()
        for connection in self.connections { connection.check(now: now) }
        if !self.connections.isEmpty { self.scheduleSweep() }
    }

    // MARK: Log

    func log(_ failure: AuthFailure, of client: ClientAddress?) {
        let message: Logger.Message =
            failure.code == .noCredentials
            ? "authentication failed: no credentials presented"
            : failure.reason == nil ? "authentication failed" : "ed25519 authentication failed"
        self.warn(message, ["ip": "\(client?.address.description ?? "-")", "reason": "\(failure.detail)"])
    }

    func logSkew(ofKey id: String, seconds: Int64) {
        self.warn("clock skew warning", ["skew_seconds": "\(seconds)", "key_id": "\(id)"])
    }

    func log(_ error: BridgeError) {
        guard error.code.isOperational else { return }
        self.warn("a request to the engine failed", ["error": "\(error)"])
    }

    /// At most one a second: whoever knocks ten thousand times must not fill the disk.
    private func warn(_ message: Logger.Message, _ metadata: Logger.Metadata) {
        let now = NIODeadline.now()
        if let last = self.lastWarning, last + .seconds(1) > now {
            self.silencedWarnings += 1
            return
        }
        self.lastWarning = now
        var metadata = metadata
        if self.silencedWarnings > 0 { metadata["silenced"] = "\(self.silencedWarnings)" }
        self.silencedWarnings = 0
        self.logger.warning(message, metadata: metadata)
    }
}
