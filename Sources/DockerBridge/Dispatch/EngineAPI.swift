package import NIOCore

/// The agent's own calls to the engine, for code that is not on the event loop.
package struct EngineAPI: Sendable {
    /// For calls that something else waits for: an engine that hangs must not hold up the dial.
    private static let patience = TimeAmount.seconds(3)

    let dispatcher: NIOLoopBound<RequestDispatcher>
    /// All that learn the engine's API version.
    private let learners: [NIOLoopBound<RequestDispatcher>]
    private let sharedPing: SharedPing

    package init(dispatcher: NIOLoopBound<RequestDispatcher>) {
        self.init(dispatchers: [dispatcher])
    }

    /// - Parameter dispatchers: not empty; the first carries the calls, and all learn from them.
    package init(dispatchers: [NIOLoopBound<RequestDispatcher>]) {
        self.dispatcher = dispatchers[0]
        self.learners = dispatchers
        self.sharedPing = SharedPing(dispatchers[0], patience: Self.patience)
    }

    /// Asks the engine who it is, and has later requests use its API version: an upgraded engine may have dropped
    /// the old one.
    ///
    /// - Returns: `nil` when it cannot be asked right now.
    package func refreshVersion() async -> EngineVersion? { try? await self.version() }

    /// - Throws: `BridgeError`: why it cannot be asked right now.
    func version() async throws -> EngineVersion {
        let response = try await self.send("GET", "/version")
        guard response.isSuccess else {
            throw BridgeError(.malformedResponse, "the engine answers \(response.status) to /version")
        }
        let apiVersion = JSONMember.text("ApiVersion", of: response.body)
        if let apiVersion {
            for learner in self.learners { learner.eventLoop.execute { learner.value.use(apiVersion: apiVersion) } }
        }
        guard let version = JSONMember.text("Version", of: response.body) else {
            throw BridgeError(.malformedResponse, "what answers to /version is no Docker engine")
        }
        return EngineVersion(
            version: version,
            apiVersion: apiVersion,
            architecture: JSONMember.text("Arch", of: response.body),
            os: JSONMember.text("Os", of: response.body)
        )
    }

    /// Whether the engine answers now. All who ask while one ping is under way share its result.
    package func ping() async -> Bool { await self.sharedPing.ask() }

    /// One small request, for whatever speaks HTTP like an engine does; the answer is bounded in size and time.
    ///
    /// - Parameters:
    ///   - headers: besides what every request has.
    ///   - body: JSON.
    /// - Throws: `BridgeError`.
    package func send(
        _ method: String,
        _ target: String,
        headers: [BridgeRequest.Header] = [],
        body: String? = nil
    ) async throws -> CollectedResponse {
        var request = BridgeRequest(method: method, target: target, asker: .agent, headers: headers)
        request.takesVersionPrefix = false
        if let body {
            request.headers.append(.init("Content-Type", "application/json"))
            request.body = ByteBuffer(string: body)
        }
        return try await self.collect(request)
    }

    /// One question under the engine's API version, for those that know how large an answer they can take.
    ///
    /// - Parameter limit: bytes of the answer.
    /// - Throws: `BridgeError`.
    package func get(_ target: String, limit: Int, timeout: TimeAmount) async throws -> CollectedResponse {
        try await self.collect(
            BridgeRequest(method: "GET", target: target, asker: .agent),
            limit: limit,
            timeout: timeout
        )
    }

    /// Returns when the processes of lost exec sessions are ended as well as can be, at the latest after `limit`.
    package func orphansReaped(within limit: TimeAmount) async {
        let dispatcher = self.dispatcher
        try? await dispatcher.eventLoop.flatSubmit {
            guard let reaper = dispatcher.value.reaper else { return dispatcher.eventLoop.makeSucceededVoidFuture() }
            let promise = dispatcher.eventLoop.makePromise(of: Void.self)
            reaper.notifyWhenIdle { promise.succeed() }
            // Completing a promise twice does no harm.
            dispatcher.eventLoop.scheduleTask(in: limit) { promise.succeed() }
            return promise.futureResult
        }.get()
    }

    private func collect(
        _ request: BridgeRequest,
        limit: Int = 1 << 20,
        timeout: TimeAmount = Self.patience
    ) async throws -> CollectedResponse {
        let (dispatcher, eventLoop) = (self.dispatcher, self.dispatcher.eventLoop)
        let promise = eventLoop.makePromise(of: CollectedResponse.self)
        let call = NIOLoopBoundBox.makeBoxSendingValue(Call(), eventLoop: eventLoop)
        return try await withTaskCancellationHandler {
            eventLoop.execute {
                guard !call.value.isCancelled else { return }
                call.value.exchange = dispatcher.value.collect(request, limit: limit, timeout: timeout) {
                    promise.completeWith($0.mapError { $0 })
                }
            }
            return try await promise.futureResult.get()
        } onCancel: {
            eventLoop.execute {
                call.value.isCancelled = true
                call.value.exchange?.cancel()
                // Completing a promise twice does no harm.
                promise.fail(BridgeError(.cancelled, "nobody waits for the engine's answer any longer"))
            }
        }
    }

    /// A call whose asker may leave: the engine is not read any further then.
    private struct Call {
        var exchange: EngineExchange?
        var isCancelled = false
    }
}

/// Who the engine says it is.
package struct EngineVersion: Equatable, Sendable {
    /// Such as `27.0.3`.
    package var version: String
    /// Such as `1.46`; `nil` where the engine does not say.
    package var apiVersion: String?
    /// As Go names it, such as `amd64`.
    package var architecture: String?
    package var os: String?
}

/// The sentence in an engine's error answer: `{"message":"…"}`, else the text itself, shortened.
enum EngineMessage {
    private static let maximumCharacters = 500

    static func text(of response: CollectedResponse) -> String {
        self.text(status: response.status, body: response.body)
    }

    static func text(status: Int, body: ByteBuffer) -> String {
        if let message = JSONMember.text("message", of: body) { return message }
        let text = String(buffer: body).prefix(self.maximumCharacters)
        return text.isEmpty ? "the engine answered with status \(status)" : String(text)
    }
}
