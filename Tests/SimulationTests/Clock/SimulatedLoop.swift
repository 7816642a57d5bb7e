import Dispatch
import NIOCore

/// The clock of a simulated world, and the event loop that all of its code runs on.
///
/// Nothing waits: `runNext` takes the earliest task and sets the clock to its time. Tasks of the same time run in the
/// order in which they were scheduled, so a world's history follows from its seed alone.
///
/// Concurrency: a world runs on one thread from its beginning to its end and is touched by nobody else; the protocols of
/// NIO want a Sendable all the same.
final class SimulatedLoop: EventLoop, @unchecked Sendable {
    /// A task that has not run yet.
    final class Timer {
        fileprivate let time: NIODeadline
        fileprivate let order: UInt64
        fileprivate var body: (() -> Void)?
        /// Told when it will never run.
        fileprivate var abort: (() -> Void)?

        fileprivate init(_ time: NIODeadline, _ order: UInt64, _ body: @escaping () -> Void) {
            (self.time, self.order, self.body) = (time, order, body)
        }

        func cancel() {
            self.body = nil
        }

        fileprivate func isBefore(_ other: Timer) -> Bool {
            self.time == other.time ? self.order < other.order : self.time < other.time
        }
    }

    /// Not zero, so that a moment before the beginning can be written down.
    static let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000_000)

    private(set) var now = SimulatedLoop.start
    /// Tasks that have run.
    private(set) var steps = 0
    private var heap: [Timer] = []
    private var order: UInt64 = 0

    // MARK: The world's side

    @discardableResult
    func at(_ time: NIODeadline, _ body: @escaping () -> Void) -> Timer {
        self.order += 1
        let timer = Timer(max(time, self.now), self.order, body)
        self.push(timer)
        return timer
    }

    @discardableResult
    func after(_ delay: TimeAmount, _ body: @escaping () -> Void) -> Timer {
        self.at(self.now + delay, body)
    }

    /// Runs the earliest task; `false` when there is none up to `limit`, which it is then.
    func runNext(until limit: NIODeadline) -> Bool {
        while let first = self.heap.first {
            guard first.time <= limit else { break }
            self.popFirst()
            guard let body = first.body else { continue }
            first.body = nil
            self.now = first.time
            self.steps += 1
            body()
            return true
        }
        self.now = max(self.now, limit)
        return false
    }

    /// Lets go of everything that has not run, and so of what it holds.
    func clear() {
        let heap = exchange(&self.heap, with: [])
        for timer in heap where timer.body != nil {
            timer.cancel()
            timer.abort?()
        }
    }

    // MARK: A heap

    private func push(_ timer: Timer) {
        self.heap.append(timer)
        var index = self.heap.count - 1
        while index > 0 {
            let parent = (index - 1) / 2
            guard self.heap[index].isBefore(self.heap[parent]) else { return }
            self.heap.swapAt(index, parent)
            index = parent
        }
    }

    private func popFirst() {
        self.heap.swapAt(0, self.heap.count - 1)
        self.heap.removeLast()
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < self.heap.count {
                if self.heap[child].isBefore(self.heap[least]) { least = child }
            }
            guard least != index else { return }
            self.heap.swapAt(index, least)
            index = least
        }
    }

    // MARK: EventLoop

    var inEventLoop: Bool { true }

    func execute(_ task: @escaping @Sendable () -> Void) {
        self.at(self.now, task)
    }

    @discardableResult
    func scheduleTask<T>(deadline: NIODeadline, _ task: @escaping @Sendable () throws -> T) -> Scheduled<T> {
        let promise = self.makePromise(of: T.self)
        let timer = self.at(deadline) {
            do {
                promise.assumeIsolated().succeed(try task())
            } catch {
                promise.fail(error)
            }
        }
        timer.abort = { promise.fail(EventLoopError.cancelled) }
        let bound = NIOLoopBound(timer, eventLoop: self)
        return Scheduled(promise: promise) { bound.value.cancel() }
    }

    @discardableResult
    func scheduleTask<T>(in delay: TimeAmount, _ task: @escaping @Sendable () throws -> T) -> Scheduled<T> {
        self.scheduleTask(deadline: self.now + delay, task)
    }

    func shutdownGracefully(queue: DispatchQueue, _ callback: @escaping @Sendable ((any Error)?) -> Void) {
        queue.async { callback(nil) }
    }
}
