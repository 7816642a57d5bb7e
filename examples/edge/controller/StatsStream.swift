import NIOCore
import NIOHTTP1

/// Live statistics of a container. The tunnel carries one sample at a time, so this asks for one after the other, while the client
/// reads them.
final class StatsStream {
    /// Between two questions, which is an engine's own pace. Of a container that does not run it answers at once.
    static let pace = TimeAmount.seconds(1)

    private let target: String
    private let agent: Agent
    private unowned let client: DockerConnection
    private let eventLoop: any EventLoop
    private var exchange: Exchange?
    private var timer: Scheduled<Void>?
    private var hasBegun = false

    /// - Parameter path: of the client's request.
    init(path: String, agent: Agent, client: DockerConnection, eventLoop: any EventLoop) {
        (self.target, self.agent, self.client) = ("\(path)?stream=false", agent, client)
        self.eventLoop = eventLoop
    }

    func ask() {
        let next = NIODeadline.now() + Self.pace
        // Samples of the time in which the client did not read are of no use to it.
        guard self.client.isWritable else { return self.askAgain(at: next) }
        let answer = OwnAnswer { [weak self] in self?.received($0, next: next) }
        let exchange = Exchange(isStream: false, takesBase64Bodies: self.agent.takesBase64Bodies, client: answer)
        self.exchange = exchange
        self.agent.begin(exchange, DockerRequest(get: self.target))
    }

    /// The client has left. No answer comes to an exchange that is cancelled.
    func stop() {
        self.timer?.cancel()
        if let exchange { self.agent.cancel(exchange) }
    }

    private func askAgain(at time: NIODeadline) {
        self.timer = self.eventLoop.assumeIsolated().scheduleTask(deadline: time) { [weak self] in self?.ask() }
    }

    private func received(_ outcome: OwnAnswer.Outcome, next: NIODeadline) {
        switch outcome {
        case .answered(.ok, _, var sample):
            if !self.hasBegun { self.client.startBody(.ok, ["content-type": "application/json"]) }
            self.hasBegun = true
            sample.writeString("\n")
            self.client.writeBody(sample)
            self.askAgain(at: next)
        case .answered(let status, let headers, let body):
            // A container that is removed meanwhile ends them.
            if self.hasBegun { self.client.endBody() } else { self.client.respond(status, headers, body) }
        case .failed(let message): self.client.fail(message)
        }
    }
}
