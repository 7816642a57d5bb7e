/// Whether a connection of a stranger has to go because many of them are waiting.
///
/// sshd's `MaxStartups start:rate:full`: from `start` waiting strangers on, each new connection costs one with a probability
/// that rises from `rate` to 1 at `full`. sshd drops the new connection; here a random one of those that wait goes, so that
/// idle strangers give way to new clients.
struct EarlyDrop: Sendable, Equatable {
    let start: Int
    let rate: Double
    let full: Int

    /// Strangers may have half of the connections; from a quarter on they are thinned out, with sshd's rate.
    init(maximumConnections: Int) {
        self.start = max(1, maximumConnections / 4)
        self.rate = 0.3
        self.full = max(self.start, maximumConnections / 2)
    }

    /// - Parameters:
    ///   - waiting: connections of strangers that are open.
    ///   - roll: a random number from 0 to below 1.
    func drops(waiting: Int, roll: Double) -> Bool {
        guard waiting >= self.start else { return false }
        guard waiting < self.full else { return true }
        let share = Double(waiting - self.start) / Double(self.full - self.start)
        return roll < self.rate + (1 - self.rate) * share
    }
}
