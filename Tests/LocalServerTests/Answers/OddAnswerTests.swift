import Support
import Testing

@testable import LocalServer

/// Heads that no engine sends, at the listener. The tunnel has the same test.
@Suite(.timeLimit(.minutes(1))) struct OddAnswerTests {
    @Test(arguments: OddAnswer.all) func anOddAnswerIsA502AndNothingOfItGetsThrough(_ odd: OddAnswer) async throws {
        try await ListenerBench.run(answer: { request, peer in
            request.target == "/odd" ? peer.write(odd.text) : peer.respond(200, "well")
        }) { bench in
            let answer = try await bench.say(ListenerBench.get("/odd"))
            #expect(answer.hasPrefix("HTTP/1.1 502 "), "\(answer)")
            #expect(answer.utf8.allSatisfy { $0 >= 0x20 || $0 == 0x0d || $0 == 0x0a }, "\(answer)")
            #expect(!answer.contains("X: a"))
            #expect(try await bench.say(ListenerBench.get("/next")).hasSuffix("well"))
        }
    }

    @Test func interimResponsesDoNotReachTheClient() async throws {
        try await ListenerBench.run(answer: { _, peer in
            peer.write("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")
            peer.respond(200, "well")
        }) { bench in
            let answer = try await bench.say(ListenerBench.get("/x"))
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
            #expect(!answer.contains("Link"))
        }
    }
}
