import NIOCore
import Testing

@testable import EdgeTunnel

@Suite struct WebSocketMessageTests {
    @Test func exactlyTheLimitIsAMessageAndOneMoreIsOversized() {
        #expect(event(limit: 6, ["abc", "def"]) == .message(ByteBuffer(string: "abcdef")))
        #expect(event(limit: 5, ["abc", "def"]) == .oversized(prefix: ByteBuffer(string: "abcdef"), length: 6))
    }

    @Test func anEndlessLengthStaysAtTheTop() {
        var message = WebSocketMessage(maximumBytes: 10)
        message.announce(.max)
        message.announce(1)
        var input = ByteBuffer(string: "x")
        #expect(message.finish(with: 1, from: &input) == .oversized(prefix: ByteBuffer(string: "x"), length: .max))
    }

    private func event(limit: Int, _ parts: [String]) -> WebSocketReader.Event {
        var message = WebSocketMessage(maximumBytes: limit)
        for part in parts.dropLast() {
            var input = ByteBuffer(string: part)
            message.announce(part.utf8.count)
            message.gather(part.utf8.count, from: &input)
        }
        var input = ByteBuffer(string: parts.last!)
        message.announce(parts.last!.utf8.count)
        return message.finish(with: parts.last!.utf8.count, from: &input)
    }
}
