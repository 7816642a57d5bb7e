import Base
import DockerBridge
import NIOCore

/// The routes for the agent's operator: is it alive, is it ready, what is it doing.
struct OperationsRoutes: Sendable {
    let health: AgentHealth
    /// Served without a credential; the listener of standard mode has its own route.
    var metrics: Metrics?
    /// In edge mode.
    var dial: DialRoute?

    struct Answer: Equatable, Sendable {
        var status: Int
        var contentType: String
        var body: ByteBuffer
    }

    /// - Parameters:
    ///   - path: without the query. `HEAD` is answered like `GET`; the body is the caller's to leave away.
    ///   - asksToDial: the request has the field of `DialRoute`.
    func answer(method: String, path: String, asksToDial: Bool = false) async -> Answer {
        if method == "POST", path == DialRoute.path, let dial { return self.answer(dial, asksToDial) }
        guard method == "GET" || method == "HEAD" else { return Self.notFound }
        switch path {
        case "/health": return self.live
        case "/ready", "/_lookout/health": return await self.ready()
        case "/_lookout/status": return await self.status()
        case _ where Self.isPage(path):
            guard let metrics else { return Self.notFound }
            return Answer(status: 200, contentType: MetricsPage.contentType, body: await metrics.text())
        default: return Self.notFound
        }
    }

    /// Whether a path is the metrics page, whose making costs calls to the engine.
    static func isPage(_ path: String) -> Bool { path == "/metrics" || path == "/_lookout/metrics" }

    private static let notFound = Answer(
        status: 404,
        contentType: "text/plain; charset=utf-8",
        body: ByteBuffer(string: "404 page not found\n")
    )

    private func answer(_ dial: DialRoute, _ asksToDial: Bool) -> Answer {
        guard asksToDial else {
            let text = "this needs the header field \(DialRoute.field); use `lookout dial`\n"
            return Answer(status: 403, contentType: "text/plain; charset=utf-8", body: ByteBuffer(string: text))
        }
        let found = dial.found()
        return Self.json(found == .waiting ? 202 : 200) { json in
            self.writeIdentity(&json)
            json.member("found", found.rawValue)
        }
    }

    /// Asks neither the engine nor the controller: a supervisor that restarts the agent
    /// for it would not make an engine or a controller better.
    private var live: Answer {
        let controller = self.health.controller()
        return self.answer(200, "ok", isReady: false, engine: "unknown", controller)
    }

    private func ready() async -> Answer {
        let controller = self.health.controller()
        let isReachable = await self.health.isEngineReachable()
        let isReady = isReachable && controller.isReady
        return self.answer(
            isReady ? 200 : 503,
            isReady ? "healthy" : "unhealthy",
            isReady: isReady,
            engine: isReachable ? "connected" : "disconnected",
            controller
        )
    }

    private func status() async -> Answer {
        let members = await self.health.status()
        return Self.json(200) { json in
            self.writeIdentity(&json)
            json.raw(members)
        }
    }

    private func answer(
        _ status: Int,
        _ word: String,
        isReady: Bool,
        engine: String,
        _ controller: AgentHealth.Controller
    ) -> Answer {
        Self.json(status) { json in
            json.member("status", word)
            json.member("live", true)
            json.member("ready", isReady)
            self.writeIdentity(&json)
            json.member("docker", engine)
            json.member("controller", controller.word)
            if case .parked(let code, let remedy) = controller {
                json.member("code", code)
                json.member("remedy", remedy)
            }
        }
    }

    private func writeIdentity(_ json: inout JSONWriter<ByteBuffer>) {
        json.member("mode", self.health.mode.rawValue)
        json.member("version", self.health.version)
        json.member("uptimeSeconds", self.health.startedAt.duration(to: .now).seconds)
    }

    /// One line.
    private static func json(_ status: Int, _ members: (inout JSONWriter<ByteBuffer>) -> Void) -> Answer {
        var body = ByteBuffer(jsonObject: members)
        body.writeString("\n")
        return Answer(status: status, contentType: "application/json", body: body)
    }
}

/// `POST /_lookout/dial`: has an agent that waits dial at once.
///
/// A web page must not be able to: the request needs a header field that no page can send to another origin without
/// asking first, and nothing here answers such a question.
package struct DialRoute: Sendable {
    static let path = "/_lookout/dial"
    package static let field = "X-Lookout-Dial"

    /// What the agent was doing when it was asked.
    package enum Found: String, Sendable {
        /// It waited, and dials now.
        case waiting
        case connected
        /// It dials anyway.
        case dialling
        case stopping
    }

    private let dial: @Sendable () -> Found

    package init(_ dial: @escaping @Sendable () -> Found) {
        self.dial = dial
    }

    func found() -> Found { self.dial() }
}
