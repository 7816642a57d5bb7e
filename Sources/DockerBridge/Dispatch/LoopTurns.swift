import NIOCore

/// Work that one peer asks for in one piece, done over several turns of the event loop.
///
/// What is executed on a loop runs before the loop looks at its sockets again, however much of it follows. So a caller that has
/// more to do than is fair leaves the rest here: it goes on a moment later, after the others' bytes were read. All of a
/// loop's share one moment, and no more than `widest` of them are taken at once.
///
/// Concurrency: lives on its event loop.
package final class LoopTurns {
    private static let pause = TimeAmount.milliseconds(1)
    /// Peers that go on in one turn.
    private static let widest = 16

    private let eventLoop: any EventLoop
    private var waiting = CircularBuffer<() -> Void>()
    private var isScheduled = false

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// Whether the queue of turns is empty.
    package var isIdle: Bool { self.waiting.isEmpty }

    /// Calls `body` in another turn of the loop, in the order of the calls.
    package func later(_ body: @escaping () -> Void) {
        self.waiting.append(body)
        self.schedule()
    }

    private func schedule() {
        guard !self.isScheduled, !self.waiting.isEmpty else { return }
        self.isScheduled = true
        self.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) { self.run() }
    }

    private func run() {
        for _ in 0..<min(self.waiting.count, Self.widest) { self.waiting.popFirst()?() }
        self.isScheduled = false
        // Only now: the pause begins when the work is done.
        self.schedule()
    }
}
