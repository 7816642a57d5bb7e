import NIOCore

/// Where the subscribers of one event stream get their frames from.
///
/// Concurrency: lives on one event loop.
protocol EventSource: AnyObject {
    /// What a subscriber is told that has got everything up to `position`.
    ///
    /// - Parameter position: of the batch it got last; `nil` for one that is new.
    func frames(after position: Int?) -> EventBatch
    /// Calls `changed` with what is new, after every change.
    func start(_ changed: @escaping (EventBatch) -> Void)
}

struct EventBatch: Sendable {
    var frames: [ByteBuffer]
    /// Goes up with every batch.
    var position: Int
}
