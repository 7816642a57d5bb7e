import Base
import DockerBridge
import NIOCore

/// The routes for whoever runs the agent: is it alive, is it ready, what is it doing.
struct OperationsRoutes: Sendable {
    let health: AgentHealth
    /// Served where nobody has to prove who they are; the listener of standard mode has its own route.
    var metrics: Metrics?
    /// In edge mode.
    var dial: DialRoute?

    struct Answer: Equatable, Sendable {
        var status: Int
        var contentType: String
        var body: ByteBuffer
    }

    private static let json = "application/json"

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
        var body = ByteBuffer(string: "{")
        self.writeIdentity(&body)
        body.writeString(#","found":"\#(found.rawValue)"}"# + "\n")
        return Answer(status: found == .waiting ? 202 : 200, contentType: Self.json, body: body)
    }

    /// Asks nobody: a supervisor that restarts the agent for it would not make an engine or a controller better.
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
        var body = ByteBuffer(string: "{")
        self.writeIdentity(&body)
        body.writeString(",")
        body.writeImmutableBuffer(await self.health.status())
        body.writeString("}\n")
        return Answer(status: 200, contentType: Self.json, body: body)
    }

    private func answer(
        _ status: Int,
        _ word: String,
        isReady: Bool,
        engine: String,
        _ controller: AgentHealth.Controller
    ) -> Answer {
        var body = ByteBuffer(string: #"{"status":"\#(word)","live":true,"ready":\#(isReady),"#)
        self.writeIdentity(&body)
        body.writeString(#","docker":"\#(engine)","controller":"\#(controller.word)""#)
        if case .parked(let code, let remedy) = controller {
            body.writeString(#","code":"#)
            body.writeJSONString(code)
            body.writeString(#","remedy":"#)
            body.writeJSONString(remedy)
        }
        body.writeString("}\n")
        return Answer(status: status, contentType: Self.json, body: body)
    }

    private func writeIdentity(_ body: inout ByteBuffer) {
        let uptime = self.health.startedAt.duration(to: .now).seconds
        body.writeString(#""mode":"\#(self.health.mode.rawValue)","version":"#)
        body.writeJSONString(self.health.version)
        body.writeString(#","uptimeSeconds":\#(uptime)"#)
    }
}
