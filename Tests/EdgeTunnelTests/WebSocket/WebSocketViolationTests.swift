import Testing

@testable import EdgeTunnel

@Suite struct WebSocketViolationTests {
    @Test func aLimitOfOursIsAPolicyAndTheRestAreProtocolErrors() {
        #expect(WebSocketViolation.tooManyFragments.closeCode == 1008)
        #expect(WebSocketViolation.maskedFrame.closeCode == 1002)
    }

    @Test func theSentenceNamesTheNumbers() {
        #expect(WebSocketViolation.unknownOpcode(11).description == "frame has the unknown opcode 11")
        #expect(WebSocketViolation.tooManyFragments.description == "message has more than 131072 fragments")
    }
}
