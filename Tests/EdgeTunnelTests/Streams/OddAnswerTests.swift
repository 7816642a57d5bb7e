import Support
import Testing

@testable import EdgeTunnel

/// Heads that no engine sends, in the tunnel. The listener has the same test.
@Suite(.timeLimit(.minutes(1))) struct OddAnswerTests {
    @Test(arguments: OddAnswer.all) func anOddAnswerIsAnErrorAndNothingOfItGetsThrough(_ odd: OddAnswer) async throws {
        try await WireBench.run(answer: { request, peer in
            request.target.hasSuffix("/odd") ? peer.write(odd.text) : peer.respond(200, "{}")
        }) { bench in
            bench.request("r", "/odd")
            let frame = try await bench.next()
            #expect(frame.hasPrefix(#"{"type":"error","data":{"message":"#), "\(frame)")
            #expect(frame.hasSuffix(#","requestId":"r"}}"#), "\(frame)")
            #expect(!frame.contains("Set-Cookie") && !frame.contains("u001b"))
            bench.request("s", "/next")
            try await bench.says(containing: #""requestId":"s","statusCode":200"#)
        }
    }
}
