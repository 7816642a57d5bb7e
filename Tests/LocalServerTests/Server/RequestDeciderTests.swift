import NIOCore
import Support
import Testing

@testable import LocalServer

/// What becomes of a request that no route of the agent's own takes.
@Suite(.timeLimit(.minutes(1))) struct RequestDeciderTests {
    private static func post(_ target: String, _ fields: String = "") -> String {
        "POST \(target) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(ListenerBench.token)\r\n\(fields)\r\n"
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
