package import DockerBridge
import NIOCore
import Policy
package import Trail

/// `POST /_lookout/compose`: one operation on a stack of this host.
package struct ComposeRoutes: RouteGroup {
    /// Compose files are small; what they are built from is not meant to travel this way.
    private static let maximumBodyBytes = 32 << 20

    private let call: ComposeCall?

    /// - Parameter service: `nil` where Compose is switched off.
    package init(service: ComposeService?, trail: AuditTrail?) {
        self.call = service.map { ComposeCall(service: $0, trail: trail) }
    }

    package func route(_ method: String, _ path: Substring) -> AgentRoute? {
        guard method == "POST", path == "/_lookout/compose" else { return nil }
        return AgentRoute(
            "/_lookout/compose",
            maximumBodyBytes: Self.maximumBodyBytes,
            limitsItself: true,
            operation: .agentCompose
        ) { request, answer in
            guard let call = self.call else { return answer.send(PlainAnswer(404, ComposeCall.switchedOff)) }
            do throws(ComposeRequest.Invalid) {
                let operation = try ComposeRequest.read(request.body)
                if ComposeCall.wantsLines(accept: request.accept) {
                    Self.stream(operation, call, request, answer)
                } else {
                    Self.answer(operation, call, request, answer)
                }
            } catch {
                answer.send(PlainAnswer(400, "invalid request: \(error.reason)"))
            }
        }
    }

    /// In one piece when all is done.
    private static func answer(
        _ operation: ComposeOperation,
        _ call: ComposeCall,
        _ request: AgentRequest,
        _ answer: AnswerStream
    ) {
        self.start(operation, call, request, answer) { _ in
        } whenDone: { answer, outcome in
            let body = ComposeCall.json(of: outcome)
            answer.send(PlainAnswer(200, contentType: "application/json", body: body))
        }
    }

    /// Line by line, as the program talks.
    private static func stream(
        _ operation: ComposeOperation,
        _ call: ComposeCall,
        _ request: AgentRequest,
        _ answer: AnswerStream
    ) {
        guard answer.begin(contentType: ComposeCall.lines, fields: [("Cache-Control", "no-cache")]) else { return }
        answer.flush()
        let bound = NIOLoopBound(answer, eventLoop: answer.eventLoop)
        self.start(operation, call, request, answer) { heard in
            await Self.say(ComposeCall.line(of: heard), on: bound)
        } whenDone: { answer, outcome in
            answer.write(ComposeCall.lastLine(of: outcome))
            answer.finish()
        }
    }

    /// Waits for a client that reads slower than the program talks; the program waits with us.
    ///
    /// A cancelled task does not wait, because the program is being ended then; what it still says is dropped.
    private static func say(_ line: ByteBuffer, on answer: NIOLoopBound<AnswerStream>) async {
        guard !Task.isCancelled else { return }
        let written = answer.eventLoop.makePromise(of: Void.self)
        answer.eventLoop.execute {
            let stream = answer.value
            stream.write(line)
            stream.flush()
            stream.notifyWhenWritable { written.succeed() }
        }
        await withTaskCancellationHandler {
            try? await written.futureResult.get()
        } onCancel: {
            // Of two completions the later one is ignored.
            written.succeed()
        }
    }

    private static func start(
        _ operation: ComposeOperation,
        _ call: ComposeCall,
        _ request: AgentRequest,
        _ answer: AnswerStream,
        heard: @escaping @Sendable (ComposeService.Heard) async -> Void,
        whenDone: @escaping (AnswerStream, ComposeCall.Outcome) -> Void
    ) {
        // From here on the operation's copy is counted, until nothing works on it; the body is no longer needed.
        let memory = answer.dispatcher.memory
        let byteCount = operation.byteCount
        memory.change(by: byteCount)
        answer.bodyWasTaken()
        let task = call.start(operation, actor: request.actor, on: answer.eventLoop, heard: heard) { outcome in
            memory.change(by: -byteCount)
            whenDone(answer, outcome)
        }
        answer.whenGone = { task.cancel() }
    }
}
