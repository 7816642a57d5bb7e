import Auth
import Base
import DockerBridge
import Trail

/// A request between its head and the end of its answer: what the audit trail will say about it.
struct RequestInProgress {
    let head: RequestHead
    let client: ClientAddress
    let began: Moment
    /// `nil` until it is let in, and for public routes.
    var identity: Authenticator.Identity?
    /// One of ours; `nil` for the engine's.
    var route: AgentRoute?
    /// Whether its end is still to be counted.
    var isCounted = false

    private var actor: String { self.client.address.description }

    /// Empty where clients need no credential.
    var auditActor: String { self.identity == .anonymous ? "" : self.actor }

    /// As rules of a policy call it: the comment of a key, or its id where it has none.
    var policyIdentity: String? {
        switch self.identity {
        case .key(let id, let comment, _): comment.isEmpty ? id : comment
        case .token: "token"
        case .anonymous, nil: nil
        }
    }

    private var execID: String? { self.head.engineRoute.startedExec(in: self.head.target) }

    func finished(status: Int, at now: Moment) -> AuditRecord? {
        guard let identity = self.identity else { return nil }
        return .apiRequest(
            at: now.calendar,
            actor: self.auditActor,
            method: self.head.method,
            path: String(self.head.path).percentDecoded,
            status: status,
            duration: self.began.steady.duration(to: now.steady),
            identity: identity
        )
    }

    func refused(_ failure: AuthFailure, at now: Moment) -> AuditRecord? {
        .refusal(
            at: now.calendar,
            actor: self.actor,
            method: self.head.method,
            path: String(self.head.path).percentDecoded,
            failure: failure
        )
    }

    func execStarts(at now: Moment) -> AuditRecord? {
        guard let identity = self.identity, let execID = self.execID else { return nil }
        return .execStart(
            at: now.calendar,
            actor: self.auditActor,
            container: String(self.head.path),
            execID: execID,
            identity: identity
        )
    }

    func execEnded(at now: Moment) -> AuditRecord? {
        guard self.identity != nil, let execID = self.execID else { return nil }
        return .execEnd(
            at: now.calendar,
            actor: self.auditActor,
            container: String(self.head.path),
            execID: execID,
            outcome: .allowed,
            duration: self.began.steady.duration(to: now.steady)
        )
    }
}

/// Writes down what becomes of each request of a connection: in the audit trail, and in the counters.
struct RequestLedger {
    private let listenerLoop: ListenerLoop
    private(set) var request: RequestInProgress?

    init(listenerLoop: ListenerLoop) {
        self.listenerLoop = listenerLoop
    }

    mutating func began(_ request: RequestInProgress) {
        self.request = request
    }

    /// From here on its end counts.
    mutating func count() {
        self.request?.isCounted = true
        self.listenerLoop.meter.began()
    }

    mutating func authenticated(_ identity: Authenticator.Identity) {
        self.request?.identity = identity
    }

    mutating func refused(_ failure: AuthFailure) {
        self.record { $0.refused(failure, at: self.listenerLoop.moment()) }
        self.request?.identity = nil
        guard let request = self.request, request.isCounted else { return }
        self.request?.isCounted = false
        self.listenerLoop.meter.refused(request.head.method, request.route?.name, failure)
    }

    func execStarts() {
        self.record { $0.execStarts(at: self.listenerLoop.moment()) }
    }

    func execEnded() {
        self.record { $0.execEnded(at: self.listenerLoop.moment()) }
    }

    mutating func finished(status: Int) {
        let now = self.listenerLoop.moment()
        self.record { $0.finished(status: status, at: now) }
        guard let request = self.request, request.isCounted else { return }
        self.request?.isCounted = false
        let seconds = request.began.steady.duration(to: now.steady) / .seconds(1)
        self.listenerLoop.meter.finished(request.head.method, request.route?.name, status: status, seconds: seconds)
    }

    /// The connection is at the next one.
    mutating func close() {
        self.request = nil
    }

    private func record(_ record: (RequestInProgress) -> AuditRecord?) {
        guard let trail = self.listenerLoop.gate.trail, let request = self.request, let record = record(request) else {
            return
        }
        trail.record(record)
    }
}
