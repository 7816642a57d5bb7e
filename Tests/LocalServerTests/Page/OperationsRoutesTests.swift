import NIOCore
import Testing

@testable import LocalServer

@Suite struct OperationsRoutesTests {
    private static func routes(
        engine: Bool = true,
        controller: AgentHealth.Controller = .connected
    ) -> OperationsRoutes {
        OperationsRoutes(
            health: AgentHealth(
                mode: .edge,
                version: "1.2.3",
                startedAt: .now,
                isEngineReachable: { engine },
                controller: { controller },
                status: { ByteBuffer(string: #""state":"connected""#) }
            )
        )
    }

    private static func ask(_ path: String, _ routes: OperationsRoutes = routes(), method: String = "GET") async
        -> String
    {
        let answer = await routes.answer(method: method, path: path)
        // The uptime is what no test can know.
        let body = String(buffer: answer.body).replacing(#/"uptimeSeconds":[0-9.]+/#, with: #""uptimeSeconds":0"#)
        return "\(answer.status) \(body)"
    }

    private static let identity = #""mode":"edge","version":"1.2.3","uptimeSeconds":0"#

    @Test func livenessAsksNobody() async {
        let dead = Self.routes(engine: false, controller: .disconnected)
        #expect(
            await Self.ask("/health", dead)
                == #"200 {"status":"ok","live":true,"ready":false,\#(Self.identity),"docker":"unknown","#
                + #""controller":"disconnected"}"# + "\n"
        )
    }

    @Test(arguments: ["/ready", "/_lookout/health"])
    func readinessNeedsBothEnds(path: String) async {
        let rest = { (engine: String, controller: String) in
            #"\#(Self.identity),"docker":"\#(engine)","controller":"\#(controller)"}"# + "\n"
        }
        #expect(
            await Self.ask(path) == #"200 {"status":"healthy","live":true,"ready":true,"#
                + rest("connected", "connected")
        )
        let unhealthy = #"503 {"status":"unhealthy","live":true,"ready":false,"#
        #expect(await Self.ask(path, Self.routes(engine: false)) == unhealthy + rest("disconnected", "connected"))
        #expect(
            await Self.ask(path, Self.routes(controller: .disconnected)) == unhealthy
                + rest("connected", "disconnected")
        )
    }

    @Test func aParkedAgentIsNotReadyAndSaysWhatToDo() async {
        let parked = Self.routes(controller: .parked(code: "unknown-key", remedy: "Register it."))
        let answer = await Self.ask("/ready", parked)
        #expect(answer.hasPrefix("503 "))
        #expect(answer.contains(#""controller":"parked","code":"unknown-key","remedy":"Register it.""#))
    }

    @Test func standardModeHasNoController() async {
        #expect(await Self.ask("/ready", Self.routes(controller: .notApplicable)).hasPrefix("200 "))
    }

    @Test func theStatusIsOneObject() async {
        #expect(await Self.ask("/_lookout/status") == #"200 {\#(Self.identity),"state":"connected"}"# + "\n")
    }

    @Test(
        arguments: [
            ("POST", "/health"), ("GET", "/"), ("GET", "/health/"), ("GET", "/containers/json"), ("DELETE", "/ready"),
        ]
    )
    func nothingElseIsThere(method: String, path: String) async {
        #expect(await Self.ask(path, method: method) == "404 404 page not found\n")
    }

    // MARK: Dialling

    @Test(arguments: [(DialRoute.Found.waiting, 202), (.connected, 200), (.dialling, 200), (.stopping, 200)])
    func aDialIsAskedForWithItsField(found: DialRoute.Found, status: Int) async {
        var routes = Self.routes()
        routes.dial = DialRoute { found }
        let answer = await routes.answer(method: "POST", path: "/_lookout/dial", asksToDial: true)
        #expect(answer.status == status)
        #expect(String(buffer: answer.body).hasSuffix(#","found":"\#(found.rawValue)"}"# + "\n"))
    }

    @Test func withoutItsFieldNothingIsDialled() async {
        var routes = Self.routes()
        routes.dial = DialRoute {
            Issue.record("dialled")
            return .waiting
        }
        #expect(await routes.answer(method: "POST", path: "/_lookout/dial").status == 403)
        #expect(await routes.answer(method: "GET", path: "/_lookout/dial", asksToDial: true).status == 404)
    }

    @Test func standardModeHasNothingToDial() async {
        #expect(await Self.routes().answer(method: "POST", path: "/_lookout/dial", asksToDial: true).status == 404)
    }
}
