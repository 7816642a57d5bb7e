import Auth
import Base
import DockerBridge
import Drydock
import NIOCore
import Trail

/// Serves what a Drydock asks of its adapter: logs in one piece, logs that are followed, deletes.
///
/// Concurrency: lives on the tunnel's event loop.
final class AdapterRequests {
    /// Logs in one piece and deletes under way at once.
    static let maximumAnswers = 32
    static let maximumLiveLogs = 128
    /// A controller gives up after 30 s.
    private static let answerPatience = TimeAmount.seconds(28)
    /// Someone who follows a log but takes one answer sees this much of it.
    private static let window = 5
    private static let windowPatience = TimeAmount.seconds(7)

    private let outbox: Outbox
    private let dispatcher: RequestDispatcher
    private let audit: TunnelAudit?
    private let now: () -> Int64
    private var answers: [Int: LogAnswer] = [:]
    private var deletes: [Int: AdapterTarget] = [:]
    private var nextNumber = 0
    private var liveLogs: [String: LiveLog] = [:]
    private var isOver = false

    /// - Parameter now: Unix seconds.
    init(
        outbox: Outbox,
        dispatcher: RequestDispatcher,
        audit: TunnelAudit?,
        now: @escaping () -> Int64 = { UnixTime.now.seconds }
    ) {
        self.outbox = outbox
        self.dispatcher = dispatcher
        self.audit = audit
        self.now = now
    }

    func take(_ request: AdapterRequest) {
        switch request {
        case .log(let request) where request.isLive: self.follow(request)
        case .log(let request): self.answer(request)
        case .cancelLog(let id, let container): self.cancel(id, container)
        case .delete(let target): self.delete(target)
        }
    }

    /// Ends everything with a word.
    func shutDown() {
        let reason = "agent is shutting down"
        self.isOver = true
        for answer in self.answers.values { answer.logFailed(LogFailure(reason)) }
        for log in self.liveLogs.values { log.logFailed(LogFailure(reason)) }
        for target in self.deletes.values {
            self.say(.deleteAnswer(target, error: reason))
        }
    }

    /// The tunnel is gone.
    func abandon() {
        self.isOver = true
        for answer in self.answers.values { answer.abandon() }
        for log in self.liveLogs.values { log.abandon() }
        self.answers.removeAll()
        self.liveLogs.removeAll()
    }

    // MARK: Logs

    private func answer(_ request: LogRequest) {
        if let problem = request.problem ?? self.problem(with: request.target) ?? self.overload {
            self.say(.logAnswer(request.target, error: problem))
            return
        }
        var query = request.query
        if query.follow { query.until = "\(self.now() + Int64(Self.window))" }
        let number = self.number()
        let answer = LogAnswer(
            request.target,
            outbox: self.outbox,
            memory: self.dispatcher.memory,
            eventLoop: self.dispatcher.eventLoop
        ) {
            self.answers[number] = nil
        }
        self.answers[number] = answer
        answer.start(query, self.dispatcher, patience: query.follow ? Self.windowPatience : Self.answerPatience)
    }

    private func follow(_ request: LogRequest) {
        let target = request.target
        guard let id = target.requestID, !id.isEmpty, !target.containerID.isEmpty else {
            return self.refuse(target, "requestId and containerId are required")
        }
        if let problem = request.problem ?? self.problem(with: target) { return self.refuse(target, problem) }
        guard self.liveLogs[id] == nil else { return self.refuse(target, "duplicate requestId") }
        guard self.liveLogs.count < Self.maximumLiveLogs else {
            return self.refuse(target, "too many active container log streams")
        }
        let log = LiveLog(target, outbox: self.outbox) { self.liveLogs[id] = nil }
        self.liveLogs[id] = log
        log.start(request.query, self.dispatcher)
    }

    private func cancel(_ id: String, _ container: String) {
        guard let log = self.liveLogs[id], container.isEmpty || container == log.target.containerID else { return }
        log.end(.logEnd(log.target, reason: "canceled"))
    }

    private func refuse(_ target: AdapterTarget, _ reason: String) {
        self.say(.logError(target, reason))
    }

    // MARK: Delete

    private func delete(_ target: AdapterTarget) {
        if let problem = self.problem(with: target) ?? self.overload {
            self.audit?.request("DELETE", "/containers/\(target.containerID)", .denied, since: .now)
            self.say(.deleteAnswer(target, error: problem))
            return
        }
        let number = self.number()
        self.deletes[number] = target
        let request = BridgeRequest(
            method: "DELETE",
            target: "/containers/\(target.containerID)?force=1",
            asker: .controller
        )
        let start = ContinuousClock.now
        self.dispatcher.collect(request) { result in
            self.deletes[number] = nil
            let status = (try? result.get())?.status
            self.audit?.request(
                "DELETE",
                "/containers/\(target.containerID)?force=1",
                status == nil ? .error : .allowed,
                status: status ?? 0,
                since: start
            )
            guard !self.isOver else { return }
            let error: String? =
                switch result {
                case .success(let answer) where answer.isSuccess: nil
                case .success(let answer):
                    JSONMember.text("message", of: answer.body) ?? "the engine answers \(answer.status)"
                case .failure(let failure): failure.detail
                }
            self.say(.deleteAnswer(target, error: error))
        }
    }

    // MARK: Both

    private func problem(with target: AdapterTarget) -> String? {
        if ContainerReference.isValid(target.containerID) { return nil }
        return target.containerID.isEmpty ? "containerId is missing" : "containerId is no id or name of a container"
    }

    private var overload: String? {
        self.answers.count + self.deletes.count < Self.maximumAnswers
            ? nil : "agent busy: too many log and delete requests at once"
    }

    private func number() -> Int {
        self.nextNumber += 1
        return self.nextNumber
    }

    private func say(_ message: AdapterMessage) {
        let slot = self.outbox.open(.interactive)
        self.outbox.push(DrydockFrames.frame(message, allocator: self.outbox.allocator), to: slot)
        self.outbox.finish(slot)
    }
}
