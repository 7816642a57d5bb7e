package import NIOCore

/// An owner of deadlines that a `Sweeper` watches.
package protocol Sweepable: AnyObject {
    /// Ends what is late.
    ///
    /// - Returns: whether there is anything left to watch.
    func sweep() -> Bool
}

/// One timer for all deadlines of its owner: each is met to within a second, and none costs a timer of its own. It rests
/// while there is nothing to watch.
///
/// Concurrency: lives on its event loop.
package final class Sweeper {
    private static let interval = TimeAmount.seconds(1)

    private let eventLoop: any EventLoop
    private var isScheduled = false

    package init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// There is something to watch; the owner is kept alive until there is not.
    package func watch(_ owner: any Sweepable) {
        guard !self.isScheduled else { return }
        self.isScheduled = true
        self.eventLoop.assumeIsolated().scheduleTask(in: Self.interval) {
            self.isScheduled = false
            if owner.sweep() { self.watch(owner) }
        }
    }
}
