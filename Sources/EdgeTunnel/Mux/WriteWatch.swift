import NIOCore

/// Notices that a connection takes nothing any more although bytes wait.
struct WriteWatch {
    /// A controller that pauses for a while (a debugger, a swap storm, a suspended laptop) is no reason to hang up;
    /// one that has taken no byte for this long is gone or broken.
    static let limit = TimeAmount.seconds(30)

    /// As a rule `limit`.
    let patience: TimeAmount
    private var lastMark: Int?
    private var since = NIODeadline.distantPast

    init(patience: TimeAmount = Self.limit) {
        self.patience = patience
    }

    /// - Parameter mark: anything that changes when bytes leave; `nil` when nothing waits.
    /// - Returns: whether nothing has moved for `patience`.
    mutating func isStuck(mark: Int?, now: NIODeadline) -> Bool {
        guard let mark, mark == self.lastMark else {
            self.lastMark = mark
            self.since = now
            return false
        }
        return now - self.since >= self.patience
    }
}
