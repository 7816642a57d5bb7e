import NIOCore
import Support
import Testing

@testable import DockerBridge

/// `REQUEST_TIMEOUT` on a virtual clock, for both ways in: the tunnel dispatches, the listener proxies.
@Suite struct EngineDeadlineTests {
    private static let timeout = 30

    private let engine: VirtualEngine

    init() {
        var limits = RequestDispatcher.Limits()
        limits.requestTimeout = .seconds(Int64(Self.timeout))
        self.engine = VirtualEngine(limits)
    }

    @Test(arguments: ["100 Continue", "102 Processing", "103 Early Hints", "199 x"], [false, true])
    func anInterimResponseDoesNotEndTheDeadline(line: String, proxied: Bool) throws {
        for target in ["/info", "/events"] {
            let sink = self.engine.open(target, proxied: proxied && target == "/info")
            try self.engine.says("HTTP/1.1 \(line)\r\nLink: x\r\n\r\n")
            self.engine.wait(.seconds(Int64(Self.timeout) - 1))
            #expect(sink.recorded.errorCode == nil)
            self.engine.wait(.seconds(2))
            #expect(sink.recorded.status == nil)
            #expect(sink.recorded.errorCode == .timedOut)
        }
    }

    @Test func anAnswerBehindInterimResponsesIsTheAnswer() throws {
        let sink = self.engine.open("/info", proxied: true)
        for _ in 0..<16 { try self.engine.says("HTTP/1.1 102 Processing\r\n\r\n") }
        try self.engine.says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        #expect(sink.recorded.status == 200)
        #expect(sink.recorded.body == "hi")
    }

    @Test func moreThanSixteenInterimResponsesAreMalformed() throws {
        let sink = self.engine.open("/info", proxied: true)
        for _ in 0..<17 { try self.engine.says("HTTP/1.1 102 Processing\r\n\r\n") }
        #expect(sink.recorded.errorCode == .malformedResponse)
    }

    /// The deadline is for the whole head, not for the time between two of its bytes.
    @Test(arguments: [false, true]) func aHeadThatTricklesFallsToTheDeadline(proxied: Bool) throws {
        let sink = self.engine.open("/info", proxied: proxied)
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n"
        for byte in head.utf8.prefix(Self.timeout + 2) {
            try self.engine.says(ByteBuffer(bytes: [byte]))
            self.engine.wait(.seconds(1))
        }
        #expect(sink.recorded.errorCode == .timedOut)
    }

    /// What travels whole has its deadline to the last byte.
    @Test func aWholeAnswerThatTricklesFallsToTheDeadline() throws {
        let sink = self.engine.open("/info", proxied: false)
        try self.engine.says("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        for _ in 0..<(Self.timeout + 2) {
            try self.engine.says("x")
            self.engine.wait(.seconds(1))
        }
        #expect(sink.recorded.errorCode == .timedOut)
    }
}
