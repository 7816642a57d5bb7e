import NIOCore
import Synchronization

/// Asks the engine whether it answers, once for all that ask meanwhile: every client may ask for readiness, and a
/// thousand who do so while the engine hangs cost it one request.
///
/// Concurrency: any thread.
final class SharedPing: Sendable {
    private let dispatcher: NIOLoopBound<RequestDispatcher>
    private let patience: TimeAmount
    private let underWay = Mutex<EventLoopFuture<Bool>?>(nil)

    init(_ dispatcher: NIOLoopBound<RequestDispatcher>, patience: TimeAmount) {
        self.dispatcher = dispatcher
        self.patience = patience
    }

    /// - Returns: whether the engine answers, within `patience`.
    func ask() async -> Bool {
        (try? await self.answer().get()) ?? false
    }

    func answer() -> EventLoopFuture<Bool> {
        self.underWay.withLock { underWay in
            if let underWay { return underWay }
            let promise = self.dispatcher.eventLoop.makePromise(of: Bool.self)
            underWay = promise.futureResult
            self.dispatcher.eventLoop.execute { self.send(promise) }
            return promise.futureResult
        }
    }

    private func send(_ promise: EventLoopPromise<Bool>) {
        var request = BridgeRequest(method: "GET", target: "/_ping", asker: .agent)
        request.takesVersionPrefix = false
        self.dispatcher.value.collect(request, timeout: self.patience) { result in
            self.underWay.withLock { $0 = nil }
            promise.succeed((try? result.get())?.isSuccess ?? false)
        }
    }
}
