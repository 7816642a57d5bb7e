import Auth
import Base
import DockerBridge
import NIOCore

/// Decides what becomes of the requests of one connection: asks the routes, the gate and the dispatcher, and writes down
/// what came of it.
///
/// Concurrency: lives on the event loop of its connection.
struct RequestDecider {
    typealias Decision = ServerConnectionDecision<ServerConnection.Payloads>

    private static let maximumUpgradeBodyBytes = 10 << 20
    /// What stands for the status that a client did not wait for; nginx's word for it.
    private static let clientLeft = 499

    private let listenerLoop: ListenerLoop
    private let place: ConnectionPlace
    private var ledger: RequestLedger
    private var hasUpgrade = false
    /// Whether it counts among the streams.
    private var hasStream = false
    /// Counts the requests of the connection.
    private var number = 0

    init(listenerLoop: ListenerLoop, place: ConnectionPlace) {
        self.listenerLoop = listenerLoop
        self.place = place
        self.ledger = RequestLedger(listenerLoop: listenerLoop)
    }

    private var head: RequestHead? { self.ledger.request?.head }

    var isHead: Bool { self.head?.isHead ?? false }
    /// Whether the request under way was let in.
    var isAdmitted: Bool { self.ledger.request?.identity != nil }

    // MARK: Decisions

    mutating func received(_ head: RequestHead, on connection: ServerConnection) -> Decision {
        self.number += 1
        let now = self.listenerLoop.moment()
        let client = self.listenerLoop.gate.client(head, peer: self.place.peer.address)
        let route = self.listenerLoop.routes.find(head)
        self.ledger.began(RequestInProgress(head: head, client: client, began: now, route: route))
        if head.method == "CONNECT" { return .say(PlainAnswer(404, "404 page not found")) }
        if head.target == "*", head.method == "OPTIONS" { return .say(.nothing) }
        if let problem = head.pathProblem {
            return .say(head.cleanTarget.map(PlainAnswer.moved(to:)) ?? PlainAnswer(400, problem))
        }
        if let route, route.isPublic {
            // A body of it would come from a stranger and have no use: the answer does not wait for it.
            return head.reads
                ? self.answer(route, body: ByteBuffer(), on: connection) : Self.gather(.publicRoute(route), head)
        }
        self.ledger.count()
        switch self.listenerLoop.gate.authenticate(head, from: client, on: self.place.number, at: now) {
        case .allowed(let identity): return self.authenticated(identity, body: nil, on: connection)
        case .refused(let failure): return self.refused(failure)
        case .needsBody(let pending):
            let limit = self.signedBodyLimit(head)
            if case .sized(let length) = head.body, length > limit {
                return self.refused(self.listenerLoop.gate.authenticator.bodyTooLarge(pending))
            }
            let network = ClientNetwork(client.address)
            return .gather(BodyGatherer(.signature(pending), limit: limit, of: network), .stranger)
        case .needsDerivation(let pending):
            self.verify(pending, for: connection)
            return .check(request: self.number)
        }
    }

    /// What will not be used need not be kept until the signature over it is verified.
    private func signedBodyLimit(_ head: RequestHead) -> Int {
        if let route = self.ledger.request?.route { return route.maximumBodyBytes }
        if head.mayTakeConnection { return Self.maximumUpgradeBodyBytes }
        if self.needsWholeBody(head) { return ContainerCreation.maximumBodyBytes }
        return Authenticator.maxSignedBodyBytes
    }

    private func needsWholeBody(_ head: RequestHead) -> Bool {
        self.listenerLoop.dispatcher.needsWholeBody(head.engineRoute)
    }

    private func verify(_ pending: Authenticator.PendingToken, for connection: ServerConnection) {
        let connection = NIOLoopBound(connection, eventLoop: self.listenerLoop.dispatcher.eventLoop)
        let number = self.number
        self.listenerLoop.derive(pending).whenSuccess { connection.value.verified($0, ofRequest: number) }
    }

    /// - Parameter body: all of it when it had to be read already.
    mutating func judged(
        _ verdict: Authenticator.Verdict,
        body: ByteBuffer?,
        on connection: ServerConnection
    ) -> Decision {
        switch verdict {
        case .allowed(let identity): self.authenticated(identity, body: body, on: connection)
        case .refused(let failure): self.refused(failure)
        }
    }

    private mutating func authenticated(
        _ identity: Authenticator.Identity,
        body: ByteBuffer?,
        on connection: ServerConnection
    ) -> Decision {
        guard let head = self.head else { preconditionFailure("a request without a head was let in") }
        let checksOrigin = self.ledger.request?.route?.checksOrigin ?? false
        if let failure = self.listenerLoop.gate.browsers.refusal(of: head, from: identity, checksOrigin: checksOrigin) {
            return self.refused(failure)
        }
        self.ledger.authenticated(identity)
        if case .key(let id, _, let skew) = identity {
            if let client = self.ledger.request?.client {
                self.listenerLoop.load.strangers.prove(ClientNetwork(client.address))
            }
            if abs(skew) > Authenticator.skewWarningSeconds { self.listenerLoop.logSkew(ofKey: id, seconds: skew) }
        }
        if let route = self.ledger.request?.route {
            guard let body else { return Self.gather(.route(route), head) }
            return self.answer(route, body: body, on: connection)
        }
        if head.mayTakeConnection {
            guard let body else { return Self.gather(.upgrade(limit: Self.maximumUpgradeBodyBytes), head) }
            return self.upgrade(head, body: body, on: connection)
        }
        if body == nil, self.needsWholeBody(head) { return Self.gather(.admission, head) }
        if Self.streams(head) {
            guard self.listenerLoop.load.streamBegan() else { return .say(self.tooManyStreams) }
            self.hasStream = true
        }
        return .proxy(HTTPResponseSink(head, body: body, connection: connection))
    }

    /// Whether the engine answers for as long as it has something to say: what streams through the tunnel, and `stats`.
    private static func streams(_ head: RequestHead) -> Bool {
        head.engineRoute.form == .stream || head.engineRoute.patience == .endless
    }

    private var tooManyStreams: PlainAnswer {
        let most = self.listenerLoop.load.maximumStreams ?? 0
        return PlainAnswer(
            503,
            "\(most) streams are open, as many as MAX_STREAM_SESSIONS allows; close one, or raise it"
        )
    }

    private var tooManyUpgrades: PlainAnswer {
        let most = self.listenerLoop.load.maximumUpgrades
        return PlainAnswer(
            503,
            "\(most) upgraded connections are open, as many as MAX_EXEC_SESSIONS allows; close one, or raise it"
        )
    }

    private static func gather(_ purpose: BodyGatherer.Purpose, _ head: RequestHead) -> Decision {
        if case .sized(let length) = head.body, length > purpose.maximumBytes { return .say(.bodyTooLarge) }
        let rule = purpose.isForStranger ? BodyPace.Rule.stranger : .known
        return .gather(BodyGatherer(purpose, limit: purpose.maximumBytes), rule)
    }

    mutating func gathered(_ gatherer: BodyGatherer, on connection: ServerConnection) -> Decision {
        guard let head = self.head else { preconditionFailure("a body without a head was gathered") }
        switch gatherer.purpose {
        case .route(let route), .publicRoute(let route):
            return self.answer(route, body: gatherer.body, on: connection)
        case .admission: return .proxy(HTTPResponseSink(head, body: gatherer.body, connection: connection))
        case .upgrade: return self.upgrade(head, body: gatherer.body, on: connection)
        case .signature(let pending):
            let digest = gatherer.takeDigest()
            let verdict = self.listenerLoop.gate.authenticator.finish(
                pending,
                bodyDigest: digest,
                at: self.listenerLoop.moment()
            )
            return self.judged(verdict, body: gatherer.body, on: connection)
        }
    }

    mutating func bodyTooLarge(_ gatherer: BodyGatherer) -> Decision {
        switch gatherer.purpose {
        case .signature(let pending): self.refused(self.listenerLoop.gate.authenticator.bodyTooLarge(pending))
        case .admission, .upgrade, .route, .publicRoute: .say(.bodyTooLarge)
        }
    }

    /// The memory for bodies is used up. That says nothing about the client, so it does not count as a failed login.
    func noRoom(for gatherer: BodyGatherer) -> Decision {
        .say(gatherer.purpose.isForStranger ? PlainAnswer(.noRoom) : .outOfMemory)
    }

    private mutating func upgrade(_ head: RequestHead, body: ByteBuffer, on connection: ServerConnection) -> Decision {
        guard self.listenerLoop.load.upgradeBegan() else {
            return .say(self.tooManyUpgrades)
        }
        self.hasUpgrade = true
        self.ledger.execStarts()
        return .proxy(HTTPResponseSink(head, body: body, connection: connection))
    }

    private func answer(_ route: AgentRoute, body: ByteBuffer, on connection: ServerConnection) -> Decision {
        guard let request = self.ledger.request else { preconditionFailure("a route was found without a request") }
        if let operation = route.operation,
            let refusal = self.listenerLoop.dispatcher.refusal(of: operation, for: request.policyIdentity)
        {
            return .say(PlainAnswer(403, contentType: "application/json", body: refusal))
        }
        let asked = AgentRequest(
            request.head,
            body: body,
            actor: request.auditActor,
            identity: request.policyIdentity,
            client: request.client,
            isEncrypted: self.listenerLoop.settings.tls != nil
                || self.listenerLoop.gate.wasEncrypted(request.head, peer: self.place.peer.address)
        )
        let answer = AnswerStream(
            asked,
            to: request.head,
            of: route,
            connection: connection,
            dispatcher: self.listenerLoop.dispatcher
        )
        return .answer(answer, route.limitsItself ? .limitsItself : .limited)
    }

    private mutating func refused(_ failure: AuthFailure) -> Decision {
        let mayBuild = failure.code == .noCredentials && self.head.map(BuildKitClient.mayHaveSent) ?? false
        let advice = mayBuild ? BuildKitClient.advice : nil
        self.listenerLoop.log(failure, of: self.ledger.request?.client, advice: advice)
        self.ledger.refused(failure)
        return .say(PlainAnswer(failure))
    }

    // MARK: The engine

    func start(_ sink: HTTPResponseSink) {
        let head = sink.request
        var request = BridgeRequest(
            method: head.method,
            target: head.target,
            route: head.engineRoute,
            asker: .peer(identity: self.ledger.request?.policyIdentity),
            headers: head.headers
        )
        let body = sink.takeBody()
        switch head.body {
        case .none: break
        case .sized(let length):
            if let body { request.body = body } else { request.streamedBody = .sized(length) }
        case .chunked:
            if let body { request.body = body } else { request.streamedBody = .chunked }
        }
        // Whether a body is wanted that has not been gathered is for the engine to say.
        request.expectsContinue = head.expectsContinue && request.streamedBody.map { $0 != .sized(0) } ?? false
        request.mayBecomeRaw = self.hasUpgrade && head.upgrade == nil
        // Admission names the client in its record.
        if head.engineRoute.settings != nil { request.actor = self.ledger.request?.auditActor ?? "" }
        sink.started(
            self.listenerLoop.dispatcher.proxy(request, upgrade: self.hasUpgrade ? head.upgrade : nil, sink: sink)
        )
    }

    func reply(to error: BridgeError) -> PlainAnswer {
        self.listenerLoop.log(error)
        let text: String
        switch error.code {
        case .engineUnreachable: text = "docker daemon unreachable; \(error.detail)"
        case .timedOut:
            text = "docker daemon did not answer within \(error.waitedSeconds ?? 0)s"
        case .badRequest, .cancelled, .malformedResponse, .outOfMemory, .tooLarge, .truncated, .unrepresentable:
            text = error.detail
        }
        return PlainAnswer(error.code == .cancelled ? 503 : error.code.httpStatus, text)
    }

    // MARK: The end of a request

    mutating func finished(status: Int) {
        if self.hasUpgrade {
            self.hasUpgrade = false
            self.listenerLoop.load.upgradeEnded()
            self.ledger.execEnded()
        }
        if self.hasStream {
            self.hasStream = false
            self.listenerLoop.load.streamEnded()
        }
        self.ledger.finished(status: status)
        self.ledger.close()
    }

    /// - Parameter status: what was sent of an answer that the client did not wait for; `nil` for nothing.
    mutating func abandoned(status: Int?) {
        self.finished(status: status ?? Self.clientLeft)
    }
}
