import NIOCore

/// Notices that bytes which wait do not move, or only trickle.
///
/// A peer that takes one byte now and then would otherwise keep all that waits for it for as long as it likes. As long as
/// at least `minimumBytes` wait, so many have to move within `patience`; of fewer, any.
struct WriteWatch {
    /// A controller that pauses for a while (a debugger, a swap storm, a suspended laptop) is no reason to hang up;
    /// one that has taken nearly nothing for this long is gone or broken.
    static let limit = TimeAmount.seconds(30)
    /// With `limit` that is 273 bytes a second, a quarter of what the slowest modem link carries (9,600 bit/s).
    static let minimumBytes = 8 * 1024

    /// As a rule `limit`.
    let patience: TimeAmount
    private let minimumBytes: Int
    /// Bytes that had moved when the time began.
    private var start: Int?
    private var since = NIODeadline.distantPast

    init(patience: TimeAmount = Self.limit, minimumBytes: Int = Self.minimumBytes) {
        self.patience = patience
        self.minimumBytes = minimumBytes
    }

    /// - Parameters:
    ///   - waiting: bytes that wait; `nil` when none do.
    ///   - moved: bytes that have moved so far.
    mutating func isStuck(waiting: Int?, moved: Int, now: NIODeadline) -> Bool {
        guard let waiting else {
            self.start = nil
            return false
        }
        let progress = self.start.map { moved - $0 } ?? .max
        guard progress < min(self.minimumBytes, max(waiting, 1)) else {
            self.start = moved
            self.since = now
            return false
        }
        return now - self.since >= self.patience
    }
}
