import DockerBridge
import NIOCore
import Policy
import Support
import Testing

@testable import LocalServer

/// What the policy of this host makes of requests to the listener.
@Suite(.timeLimit(.minutes(2))) struct RoutePolicyTests {
    /// Answers with what it was asked, so that a test sees whether it was.
    private struct Answers: RouteGroup {
        func route(_ method: String, _ path: Substring) -> AgentRoute? {
            let operation: Operation?
            switch path {
            case "/_lookout/compose": operation = .agentCompose
            case "/_lookout/mcp": operation = .agentMCP
            case "/api/list": operation = .containersList
            case "/api/own": operation = nil
            default: return nil
            }
            return AgentRoute("/x", operation: operation) { $1.send(PlainAnswer(200, "reached \(path)")) }
        }
    }

    private static func status(_ answer: String) -> Substring { answer.dropFirst("HTTP/1.1 ".count).prefix(3) }

    @Test(arguments: [
        ("POST", "/_lookout/compose", "403"), ("POST", "/_lookout/mcp", "403"), ("GET", "/api/list", "200"),
        ("GET", "/api/own", "200"), ("GET", "/containers/json", "200"), ("POST", "/containers/prune", "403"),
        ("POST", "/build", "403"), ("HEAD", "/containers/web/archive?path=/", "403"),
    ])
    func theAgentsRoutesAndTheEnginesAreJudgedAlike(method: String, target: String, status: String) async throws {
        let keeper = PolicyKeeper(HostPolicy([.look], setting: "POLICY=look"), mode: .enforce, host: "station-3")
        try await ListenerBench.run(policy: keeper, groups: { _ in [Answers()] }, answer: { $1.respond(200, "{}") }) {
            bench in
            let head = "\(method) \(target) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(ListenerBench.token)\r\n"
            let answer = try await bench.say("\(head)Content-Length: 0\r\nConnection: close\r\n\r\n")
            #expect(Self.status(answer) == status, "\(answer)")
            if status == "403", method != "HEAD" {
                #expect(answer.contains(#"{"message":"policy of station-3 denies "#))
            }
            if status == "403" { #expect(bench.engine.requests.isEmpty && !answer.contains("reached")) }
        }
    }

    /// A connection that is kept alive is judged request by request.
    @Test func aTighterPolicyHoldsForTheNextRequestOfAConnection() async throws {
        let keeper = PolicyKeeper(HostPolicy([.operate], setting: "POLICY=operate"), mode: .enforce, host: "h")
        try await ListenerBench.run(policy: keeper, answer: { $1.respond(200, "{}") }) { bench in
            let client = try await bench.connect()
            let stop =
                "POST /containers/web/stop HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(ListenerBench.token)\r\n"
                + "Content-Length: 0\r\n\r\n"
            client.write(stop)
            let before = try await client.received(upTo: "{}")
            keeper.replace(with: HostPolicy([.look], setting: "POLICY=look"))
            client.write(stop)
            let afterwards = try await client.received(upTo: "}")
            #expect(Self.status(before) == "200" && Self.status(afterwards) == "403")
            #expect(bench.engine.requests.count == 1)
            client.close()
        }
    }

    @Test func anIdentityIsTheTokens() async throws {
        let rules = try PolicyReader.read(Array("allow look identity=token".utf8))
        let keeper = PolicyKeeper(HostPolicy(rules, from: .file("/p")), mode: .enforce, host: "h")
        try await ListenerBench.run(policy: keeper, answer: { $1.respond(200, "{}") }) { bench in
            let answer = try await bench.say(ListenerBench.get("/info"))
            #expect(Self.status(answer) == "200")
        }
        let others = try PolicyReader.read(Array("allow look identity=ops-laptop".utf8))
        let keeperOfOthers = PolicyKeeper(HostPolicy(others, from: .file("/p")), mode: .enforce, host: "h")
        try await ListenerBench.run(policy: keeperOfOthers, answer: { $1.respond(200, "{}") }) { bench in
            let answer = try await bench.say(ListenerBench.get("/info"))
            #expect(Self.status(answer) == "403")
        }
    }
}
