import NIOCore
import Testing

@testable import DockerBridge
@testable import Drydock

@Suite struct AdapterMessageTests {
    private static let asked = AdapterTarget(requestID: "r\"1", containerID: "web")
    /// Of a controller that numbers nothing.
    private static let bare = AdapterTarget(requestID: nil, containerID: "web")

    private static func text(_ message: AdapterMessage) -> String {
        var buffer = ByteBuffer()
        message.write(into: &buffer)
        return String(buffer: buffer)
    }

    @Test(
        arguments: [
            (
                .logAnswer(asked, error: "no such container"),
                #"{"type":"dd:container_log_response","data":{"requestId":"r\"1","containerId":"web","#
                    + #""logs":"error: no such container"}}"#
            ),
            (
                .logChunk(bare, ByteBuffer(string: "a\nb"), .stderr),
                #"{"type":"dd:container_log_chunk","data":{"containerId":"web","stream":"stderr","logs":"a\nb"}}"#
            ),
            (
                .logChunk(bare, ByteBuffer(string: "a"), .stdout),
                #"{"type":"dd:container_log_chunk","data":{"containerId":"web","stream":"stdout","logs":"a"}}"#
            ),
            (
                .logEnd(bare, reason: "eof"),
                #"{"type":"dd:container_log_end","data":{"containerId":"web","reason":"eof"}}"#
            ),
            (
                .logError(bare, "busy"),
                #"{"type":"dd:container_log_error","data":{"containerId":"web","error":"busy"}}"#
            ),
            (
                .deleteAnswer(bare, error: nil),
                #"{"type":"dd:container_delete_response","data":{"containerId":"web","success":true}}"#
            ),
            (
                .deleteAnswer(bare, error: "in use"),
                #"{"type":"dd:container_delete_response","data":{"containerId":"web","success":false,"error":"in use"}}"#
            ),
        ] as [(AdapterMessage, String)]
    )
    func everyMessageHasItsMembers(_ message: AdapterMessage, text: String) {
        #expect(Self.text(message) == text)
    }

    @Test func aWholeLogIsWrittenAroundItsText() {
        var buffer = ByteBuffer()
        AdapterMessage.writeLogAnswerStart(Self.asked, into: &buffer)
        buffer.writeString(#"a\n"#)
        buffer.writeStaticString(AdapterMessage.logAnswerEnd)
        #expect(
            String(buffer: buffer)
                == #"{"type":"dd:container_log_response","data":{"requestId":"r\"1","containerId":"web","logs":"a\n"}}"#
        )
    }

    @Test func aChunkAsksForRoomForItsText() {
        let text = ByteBuffer(repeating: UInt8(ascii: "a"), count: 10_000)
        let message = AdapterMessage.logChunk(Self.asked, text, .stdout)
        #expect(Self.text(message).utf8.count < message.usualBytes)
    }
}
