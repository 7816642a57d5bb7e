import DockerBridge
import Glibc
import NIOCore
import NIOEmbedded
import Testing

@testable import EdgeTunnel

@Suite struct HeadExchangeTests {
    private static let head = "HTTP/1.1 200 OK\r\nDate: today\r\n\r\n"

    /// A channel whose exchange has sent its request, and how it ended once it has.
    private final class Rig {
        let channel = EmbeddedChannel()
        private(set) var result: Result<ResponseHead, any Error>?

        init() throws {
            try self.channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
            let deadline = NIODeadline.now() + .seconds(10)
            let answered = HeadExchange.start(ByteBuffer(string: "GET /\r\n\r\n"), on: self.channel, until: deadline)
            self.channel.embeddedEventLoop.run()
            answered.assumeIsolated().whenComplete { self.result = $0 }
        }

        func hears(_ text: String) throws {
            try self.channel.writeInbound(ByteBuffer(string: text))
        }

        var failure: String {
            guard case .failure(let error)? = self.result else { return "none" }
            return "\(error)"
        }
    }

    private final class Successor: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        var heard = ""

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            self.heard += String(buffer: self.unwrapInboundIn(data))
        }
    }

    @Test func theRequestIsSentAndTheHeadComesBackInAnyPieces() throws {
        let rig = try Rig()
        #expect(try rig.channel.readOutbound(as: ByteBuffer.self) == ByteBuffer(string: "GET /\r\n\r\n"))
        for character in Self.head {
            #expect(rig.result == nil)
            try rig.hears(String(character))
        }
        let head = try #require(try rig.result?.get())
        #expect(head.status == 200)
        #expect(head.fields.first("date") == "today")
    }

    @Test(arguments: ["100 Continue", "102 Processing", "103 Early Hints", "199 Later"])
    func interimAnswersBeforeTheHeadAreSkippedInAnyPieces(interim: String) throws {
        let interims = String(repeating: "HTTP/1.1 \(interim)\r\nLink: x\r\n\r\n", count: HeadExchange.interimLimit)
        let whole = try Rig()
        try whole.hears(interims + Self.head)
        #expect(try whole.result?.get().status == 200)
        let pieces = try Rig()
        for character in interims {
            try pieces.hears(String(character))
            #expect(pieces.result == nil)
        }
        try pieces.hears(Self.head + "behind")
        #expect(try pieces.result?.get().status == 200)
        let successor = Successor()
        try HeadExchange.handOver(pieces.channel, to: successor)
        #expect(successor.heard == "behind")
    }

    /// What a proxy offers is in a field that is for one hop only.
    @Test func fieldsForOneHopStayInTheHead() throws {
        let rig = try Rig()
        try rig.hears("HTTP/1.1 407 No\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nProxy-Authenticate: NTLM\r\n\r\n")
        let fields = try #require(try rig.result?.get()).fields
        #expect(fields.first("proxy-authenticate") == "NTLM")
        #expect(fields.first("x-hop") == "1")
    }

    @Test func aSwitchOfProtocolsIsNoInterimAnswer() throws {
        let rig = try Rig()
        try rig.hears("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 Switching Protocols\r\n\r\n")
        #expect(try rig.result?.get().status == 101)
    }

    @Test func interimAnswersWithoutEndAreGivenUp() throws {
        let rig = try Rig()
        let interim = "HTTP/1.1 100 Continue\r\n\r\n"
        for _ in 0..<HeadExchange.interimLimit { try rig.hears(interim) }
        #expect(rig.result == nil)
        try rig.hears(interim)
        #expect(rig.failure == "onlyInterim")
    }

    @Test(arguments: [["abc"], ["a", "bc"], ["ab"], ["a"], []])
    func whatComesBehindTheHeadIsForTheNextHandler(pieces: [String]) throws {
        let rig = try Rig()
        try rig.hears(Self.head + (pieces.first ?? ""))
        for piece in pieces.dropFirst() { try rig.hears(piece) }
        let successor = Successor()
        try HeadExchange.handOver(rig.channel, to: successor)
        try rig.hears("d")
        #expect(successor.heard == pieces.joined() + "d")
        #expect(throws: ChannelPipelineError.notFound) {
            try rig.channel.pipeline.syncOperations.handler(type: HeadExchange.self)
        }
    }

    @Test func anExchangeThatIsDoneLeaves() throws {
        let rig = try Rig()
        try rig.hears(Self.head)
        let left = HeadExchange.leave(rig.channel)
        rig.channel.embeddedEventLoop.run()
        try left.wait()
        #expect(throws: ChannelPipelineError.notFound) {
            try rig.channel.pipeline.syncOperations.handler(type: HeadExchange.self)
        }
    }

    @Test func silenceIsNotSlowness() throws {
        let silent = try Rig()
        silent.channel.embeddedEventLoop.advanceTime(by: .seconds(10))
        #expect(silent.failure == "silent")
        let slow = try Rig()
        try slow.hears("H")
        slow.channel.embeddedEventLoop.advanceTime(by: .seconds(10))
        #expect(slow.failure == "slow")
    }

    @Test func everyOtherEndHasItsName() throws {
        let other = try Rig()
        try other.hears("SSH-2.0-x\r\n\r\n")
        #expect(other.failure == "notHTTP")
        let flood = try Rig()
        try flood.hears("HTTP/1.1 200 OK\r\nX: " + String(repeating: "x", count: 65 * 1024))
        #expect(flood.failure == "notHTTP")
        let closed = try Rig()
        _ = try closed.channel.finish()
        #expect(closed.failure == "closed")
        let reset = try Rig()
        reset.channel.pipeline.fireErrorCaught(IOError(errnoCode: ECONNRESET, reason: "read"))
        #expect(reset.failure == "closed")
        let broken = try Rig()
        broken.channel.pipeline.fireErrorCaught(ChannelError.inputClosed)
        #expect(broken.failure == "broken(\(ChannelError.inputClosed))")
    }

    @Test func aChannelThatIsGoneFailsAtOnce() throws {
        let channel = EmbeddedChannel()
        _ = try channel.finish()
        let answered = HeadExchange.start(ByteBuffer(), on: channel, until: .now() + .seconds(10))
        channel.embeddedEventLoop.run()
        #expect(throws: (any Error).self) { try answered.wait() }
    }
}
