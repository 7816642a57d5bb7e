import NIOCore
import Testing

/// A future of an embedded loop. Only the test moves that loop, so that a future which is not done now fails the test instead of
/// blocking it.
struct Settled<Value: Sendable> {
    private let future: EventLoopFuture<Value>

    init(_ future: EventLoopFuture<Value>) {
        self.future = future
    }

    func wait() throws -> Value {
        var result: Result<Value, any Error>?
        self.future.assumeIsolated().whenComplete { result = $0 }
        return try #require(result, "the future is not done").get()
    }
}
