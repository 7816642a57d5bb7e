import NIOCore
import Testing

@testable import EdgeTunnel

@Suite struct ControlFramesTests {
    @Test func aPingCarriesMilliseconds() {
        #expect(
            ControlFrames.ping(milliseconds: 1_767_225_600_123, allocator: testAllocator).text
                == #"{"type":"ping","data":{"timestamp":1767225600123}}"#
        )
    }

    @Test(
        arguments: [
            (nil, "{}"), ("1.50", #"{"timestamp":1.50}"#), (#""x""#, #"{"timestamp":"x"}"#),
            ("null", #"{"timestamp":null}"#),
        ] as [(String?, String)]
    )
    func aPongSendsTheTimestampBackAsItCame(timestamp: String?, data: String) {
        let frame = ControlFrames.pong(timestamp: timestamp.map { ByteBuffer(string: $0) }, allocator: testAllocator)
        #expect(frame.text == #"{"type":"pong","data":\#(data)}"#)
    }

    @Test func aCloseFrameHasItsCodeInNetworkOrder() {
        let frame = ControlFrames.close(code: 1000, reason: "shutdown", allocator: testAllocator)
        #expect(Array(frame.buffer.readableBytesView) == [0x03, 0xe8] + Array("shutdown".utf8))
    }
}
