import Support
import Testing

@testable import EdgeTunnel

@Suite struct WebSocketFrameHeaderTests {
    @Test(arguments: [
        (WebSocketOpcode.text, 0, [0x81, 0x80] as [UInt8]),
        (.binary, 125, [0x82, 0xFD]),
        (.text, 126, [0x81, 0xFE, 0x00, 0x7E]),
        (.text, 65_535, [0x81, 0xFE, 0xFF, 0xFF]),
        (.text, 65_536, [0x81, 0xFF, 0, 0, 0, 0, 0, 1, 0, 0]),
        (.text, 16_711_680, [0x81, 0xFF, 0, 0, 0, 0, 0, 0xFF, 0, 0]),
        (.close, 2, [0x88, 0x82]),
        (.ping, 4, [0x89, 0x84]),
        (.pong, 125, [0x8A, 0xFD]),
    ])
    func everyLengthHasItsShortestForm(opcode: WebSocketOpcode, payload: Int, start: [UInt8]) {
        let key: [UInt8] = [0xDE, 0xAD, 0xBE, 0xEF]
        let keyInMemoryOrder = key.withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }
        let length = WebSocketFrameHeader.length(payload: payload)
        let header = output(capacity: length) { destination in
            WebSocketFrameHeader.write(opcode, payload: payload, maskKey: keyInMemoryOrder, to: destination)
        }
        #expect(header == start + key)
        #expect(length <= WebSocketFrameHeader.maximumLength)
    }
}
