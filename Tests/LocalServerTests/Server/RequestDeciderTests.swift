import NIOCore
import Support
import Testing

@testable import LocalServer

/// What becomes of a request that no route of the agent's own takes.
@Suite(.timeLimit(.minutes(1))) struct RequestDeciderTests {
    private static func post(_ target: String, _ fields: String = "") -> String {
        "POST \(target) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(ListenerBench.token)\r\n\(fields)\r\n"
    }

    @Test(arguments: [
        ("//v1.41/containers/json?all=1&a=//", "/v1.41/containers/json?all=1&a=//"), ("/v1.41//info", "/v1.41/info"),
        ("///info//", "/info/"), ("//", "/"), ("//health", "/health"), ("//h/%2Fa", "/h/%2Fa"),
    ])
    func emptySegmentsAreRedirectedAsByAnEngine(target: String, clean: String) throws {
        let bench = EmbeddedBench()
        let client = try bench.client()
        try client.say("GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(client.text == "HTTP/1.1 301 Moved Permanently\r\nLocation: \(clean)\r\nContent-Length: 0\r\n\r\n")
        #expect(bench.engine.requests.isEmpty)
        try client.say(Self.post("/next"))
        #expect(bench.engine.requests.map(\.target) == ["/next"], "the connection goes on")
    }

    /// What is wrong in another way is not put right; and a stranger is not sent much.
    @Test(arguments: ["/a/../b", "//a/./b", "//a\\b", "//..", "//a#b", "//" + String(repeating: "a", count: 2047)])
    func otherUncleanPathsAreRefused(target: String) throws {
        let bench = EmbeddedBench()
        let client = try bench.client()
        try client.say("GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(client.text.hasPrefix("HTTP/1.1 400 "))
    }

    /// `REQUEST_TIMEOUT` is 30 s.
    @Test(arguments: [("/containers/web/stop?t=60", 90), ("/containers/web/start", 30)] as [(String, Int64)])
    func aLateAnswerNamesHowLongTheEngineWasWaitedFor(target: String, seconds: Int64) throws {
        let bench = EmbeddedBench { _, _ in }
        let client = try bench.client()
        try client.say(Self.post(target))
        try bench.pass(.seconds(seconds - 1))
        #expect(client.text == "")
        try bench.pass(.seconds(2))
        #expect(client.text.hasPrefix("HTTP/1.1 504 "))
        #expect(client.text.hasSuffix("docker daemon did not answer within \(seconds)s\n"))
    }
}
