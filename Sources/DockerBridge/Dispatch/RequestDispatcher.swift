package import NIOCore

/// The only way to the engine, for both doors and for the agent's own calls.
///
/// A door authenticates, filters header lines by its own rules and hands over a request and a sink. The dispatcher
/// checks the request, classifies it, applies the limits and opens one exchange. It never suspends, never copies a
/// body byte, and lives on one event loop.
package final class RequestDispatcher {
    package struct Limits: Sendable {
        /// Requests in flight, plain and streamed together. 100 is what a Drydock keeps pending for one agent.
        package var maximumRequests = 100
        /// To the complete answer of a plain request and to the head of a streamed one; `nil` waits for ever.
        package var requestTimeout: TimeAmount? = .seconds(30)

        package init() {}
    }

    package var eventLoop: any EventLoop { self.client.eventLoop }
    private let client: EngineClient
    private let limits: Limits

    package init(client: EngineClient, limits: Limits = Limits()) {
        self.client = client
        self.limits = limits
    }

    /// Sets the version put in front of targets that name none, as in `1.43`.
    package func use(apiVersion: String) {
        self.client.versionPrefix = "/v\(apiVersion)"
    }

    /// Opens one exchange.
    ///
    /// - Returns: the handle to resume or cancel it; `nil` when the request was refused, which the sink has heard.
    package func dispatch(_ request: BridgeRequest, to sink: some ResponseSink) -> EngineExchange? {
        if let refusal = self.refusal(request) {
            sink.fail(refusal)
            return nil
        }
        return self.client.open(
            request,
            route: Route(target: request.target),
            timeout: self.limits.requestTimeout,
            sink: sink
        )
    }

    /// Opens an exchange that asks the engine to switch to `upgradeProtocol`; after a 101 its bytes are raw.
    ///
    /// Upgrades do not count as requests: exec sessions have a limit of their own.
    package func upgrade(
        _ request: BridgeRequest,
        to upgradeProtocol: String,
        sink: some ResponseSink
    ) -> EngineExchange? {
        if let problem = request.problem() {
            sink.fail(BridgeError(.badRequest, problem))
            return nil
        }
        return self.client.open(
            request,
            route: .stream,
            upgrade: upgradeProtocol,
            timeout: self.limits.requestTimeout,
            sink: sink
        )
    }

    /// One of the agent's own small calls: gathers the whole body, at most `limit` bytes.
    ///
    /// Own calls are few and bounded by their callers, so the request limit does not apply to them.
    package func collect(
        _ request: BridgeRequest,
        limit: Int = 1 << 20,
        whenDone: @escaping (Result<CollectedResponse, BridgeError>) -> Void
    ) {
        let sink = CollectingSink(limit: limit, whenDone: whenDone)
        if let problem = request.problem() {
            sink.fail(BridgeError(.badRequest, problem))
            return
        }
        sink.exchange = self.client.open(
            request,
            route: .plain,
            timeout: self.limits.requestTimeout ?? .seconds(30),
            sink: sink
        )
    }

    private func refusal(_ request: BridgeRequest) -> BridgeError? {
        if let problem = request.problem() { return BridgeError(.badRequest, problem) }
        if self.client.runningCount >= self.limits.maximumRequests {
            return BridgeError(.busy, "agent busy: too many concurrent requests")
        }
        return nil
    }
}
