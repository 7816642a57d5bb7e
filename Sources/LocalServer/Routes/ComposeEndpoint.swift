import Base
package import DockerBridge
import NIOCore
import NIOPosix
import Policy
package import Trail

/// The Compose endpoint for requests that come through the tunnel, under both of its names.
///
/// A program may talk without end and a controller takes no more than a frame, so of the output the newest is sent.
package struct ComposeEndpoint: OwnEndpoint {
    /// Of the output in one piece. In JSON it may take six times as much, which still fits a frame.
    private static let outputBytes = 1 << 20
    /// Read off the event loop from here on: the tunnel waits for what is read on it.
    fileprivate static let inlineBytes = 64 << 10
    /// Of the lines of a streamed answer. Drydock fails streams above 100 MiB, which would end the operation.
    private static let lineBytes = 16 << 20
    private static let paths: Set<Substring> = ["/_lookout/compose", "/_portwing/compose"]

    private let call: ComposeCall?

    /// - Parameter service: `nil` where Compose is switched off.
    package init(service: ComposeService?, trail: AuditTrail?) {
        self.call = service.map { ComposeCall(service: $0, trail: trail) }
    }

    package func serves(_ path: Substring) -> Bool { Self.paths.contains(path) }

    package func answer(
        _ request: BridgeRequest,
        dispatcher: RequestDispatcher,
        to sink: any ResponseSink
    ) -> (any OwnAnswer)? {
        let wantsLines = ComposeCall.wantsLines(accept: request.headers.first { $0.name == "accept" }?.value)
        // A controller that waits for a stream would take an answer without one for a fault of the agent.
        let form = wantsLines ? AnswerForm.stream : .plain
        if case .peer(let identity) = request.asker,
            let refusal = dispatcher.refusal(of: .agentCompose, for: identity)
        {
            sink.answer(403, json: refusal, form: form)
            return nil
        }
        guard let call = self.call else { return Self.refuse(404, ComposeCall.switchedOff, form, sink) }
        guard request.method == "POST" else {
            return Self.refuse(405, "Compose operations are sent with POST", form, sink)
        }
        guard request.streamedBody == nil, let body = request.body else {
            return Self.refuse(400, "a Compose operation is the body of its request, in the same frame", form, sink)
        }
        let answer = ComposeAnswer(
            of: call,
            actor: request.actor,
            form: wantsLines
                ? .lines(bytes: Self.lineBytes)
                : .whole(outputBytes: min(Self.outputBytes, dispatcher.memory.largestWhole / 8)),
            dispatcher: dispatcher,
            sink: sink
        )
        answer.begin(body)
        return answer.isOver ? nil : answer
    }

    @discardableResult
    fileprivate static func refuse(
        _ status: Int,
        _ reason: String,
        _ form: AnswerForm,
        _ sink: any ResponseSink
    ) -> (any OwnAnswer)? {
        sink.answer(status, json: ByteBuffer(jsonObject: { $0.member("message", reason) }), form: form)
        return nil
    }
}

/// One operation under way for a sink.
///
/// Concurrency: one event loop.
private final class ComposeAnswer: OwnAnswer {
    enum Form {
        case whole(outputBytes: Int)
        /// Progress as it comes, up to so many bytes of it, then the result.
        case lines(bytes: Int)

        var answer: AnswerForm {
            switch self {
            case .whole: .plain
            case .lines: .stream
            }
        }
    }

    /// Of the output, with the result of an operation whose lines were too many.
    private static let lastBytes = 64 << 10

    private let call: ComposeCall
    private let actor: String
    private let form: Form
    private let dispatcher: RequestDispatcher
    private var sink: (any ResponseSink)?
    private var lineBytesLeft = 0
    private var waiters: [EventLoopPromise<Void>] = []
    private var work: Task<Void, Never>?

    init(of call: ComposeCall, actor: String, form: Form, dispatcher: RequestDispatcher, sink: any ResponseSink) {
        self.call = call
        self.actor = actor
        self.form = form
        self.dispatcher = dispatcher
        self.sink = sink
    }

    var isOver: Bool { self.sink == nil }

    /// Reads the operation, then performs it.
    func begin(_ body: ByteBuffer) {
        guard body.readableBytes > ComposeEndpoint.inlineBytes else { return self.begin(ComposeRequest.result(body)) }
        let bound = NIOLoopBound(self, eventLoop: self.dispatcher.eventLoop)
        JudgmentThreads.pool.runIfActive(eventLoop: self.dispatcher.eventLoop) { ComposeRequest.result(body) }
            .whenSuccess { bound.value.begin($0) }
    }

    private func begin(_ read: Result<ComposeOperation, ComposeRequest.Invalid>) {
        // Cancelled while it was read.
        guard let sink = self.sink else { return }
        switch read {
        case .success(let operation):
            sink.requestBodyWasSent()
            self.perform(operation, sink)
        case .failure(let invalid):
            self.sink = nil
            ComposeEndpoint.refuse(400, "invalid request: \(invalid.reason)", self.form.answer, sink)
        }
    }

    private func perform(_ operation: ComposeOperation, _ sink: any ResponseSink) {
        let (eventLoop, memory) = (self.dispatcher.eventLoop, self.dispatcher.memory)
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        // Counted until nothing works on it, which after a cancellation is later than the end of the answer.
        let byteCount = operation.byteCount
        memory.change(by: byteCount)
        switch self.form {
        case .whole(let outputBytes):
            self.work = self.call.start(operation, actor: self.actor, on: eventLoop, heard: { _ in }) { outcome in
                memory.change(by: -byteCount)
                self.take()?.answer(200, json: ComposeCall.json(of: outcome, outputBytes: outputBytes))
            }
        case .lines(let bytes):
            self.lineBytesLeft = bytes
            sink.begin(.own(200, contentType: ComposeCall.lines, length: nil), form: .stream)
            self.work = self.call.start(operation, actor: self.actor, on: eventLoop) { heard in
                await Self.say(ComposeCall.line(of: heard), bound)
            } whenDone: { outcome in
                memory.change(by: -byteCount)
                guard let sink = self.take() else { return }
                let outputBytes = self.lineBytesLeft > 0 ? nil : Self.lastBytes
                sink.write(ComposeCall.lastLine(of: outcome, outputBytes: outputBytes))
                sink.finish()
            }
        }
    }

    func resume() {
        for waiter in exchange(&self.waiters, with: []) { waiter.succeed() }
    }

    func cancel() {
        _ = self.take()
        self.work?.cancel()
    }

    /// Nothing is said after this.
    private func take() -> (any ResponseSink)? {
        self.resume()
        return self.sink.take()
    }

    /// Waits for a controller that reads slower than the program talks; the program waits with us.
    private static func say(_ line: ByteBuffer, _ bound: NIOLoopBound<ComposeAnswer>) async {
        let written = bound.eventLoop.makePromise(of: Void.self)
        bound.eventLoop.execute { bound.value.say(line, written) }
        await withTaskCancellationHandler {
            try? await written.futureResult.get()
        } onCancel: {
            // Of two completions the later one is ignored.
            written.succeed()
        }
    }

    private func say(_ line: ByteBuffer, _ written: EventLoopPromise<Void>) {
        guard let sink = self.sink, self.lineBytesLeft > 0 else { return written.succeed() }
        self.lineBytesLeft -= line.readableBytes
        sink.write(self.lineBytesLeft > 0 ? line : ComposeCall.line(of: .errors("[the rest is left out]\n")))
        sink.burstEnded()
        if sink.isWritable { written.succeed() } else { self.waiters.append(written) }
    }
}
