import DockerBridge
import NIOCore

/// What the connections of the operations listener share: their number, and the memory of answers that wait.
///
/// Every program on this host may connect, so all of it is bounded, and what a caller can hold is taken from where it would
/// hurt others least: the connection that has waited longest for a request makes room for a new one, and while the metrics
/// page is wanted by too many, health is still told.
///
/// Concurrency: one event loop.
final class OperationsLoop {
    /// Probes come one at a time; more than this many connections are a mistake or an attack.
    private static let maximumConnections = 64
    /// A page of 1,000 containers has some 400 KiB.
    static let maximumWaitingBytes = 4 << 20
    /// An answer that costs less than a connection does is never refused.
    private static let smallAnswerBytes = 4096
    /// One for the collector of the metrics and one for a person.
    private static let maximumPages = 2

    let routes: OperationsRoutes
    let browsers: BrowserGuard
    let turns: LoopTurns
    private let memory: MemoryBudget
    /// In the order in which they were opened.
    private var connections: [OperationsHandler] = []
    private(set) var waitingBytes = 0
    private var pages = 0

    init(routes: OperationsRoutes, browsers: BrowserGuard, memory: MemoryBudget, turns: LoopTurns) {
        self.routes = routes
        self.browsers = browsers
        self.memory = memory
        self.turns = turns
    }

    static let busy = PlainAnswer(503, "too many ask at once; try again in a second", retryAfterSeconds: 1)

    // MARK: Connections

    /// - Returns: whether there is room for one more.
    func opened(_ connection: OperationsHandler) -> Bool {
        if self.connections.count >= Self.maximumConnections {
            // The oldest that waits for a request, else the oldest that does not take its answer.
            let oldest =
                self.connections.firstIndex(where: \.isReading) ?? self.connections.firstIndex(where: \.isWriting)
            guard let oldest else { return false }
            self.connections.remove(at: oldest).close()
        }
        self.connections.append(connection)
        return true
    }

    func closed(_ connection: OperationsHandler) {
        self.connections.removeAll { $0 === connection }
    }

    func closeAll() {
        for connection in self.connections { connection.close() }
    }

    // MARK: Answers

    /// - Returns: whether the answer to a request may be made now; if so, `made` must follow.
    func began(_ path: String) -> Bool {
        guard OperationsRoutes.isPage(path) else { return true }
        guard self.pages < Self.maximumPages else { return false }
        self.pages += 1
        return true
    }

    func made(_ path: String) {
        if OperationsRoutes.isPage(path) { self.pages -= 1 }
    }

    /// - Returns: whether an answer may wait to be taken; if so, `released` must follow.
    func holds(_ bytes: Int) -> Bool {
        let isSmall = bytes <= Self.smallAnswerBytes
        guard isSmall || self.waitingBytes + bytes <= Self.maximumWaitingBytes && self.memory.fits(bytes) else {
            return false
        }
        self.holdsAnyway(bytes)
        return true
    }

    func holdsAnyway(_ bytes: Int) {
        self.waitingBytes += bytes
        self.memory.change(by: bytes)
    }

    func released(_ bytes: Int) {
        self.waitingBytes -= bytes
        self.memory.change(by: -bytes)
    }
}
