import Auth
import DockerBridge
import Logging
import NIOCore

/// Opens what a controller asks for: requests to the engine and exec sessions, as far as there is memory for them.
///
/// Concurrency: lives on the tunnel's event loop.
final class StreamOpener {
    /// Raw bytes of one streamed body that a Drydock accepts; it fails the stream above.
    static let drydockStreamLimit = 100 * 1024 * 1024

    /// Who keeps the table of what is open.
    struct Outlets {
        var requestOpened: (TunnelStream) -> Void
        /// The last frame of its answer has left.
        var requestGone: (TunnelStream) -> Void
        var execOpened: (ExecStream) -> Void
        var execGone: (ExecStream) -> Void
    }

    /// `nil` for a controller without one.
    var streamLimit: Int?
    private let outbox: Outbox
    private let dispatcher: RequestDispatcher
    private let input: ExecInput
    private let audit: TunnelAudit?
    private let logger: Logger
    private let outlets: Outlets

    init(
        outbox: Outbox,
        dispatcher: RequestDispatcher,
        input: ExecInput,
        audit: TunnelAudit?,
        logger: Logger,
        outlets: Outlets
    ) {
        self.outbox = outbox
        self.dispatcher = dispatcher
        self.input = input
        self.audit = audit
        self.logger = logger
        self.outlets = outlets
    }

    func begin(_ request: RequestFrame) {
        let heldBytes = request.heldBytes
        if let reason = self.shortage("a request", of: heldBytes) {
            self.outbox.pushControl(
                ResponseFrames.error(reason, requestID: request.id, allocator: self.outbox.allocator)
            )
            return
        }
        let stream = TunnelStream(
            id: request.id,
            outbox: self.outbox,
            memory: self.dispatcher.memory,
            streamLimit: self.streamLimit,
            whenGone: self.outlets.requestGone
        )
        if let audit = self.audit {
            let start = ContinuousClock.now
            stream.whenAnswered = { status in
                let outcome = status == nil ? AuditRecord.Outcome.error : .allowed
                audit.request(request.method, request.path, outcome, status: status ?? 0, since: start)
            }
        }
        stream.hold(heldBytes)
        self.outlets.requestOpened(stream)
        var bridged = BridgeRequest(
            method: request.method,
            target: request.path,
            headers: request.headers,
            body: request.body
        )
        bridged.actor = self.audit?.actor ?? ""
        stream.exchange = self.dispatcher.dispatch(bridged, to: stream)
    }

    /// The complaint that nothing is left for `bytes` at once.
    private func shortage(_ what: StaticString, of bytes: Int) -> String? {
        if bytes < MemoryBudget.guaranteedBytes || self.dispatcher.memory.fits(bytes) { return nil }
        return "the agent has no memory free for \(what) of \(bytes) bytes; ask again, or raise MEMORY_BUDGET"
    }

    func begin(_ start: ExecStartFrame) {
        if let reason = self.shortage("a command", of: start.spec.heldBytes) {
            let end = ExecEnd(reason: "error: \(reason)")
            self.outbox.pushControl(ExecFrames.end(id: start.id, end, allocator: self.outbox.allocator))
            return
        }
        let stream = ExecStream(
            id: start.id,
            outbox: self.outbox,
            whenInputDrained: { [input] in input.changed($0) },
            whenOver: { [input] in input.removed($0.id) },
            whenGone: self.outlets.execGone
        )
        if let audit = self.audit {
            audit.execStarted(start)
            let began = ContinuousClock.now
            stream.whenEnded = { audit.execEnded(start, $0, since: began) }
        }
        self.outlets.execOpened(stream)
        stream.start(
            ExecSession(spec: start.spec, dispatcher: self.dispatcher, sink: stream, logger: self.logger)
        )
    }
}
