import DequeModule
import NIOCore

/// Which idle engine connections exist and which one serves next.
///
/// The newest is lent first, so that a burst's extra connections grow old and are closed.
/// A value: the owner dials and closes.
struct ConnectionPoolStateMachine<Connection: Equatable> {
    /// Idle connections kept; above it a returned one is closed. Matches the cap on concurrent requests.
    private let maximumIdle: Int
    /// How long an idle connection is kept.
    private let idleLifetime: TimeAmount
    private var idle: Deque<(connection: Connection, since: NIODeadline)> = []

    init(maximumIdle: Int, idleLifetime: TimeAmount) {
        self.maximumIdle = maximumIdle
        self.idleLifetime = idleLifetime
    }

    var idleCount: Int { self.idle.count }
    /// When the oldest idle connection is due to be closed.
    var nextExpiry: NIODeadline? { self.idle.first.map { $0.since + self.idleLifetime } }

    mutating func lend() -> Connection? {
        self.idle.popLast()?.connection
    }

    /// Returns whether the connection is kept; if not, the caller closes it.
    mutating func giveBack(_ connection: Connection, now: NIODeadline) -> Bool {
        guard self.idle.count < self.maximumIdle else { return false }
        self.idle.append((connection, now))
        return true
    }

    /// The engine closed an idle connection.
    mutating func closed(_ connection: Connection) {
        self.idle.removeAll { $0.connection == connection }
    }

    /// Takes out what has been idle for too long; the caller closes it.
    mutating func expired(now: NIODeadline) -> [Connection] {
        var result: [Connection] = []
        while let first = self.idle.first, first.since + self.idleLifetime <= now {
            result.append(first.connection)
            self.idle.removeFirst()
        }
        return result
    }

    mutating func removeAll() -> [Connection] {
        defer { self.idle.removeAll() }
        return self.idle.map(\.connection)
    }
}
