import DockerBridge
import NIOCore
import Testing

@testable import EdgeTunnel

@Suite struct ResponseFramesTests {
    @Test func aStreamBeginsWithItsHeadAndNoBody() throws {
        let head = try ResponseHead.reading(404, "Content-Type: text/plain", "X-A: 1")
        #expect(
            ResponseFrames.streamHead(id: "r\n", head: head, allocator: testAllocator).text
                == #"{"type":"response","data":{"requestId":"r\n","statusCode":404,"#
                + #""headers":{"Content-Type":"text/plain","X-A":"1"},"isStream":true,"contentType":"text/plain"}}"#
        )
    }

    @Test func repeatedHeadersAreJoinedUnderTheFirstName() throws {
        let head = try ResponseHead.reading(200, "Warning: a", "X: 1", "WARNING: b", "warning: c, d")
        #expect(Self.headers(head) == #"{"Warning":"a, b, c, d","X":"1"}"#)
    }

    @Test func theContentLengthAndHopByHopFieldsStayBehind() throws {
        let head = try ResponseHead.reading(
            200,
            "content-LENGTH: 5",
            "Connection: close, X-Private",
            "X-Private: 1",
            "Keep-Alive: timeout=5",
            "Trailer: X",
            "Server: Docker"
        )
        #expect(Self.headers(head) == #"{"Server":"Docker"}"#)
    }

    @Test func valuesAreEscapedAndBrokenTextIsRepaired() throws {
        var buffer = ByteBuffer(string: "HTTP/1.1 200 OK\r\nX: a\"\\\t")
        buffer.writeBytes([0xff])
        buffer.writeString("b\r\n\r\n")
        let head = try #require(try ResponseHeadParser.parse(&buffer)).head
        #expect(Self.headers(head) == "{\"X\":\"a\\\"\\\\\\t\u{fffd}b\"}")
    }

    @Test func theOtherFramesHaveTheirText() {
        #expect(
            String(buffer: ResponseFrames.streamPrefix(id: "r"))
                == #"{"type":"stream","data":{"requestId":"r","data":""#
        )
        #expect(
            ResponseFrames.streamEnd(id: "r", allocator: testAllocator).text
                == #"{"type":"stream_end","data":{"requestId":"r","reason":"complete"}}"#
        )
        #expect(
            ResponseFrames.error("no \"x\"", requestID: "r", allocator: testAllocator).text
                == #"{"type":"error","data":{"message":"no \"x\"","requestId":"r"}}"#
        )
        #expect(
            ResponseFrames.error("no", requestID: nil, allocator: testAllocator).text
                == #"{"type":"error","data":{"message":"no"}}"#
        )
    }

    /// The headers object of a head, as it is written.
    private static func headers(_ head: ResponseHead) -> String {
        var buffer = ByteBuffer()
        ResponseFrames.writeHead(id: "r", head: head, isStream: false, into: &buffer)
        let text = String(buffer: buffer)
        return String(text[text.firstRange(of: #""headers":"#)!.upperBound...])
    }
}
