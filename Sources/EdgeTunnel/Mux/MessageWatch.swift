import NIOCore

/// Notices a message that has begun and does not come to its end: it holds memory, or keeps the session deaf.
struct MessageWatch {
    /// For a whole message: the largest one that is gathered needs 55 KiB/s. A controller whose own pings wait behind its
    /// message gives up long before.
    static let longest = TimeAmount.seconds(300)
    /// Longer than the silence after which the session is given up anyway.
    static let patience = TimeAmount.seconds(60)
    /// Of a message in `patience`.
    static let minimumBytes = 16 * 1024

    private var trickle = WriteWatch(patience: Self.patience, minimumBytes: Self.minimumBytes)
    private var message: Int?
    private var since = NIODeadline.distantPast

    /// - Parameters:
    ///   - message: the number of the message under way; `nil` between two messages.
    ///   - received: bytes of the connection so far.
    ///   - isPaused: the tunnel is not read, so what does not come is not the peer's fault.
    mutating func isStuck(message: Int?, received: Int, isPaused: Bool, now: NIODeadline) -> Bool {
        if message != self.message {
            self.message = message
            self.since = now
            self.trickle = WriteWatch(patience: Self.patience, minimumBytes: Self.minimumBytes)
        }
        guard message != nil else { return false }
        if isPaused {
            _ = self.trickle.isStuck(waiting: nil, moved: received, now: now)
            return false
        }
        return self.trickle.isStuck(waiting: .max, moved: received, now: now) || now - self.since >= Self.longest
    }
}
