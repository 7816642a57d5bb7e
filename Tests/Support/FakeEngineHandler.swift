import NIOCore
import Synchronization

/// Reads requests of known length off one connection; after an upgrade it passes the bytes on as they come.
final class FakeEngineHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let heard: FakeEngine.Heard
    private let answer: FakeEngine.Answer
    private let number: Int
    private let input = Mailbox<String>()
    private var received = ""
    private var isUpgraded = false

    init(heard: FakeEngine.Heard, answer: @escaping FakeEngine.Answer) {
        self.heard = heard
        self.answer = answer
        self.number = heard.connections.wrappingAdd(1, ordering: .relaxed).oldValue
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let text = String(buffer: self.unwrapInboundIn(data))
        if self.isUpgraded {
            self.input.put(text)
            return
        }
        self.received += text
        while !self.isUpgraded, let request = self.nextRequest() {
            self.heard.requests.withLock { $0.append(request) }
            self.answer(request, FakeEnginePeer(channel: context.channel, input: self.input))
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is FakeEngineUpgrade { self.isUpgraded = true }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    /// Takes a complete request with ASCII text from the front.
    private func nextRequest() -> FakeEngine.Request? {
        guard let end = self.received.firstRange(of: "\r\n\r\n") else { return nil }
        let lines = self.received[..<end.lowerBound].split(separator: "\r\n").map(String.init)
        let words = lines[0].split(separator: " ").map(String.init)
        let length = lines.first { $0.hasPrefix("Content-Length: ") }.flatMap { Int($0.dropFirst(16)) } ?? 0
        var rest = self.received[end.upperBound...].utf8
        let isChunked = lines.contains("Transfer-Encoding: chunked")
        guard let body = isChunked ? Self.takeChunks(from: &rest) : Self.take(length, from: &rest) else { return nil }
        self.received = String(Substring(rest))
        return FakeEngine.Request(
            connection: self.number,
            method: words[0],
            target: words[1],
            lines: Array(lines.dropFirst()),
            body: body
        )
    }

    private static func take(_ count: Int, from rest: inout Substring.UTF8View) -> String? {
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return String(decoding: rest.prefix(count), as: UTF8.self)
    }

    private static func takeChunks(from rest: inout Substring.UTF8View) -> String? {
        var body = ""
        while let end = rest.firstRange(of: "\r\n".utf8) {
            guard let size = Int(Substring(rest[..<end.lowerBound]), radix: 16) else { return nil }
            rest = rest[end.upperBound...]
            guard let chunk = self.take(size, from: &rest), self.take(2, from: &rest) == "\r\n" else { return nil }
            body += chunk
            if size == 0 { return body }
        }
        return nil
    }
}
