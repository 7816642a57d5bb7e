/// What waits because the peer asked for it and has not read it: pongs, refusals, complaints, answers that are complete.
///
/// A peer that sends and does not read would make it grow without bound, and none of it may be dropped: each is the only
/// answer to something. So above `limit` the tunnel is not read, and below half of that it is read again.
///
/// Answers that still hold a place among the requests and exec sessions under way do not count: those places are bounded.
struct OwedAnswers {
    static let limit = 256 * 1024
    static let rest = limit / 2
    /// What a small frame takes beside its text: its allocation and its place in the queue.
    static let frameBytes = 256
    /// An answer that is complete counts at most as much: what it takes beyond that is bounded by the memory budget, and a
    /// large answer on a slow link is no reason not to read pings.
    static let answerBytes = 4096

    private(set) var bytes = 0
    /// Whether the peer has to read first.
    private(set) var isTooMuch = false

    /// - Returns: whether `isTooMuch` has changed.
    mutating func change(by bytes: Int) -> Bool {
        self.bytes += bytes
        let wasTooMuch = self.isTooMuch
        if self.bytes >= Self.limit { self.isTooMuch = true }
        if self.bytes < Self.rest { self.isTooMuch = false }
        return self.isTooMuch != wasTooMuch
    }
}
