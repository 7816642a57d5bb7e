import Auth
import Base
import DockerBridge
import Logging
import NIOCore

/// The listener's part on one event loop: its connections and what they need.
///
/// Concurrency: lives on `dispatcher.eventLoop`.
final class ListenerLoop {
    /// Finishes a token that takes a derivation, on the listener loop's event loop.
    typealias Derivation = (Authenticator.PendingToken) -> EventLoopFuture<Authenticator.Verdict>

    /// How many are looked at for one that may be closed; most may.
    private static let attempts = 8

    let dispatcher: RequestDispatcher
    let gate: AuthGate
    let routes: AgentRoutes
    let settings: ListenerSettings
    let load: ListenerLoad
    /// What the clients of this loop asked for.
    var meter = RequestMeter()
    private let logger: Logger
    /// From 0 to below 1; which of many strangers has to go.
    private let random: () -> Double
    /// Both clocks of the host.
    let moment: () -> Moment
    let derive: Derivation
    /// Connections whose client has shown a valid credential, and the others.
    private var known: [ServerConnection] = []
    private var unknown: [ServerConnection] = []
    private let sweeper: Sweeper
    private var lastWarning: NIODeadline?
    private var silencedWarnings = 0

    init(
        dispatcher: RequestDispatcher,
        gate: AuthGate,
        routes: AgentRoutes,
        settings: ListenerSettings,
        load: ListenerLoad,
        logger: Logger,
        random: @escaping () -> Double = { .random(in: 0..<1) },
        moment: @escaping () -> Moment = { .now },
        derive: Derivation? = nil
    ) {
        self.dispatcher = dispatcher
        self.sweeper = Sweeper(eventLoop: dispatcher.eventLoop)
        self.gate = gate
        self.routes = routes
        self.settings = settings
        self.load = load
        self.logger = logger
        self.random = random
        self.moment = moment
        let (eventLoop, authenticator) = (dispatcher.eventLoop, gate.authenticator)
        self.derive =
            derive ?? { pending in eventLoop.makeFutureWithTask { await authenticator.finish(pending, at: .now) } }
    }

    var times: ServerConnectionTimes {
        // A route asks the engine once or twice, within `REQUEST_TIMEOUT` each.
        let engine = (self.dispatcher.requestTimeout ?? .seconds(30)) * 2
        return ServerConnectionTimes(
            head: self.settings.headTimeout,
            idle: self.settings.idleTimeout,
            answer: engine + .seconds(30),
            linger: self.settings.lingerTimeout
        )
    }

    // MARK: Connections

    /// Finds a place for a new connection; `nil` when there is none. Strangers that wait give way.
    func place(for peer: Peer) -> ConnectionPlace? {
        let isProxy = self.gate.isProxy(peer)
        // Before anyone gives way: a client that dials beyond its share must not push others out by trying.
        guard self.load.hasShare(for: ConnectionPlace.network(of: peer, isProxy: isProxy)) else { return nil }
        let drops = self.load.earlyDrop.drops(waiting: self.load.unknownConnections, roll: self.random())
        guard !drops || self.giveUpStranger() else { return nil }
        if let place = ConnectionPlace(in: self.load, peer: peer, isProxy: isProxy) { return place }
        // One client that has as many as it may have must not push others out.
        guard self.load.isFull, self.giveUpStranger() else { return nil }
        return ConnectionPlace(in: self.load, peer: peer, isProxy: isProxy)
    }

    /// Closes a connection on which an unknown client lets the agent wait. Returns whether there was one.
    private func giveUpStranger() -> Bool {
        var asking: ServerConnection?
        for _ in 0..<Self.attempts where !self.unknown.isEmpty {
            let candidate = self.unknown[min(Int(self.random() * Double(self.unknown.count)), self.unknown.count - 1)]
            if candidate.isExpendable {
                candidate.giveUp()
                return true
            }
            if candidate.isAskingAsStranger { asking = candidate }
        }
        asking?.giveUp()
        return asking != nil
    }

    func opened(_ connection: ServerConnection) {
        Self.add(connection, to: &self.unknown)
        self.sweeper.watch(self)
    }

    func becameKnown(_ connection: ServerConnection) {
        Self.remove(connection, from: &self.unknown)
        Self.add(connection, to: &self.known)
    }

    func closed(_ connection: ServerConnection) {
        Self.remove(connection, from: &self.unknown)
        Self.remove(connection, from: &self.known)
    }

    private static func add(_ connection: ServerConnection, to list: inout [ServerConnection]) {
        connection.index = list.count
        list.append(connection)
    }

    private static func remove(_ connection: ServerConnection, from list: inout [ServerConnection]) {
        let index = connection.index
        guard index < list.count, list[index] === connection else { return }
        list.swapAt(index, list.count - 1)
        list[index].index = index
        list.removeLast()
    }

    private var connections: [ServerConnection] { self.known + self.unknown }

    func drain() {
        for connection in self.connections { connection.drain() }
    }

    func giveUp() {
        for connection in self.connections { connection.giveUp() }
    }

    // MARK: Log

    /// - Parameter advice: what the client may be, and how it gets in.
    func log(_ failure: AuthFailure, of client: ClientAddress?, advice: String?) {
        let message: Logger.Message =
            failure.code == .noCredentials
            ? "authentication failed: no credentials presented"
            : failure.reason == nil ? "authentication failed" : "ed25519 authentication failed"
        var metadata: Logger.Metadata = [
            "ip": "\(client?.address.description ?? "-")", "reason": "\(failure.detail)",
        ]
        if let advice { metadata["advice"] = "\(advice)" }
        self.warn(message, metadata)
    }

    func logSkew(ofKey id: String, seconds: Int64) {
        self.warn("clock skew warning", ["skew_seconds": "\(seconds)", "key_id": "\(id)"])
    }

    func log(_ error: BridgeError) {
        guard error.code.isOperational else { return }
        self.warn("a request to the engine failed", ["error": "\(error)"])
    }

    /// At most one a second: ten thousand attempts must not fill the disk.
    private func warn(_ message: Logger.Message, _ metadata: Logger.Metadata) {
        let now = self.dispatcher.eventLoop.now
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

extension ListenerLoop: Sweepable {
    func sweep() -> Bool {
        let now = self.dispatcher.eventLoop.now
        for connection in self.connections { connection.check(now: now) }
        return !self.known.isEmpty || !self.unknown.isEmpty
    }
}
