import NIOCore

/// Waits for the hops of one dial, each with its deadline, and writes down how long each took.
struct DialTimings {
    let eventLoop: any EventLoop
    private(set) var phases = PhaseTimings()

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// Waits until `future` is done, `limit` is over, or the task is cancelled.
    ///
    /// - Parameter late: gets what still came when nobody waited any more.
    /// - Throws: the future's own `DialError`, or one that `explain` makes of its error.
    mutating func take<Value: Sendable>(
        _ phase: DialPhase,
        within limit: TimeAmount,
        late: @escaping @Sendable (Value) -> Void = { _ in },
        explain: (any Error) -> DialError,
        _ future: EventLoopFuture<Value>
    ) async throws(DialError) -> Value {
        let start = ContinuousClock.Instant.now
        defer { self.phases.record(phase, start.duration(to: .now)) }
        let promise = self.eventLoop.makePromise(of: Value.self)
        future.whenComplete { result in
            promise.completeWith(result)
            guard case .success(let value) = result else { return }
            promise.futureResult.whenFailure { _ in late(value) }
        }
        let timeout = self.eventLoop.scheduleTask(in: limit) {
            promise.fail(DialError.failed(phase, "\(phase.silence) within \(Self.seconds(limit)) s"))
        }
        defer { timeout.cancel() }
        do {
            return try await withTaskCancellationHandler {
                try await promise.futureResult.get()
            } onCancel: {
                promise.fail(CancellationError())
            }
        } catch let error as DialError {
            throw error
        } catch is CancellationError {
            throw .failed(phase, "given up")
        } catch {
            throw explain(error)
        }
    }

    /// To a tenth, and without one where there is none.
    private static func seconds(_ amount: TimeAmount) -> String {
        let tenths = (max(0, amount.nanoseconds) + 50_000_000) / 100_000_000
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}
