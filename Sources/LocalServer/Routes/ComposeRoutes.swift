import Base
package import DockerBridge
import NIOCore
package import Trail

/// `POST /_lookout/compose`: one operation on a stack of this host.
package struct ComposeRoutes: RouteGroup {
    /// Compose files are small; what they are built from is not meant to travel this way.
    private static let maximumBodyBytes = 32 << 20
    private static let lines = "application/x-ndjson"

    private let service: ComposeService
    private let trail: AuditTrail?

    package init(service: ComposeService, trail: AuditTrail?) {
        self.service = service
        self.trail = trail
    }

    package func route(_ method: String, _ path: Substring) -> AgentRoute? {
        guard method == "POST", path == "/_lookout/compose" else { return nil }
        return AgentRoute(
            "/_lookout/compose",
            maximumBodyBytes: Self.maximumBodyBytes,
            limitsItself: true
        ) { request, answer in
            do throws(ComposeRequest.Invalid) {
                let operation = try ComposeRequest.read(request.body)
                let isStreamed = request.accept?.lowercased().contains(Self.lines) == true
                if isStreamed {
                    self.stream(operation, request, answer)
                } else {
                    self.answer(operation, request, answer)
                }
            } catch {
                answer.send(PlainAnswer(400, "invalid request: \(error.reason)"))
            }
        }
    }

    /// In one piece when all is done.
    private func answer(_ operation: ComposeOperation, _ request: AgentRequest, _ answer: AnswerStream) {
        self.start(operation, request, answer) { _ in
        } whenDone: { answer, result in
            var body = ByteBuffer()
            Self.write(result, withOutput: true, into: &body)
            answer.send(PlainAnswer(200, contentType: "application/json", body: body))
        }
    }

    /// Line by line, as the program talks: `{"stream":"stdout","text":"…"}`, at the end the result.
    private func stream(_ operation: ComposeOperation, _ request: AgentRequest, _ answer: AnswerStream) {
        guard answer.begin(contentType: Self.lines, fields: [("Cache-Control", "no-cache")]) else { return }
        answer.flush()
        let bound = NIOLoopBound(answer, eventLoop: answer.eventLoop)
        self.start(operation, request, answer) { heard in
            var line = ByteBuffer()
            let (stream, text) =
                switch heard {
                case .output(let text): ("stdout", text)
                case .errors(let text): ("stderr", text)
                }
            line.writeJSON { json in
                json.object { json in
                    json.member("stream", stream)
                    json.member("text", text)
                }
            }
            line.writeStaticString("\n")
            await Self.say(line, on: bound)
        } whenDone: { answer, result in
            var line = ByteBuffer()
            Self.write(result, withOutput: false, into: &line)
            line.writeStaticString("\n")
            answer.write(line)
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

    private func start(
        _ operation: ComposeOperation,
        _ request: AgentRequest,
        _ answer: AnswerStream,
        heard: @escaping @Sendable (ComposeService.Heard) async -> Void,
        whenDone: @escaping (AnswerStream, Result<String, ComposeFailure>) -> Void
    ) {
        let (service, trail) = (self.service, self.trail)
        let actor = request.actor
        let done = NIOLoopBound((answer: answer, whenDone: whenDone), eventLoop: answer.eventLoop)
        // From here on the operation's copy is counted, until nothing works on it; the body is no longer needed.
        let memory = NIOLoopBound(answer.dispatcher.memory, eventLoop: answer.eventLoop)
        let byteCount = operation.byteCount
        memory.value.change(by: byteCount)
        answer.bodyWasTaken()
        let task = Task {
            let result: Result<String, ComposeFailure>
            do {
                result = .success(try await service.perform(operation, heard: heard))
            } catch {
                result = .failure(error as? ComposeFailure ?? ComposeFailure("the operation was cancelled"))
            }
            let isGood = if case .success = result { true } else { false }
            trail?.record(
                .composeOperation(
                    at: .now,
                    actor: actor,
                    operation: operation.name,
                    stack: operation.stackName,
                    outcome: isGood ? .allowed : .error
                )
            )
            done.eventLoop.execute {
                memory.value.change(by: -byteCount)
                done.value.whenDone(done.value.answer, result)
            }
        }
        answer.whenGone = { task.cancel() }
    }

    private static func write(
        _ result: Result<String, ComposeFailure>,
        withOutput: Bool,
        into buffer: inout ByteBuffer
    ) {
        buffer.writeJSON { json in
            json.object { json in
                switch result {
                case .success(let output):
                    json.member("success", true)
                    if withOutput { json.member("output", output) }
                case .failure(let failure):
                    json.member("success", false)
                    if withOutput { json.member("output", failure.output) }
                    json.member("error", failure.text)
                }
            }
        }
    }
}
