import Testing

@testable import DockerBridge

@Suite struct AnswerFormTests {
    @Test(arguments: [
        "/containers/a/logs", "/containers/a/attach", "/events", "/build", "/images/create", "/images/push",
        "/exec/a/start", "/v1.44/exec/a/start", "/containers/a/logs?follow=1", "/events?filters=%7B%7D",
        "/exec/x/start?y=1",
        "/exec/a/b/start", "/x/exec//start", "/services/a/logs", "/v1.44/events", "/images/create?fromImage=a/json",
    ])
    func streams(target: String) {
        #expect(EngineRoute(method: "GET", target: target).form == .stream)
    }

    @Test(arguments: [
        "/", "", "/info", "/containers/json", "/containers/a/json?x=/logs", "/a?/events", "/images/a/push",
        "/images/load",
        "/containers/a/stats", "/containers/a/wait", "/containers/a/attach/ws", "/containers/a/start", "/exec/a/json",
        "/exec/a/resize", "/logs/", "/eventsx", "/prebuild", "/build/prune", "/Events", "logs",
        "/containers/a/exec", "/exec/start/x", "/a?x=/exec/b/start",
    ])
    func isAnsweredWhole(target: String) {
        #expect(EngineRoute(method: "GET", target: target).form == .plain)
    }
}
