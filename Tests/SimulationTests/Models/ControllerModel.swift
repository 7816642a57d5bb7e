import DockerBridge
import Drydock
import NIOCore
import Support

@testable import EdgeTunnel

/// A controller: takes or refuses whoever dials it, by its mood of the moment, and looks after those whom it took.
final class ControllerModel {
    enum Mood: Equatable {
        case welcoming
        case unreachable(DialPhase)
        case refusing(status: Int, retryAfter: Duration?)
        case silentUpgrade
        case rejecting(code: String)
        /// Takes the hello and says nothing.
        case mute
        /// Takes the hello and closes.
        case closing(code: UInt16)
        /// Takes the hello and resets the connection.
        case dropping
        /// Answers the hello with what is no WebSocket.
        case babbling
    }

    /// What becomes of a dial.
    enum Reception {
        case failed(after: TimeAmount, SessionEnd)
        case connected(after: TimeAmount)
    }

    let dialect: Dialect
    var mood = Mood.welcoming
    /// Which of the agent's keys are registered.
    var knownKeys: Set<KeySlot> = [.current]
    /// Whether it refuses a second session of the same agent.
    var isJealous: Bool
    private(set) var sessions: [ControllerSession] = []
    private let loop: SimulatedLoop
    private var random: SplitMix
    private var nonces: Set<String> = []
    /// Unix seconds.
    private let now: () -> Int64
    private let problem: (String) -> Void

    init(
        dialect: Dialect,
        isJealous: Bool,
        loop: SimulatedLoop,
        random: inout SplitMix,
        now: @escaping () -> Int64,
        problem: @escaping (String) -> Void
    ) {
        self.dialect = dialect
        self.isJealous = isJealous
        self.loop = loop
        self.random = SplitMix(seed: random.next())
        self.now = now
        self.problem = problem
    }

    /// The process ends; its kernel resets what it held, or the whole host is gone and nobody says anything.
    func die(withoutAWord: Bool) {
        for session in self.sessions {
            if withoutAWord {
                session.far.link.outgoing.isBlackHole = true
                session.far.link.incoming.isBlackHole = true
                session.far.isFrozen = true
            } else {
                session.far.reset()
            }
            session.forget()
        }
        self.sessions.removeAll()
        self.nonces.removeAll()
    }

    func receive(_ candidate: Candidate) -> Reception {
        let moment = TimeAmount.microseconds(Int64(self.random.next() % 200_000) + 300)
        switch self.mood {
        case .unreachable(let phase):
            let after = phase == .tcp ? moment : .seconds(Int64(self.random.next() % 10))
            return .failed(after: after, .dialFailed(phase, "no"))
        case .refusing(let status, let retryAfter):
            return .failed(after: moment, .upgradeRefused(status: status, retryAfter: retryAfter))
        case .silentUpgrade: return .failed(after: .seconds(10), .upgradeSilent)
        case .welcoming, .rejecting, .mute, .closing, .dropping, .babbling: break
        }
        guard candidate.dialect == self.dialect else {
            return self.random.next() % 2 == 0
                ? .failed(after: .seconds(10), .upgradeSilent)
                : .failed(after: moment, .upgradeRefused(status: 404, retryAfter: nil))
        }
        return .connected(after: moment)
    }

    /// A connection stands; the hello follows.
    func accept(_ session: ControllerSession, key: KeySlot) {
        self.sessions.append(session)
        session.whenOver = { [weak self, weak session] in self?.sessions.removeAll { $0 === session } }
        session.greet = { [weak self] in self?.greet($0, $1, key) }
    }

    private func greet(_ session: ControllerSession, _ hello: AgentMessage, _ key: KeySlot) {
        switch self.mood {
        case .mute: return
        case .closing(let code): return session.close(code, "")
        case .dropping: return session.drop()
        case .babbling: return session.far.write(ByteBuffer(string: "HTTP/1.1 502 Bad Gateway\r\n\r\n"))
        case .rejecting(let code): return self.reject(session, code)
        case .welcoming, .unreachable, .refusing, .silentUpgrade: break
        }
        guard let timestamp = hello.integer("timestamp"), let nonce = hello.text("nonce") else {
            return self.problem("a hello has no timestamp or no nonce")
        }
        if hello.text("protocol") != self.dialect.protocolName { self.problem("a hello speaks the other dialect") }
        guard self.nonces.insert(nonce).inserted else { return self.problem("a hello was sent twice") }
        if !self.knownKeys.contains(key) { return self.reject(session, "unknown-key") }
        if abs(Int64(timestamp) - self.now()) > 60 { return self.reject(session, "timestamp-skew") }
        if self.isJealous, self.sessions.contains(where: { $0 !== session && $0.welcomeEnd != nil }) {
            return self.reject(session, "agent-already-connected")
        }
        self.loop.after(.microseconds(Int64(self.random.next() % 50_000))) { session.welcome("1.6.0") }
    }

    private func reject(_ session: ControllerSession, _ code: String) {
        session.reject(code)
        session.close(1008, code)
    }
}
