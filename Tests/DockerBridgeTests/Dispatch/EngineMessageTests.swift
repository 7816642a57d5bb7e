import NIOCore
import Testing

@testable import DockerBridge

@Suite struct EngineMessageTests {
    @Test(arguments: [
        (404, #"{"message":"No such container: x"}"#, "No such container: x"), (500, "plain text", "plain text"),
        (500, #"{"error":"x"}"#, #"{"error":"x"}"#), (409, #"{"message":7}"#, #"{"message":7}"#),
        (500, "", "the engine answered with status 500"),
        (500, String(repeating: "é", count: 600), String(repeating: "é", count: 500)),
    ])
    func theSentenceIsFound(status: Int, body: String, text: String) {
        #expect(EngineMessage.text(status: status, body: ByteBuffer(string: body)) == text)
    }
}
