import NIOCore
import Testing

@testable import EdgeTunnel

@Suite struct WebSocketHeadTests {
    @Test(
        arguments: [
            ([0x81, 0x7D], 125),
            ([0x81, 0x7E, 0x01, 0x02], 258),
            ([0x81, 0x7F, 0, 0, 0, 1, 0, 0, 0, 2], 4_294_967_298),
            ([0x81, 0x7F, 0x80, 0, 0, 0, 0, 0, 0, 0], nil),
        ] as [([UInt8], Int?)]
    )
    func isCompleteAtItsLastByte(bytes: [UInt8], length: Int?) {
        var head = WebSocketHead()
        for byte in bytes.dropLast() {
            var input = ByteBuffer(bytes: [byte])
            let isComplete = head.fill(from: &input)
            #expect(!isComplete)
        }
        var input = ByteBuffer(bytes: [bytes.last!, 0xEE])
        let isComplete = head.fill(from: &input)
        #expect(isComplete)
        #expect(input == ByteBuffer(bytes: [0xEE]))
        #expect(head.length == length)
    }

    @Test func everyBitHasItsMeaning() {
        var head = WebSocketHead()
        var input = ByteBuffer(bytes: [0b1010_1001, 0b1000_0000])
        let isComplete = head.fill(from: &input)
        #expect(isComplete)
        #expect(head.isFinal)
        #expect(head.isMasked)
        #expect(head.reservedBits == 0b0010_0000)
        #expect(head.opcode == .ping)
    }
}
