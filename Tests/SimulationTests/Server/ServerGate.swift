import Base
import Foundation
import Glibc
import NIOCore
import Support

@testable import Auth
@testable import LocalServer

/// Who is let in by a simulated listener.
enum ServerGate {
    private static let keys: KeyRegistry = {
        let path = "/tmp/lookout-simulation-\(getpid())"
        _ = FileManager.default.createFile(
            atPath: path,
            contents: Data((try! AgentModel.key.verifyingKey.authorizedKeysLine() + "\n").utf8),
            attributes: [.posixPermissions: 0o600]
        )
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try! KeyRegistry(path: path)
    }()

    /// - Parameter isDerived: every token takes a derivation.
    static func make(isDerived: Bool, startedAt: UnixTime) throws -> AuthGate {
        let digest = SHA256Digest(of: RequestSigner.token)
        // Where verdicts are the world's, this one is never asked.
        let hashed = TokenVerifier(derive: { _ in nil }, sleep: { _ in })
        let authenticator = Authenticator(
            token: isDerived ? .hashed(hashed) : .plain(digest),
            keys: self.keys,
            limits: AttemptLimits(),
            replay: ReplayMemory(ReplayGuard(startedAt: UnixTime(seconds: startedAt.seconds - 1000)))
        )
        return AuthGate(authenticator: authenticator, proxies: .none, browsers: BrowserGuard(.anything), trail: nil)
    }
}

/// The agent's own routes: one of each kind.
struct ServerRoutes: RouteGroup {
    let world: UInt64

    func route(_ method: String, _ path: Substring) -> AgentRoute? {
        switch path {
        case "/health": AgentRoute("/health", isPublic: true) { $1.send(PlainAnswer(200, "well")) }
        case "/ready": AgentRoute("/ready", isPublic: true) { self.ready($0, $1) }
        case "/api/echo":
            AgentRoute("/api/echo") { $1.send(PlainAnswer(200, contentType: "text/plain", body: $0.body)) }
        case "/api/silent": AgentRoute("/api/silent") { _, _ in }
        case "/api/events": AgentRoute("/api/events", limitsItself: true) { Self.events($1) }
        default: nil
        }
    }

    private func ready(_ request: AgentRequest, _ answer: AnswerStream) {
        // As long in a second life of the world.
        var random = SplitMix(seed: self.world ^ (request.parameter("k").flatMap { UInt64($0) } ?? 0))
        let most = UInt64(ClientRecord.slowRoute.nanoseconds)
        answer.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(Int64(random.next() % most))) {
            answer.send(PlainAnswer(200, "ready"))
        }
    }

    private static func events(_ answer: AnswerStream) {
        guard answer.begin(contentType: "text/plain", isEndless: true) else { return }
        let events = Events(answer)
        answer.whenGone = { events.isOver = true }
        events.tell()
    }

    /// An event a second, to a client that reads.
    private final class Events {
        private let answer: AnswerStream
        var isOver = false

        init(_ answer: AnswerStream) { self.answer = answer }

        func tell() {
            guard !self.isOver else { return }
            if self.answer.isWritable {
                self.answer.write(ByteBuffer(string: "an event\n"))
                self.answer.flush()
            }
            self.answer.eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) { self.tell() }
        }
    }
}
