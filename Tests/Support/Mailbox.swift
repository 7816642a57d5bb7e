/// Hands values from callbacks to a test that awaits them, in order, none lost.
package final class Mailbox<Value: Sendable>: Sendable {
    private let stream: AsyncStream<Value>
    private let continuation: AsyncStream<Value>.Continuation

    package init() {
        (self.stream, self.continuation) = AsyncStream.makeStream()
    }

    package func put(_ value: Value) {
        self.continuation.yield(value)
    }

    /// The next value; waits for it. One test task at a time may ask.
    package func next() async throws -> Value {
        for await value in self.stream { return value }
        throw CancellationError()
    }
}
