import Logging
import NIOCore
import NIOEmbedded

@testable import DockerBridge
@testable import EdgeTunnel

extension Targets {
    /// A whole session: frames of a controller, answers of an engine, time, a channel that takes nothing, a shutdown, in
    /// any order. The first byte of each step says which it is, the second how much.
    static func tunnel(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes[...]
        let session = FuzzedSession()
        while session.isOpen, let kind = rest.popFirst(), let amount = rest.popFirst() {
            session.step(kind, amount, &rest)
            session.check()
        }
        session.end()
    }
}

private final class FuzzedSession {
    private static let quiet = Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() }
    /// What a controller says, well and less well.
    private static let frames = [
        #"{"type":"welcome","data":{"config":{"drydockVersion":"1.6.0"}}}"#,
        #"{"type":"ping","data":{"timestamp":1}}"#, #"{"type":"pong","data":{}}"#,
        #"{"type":"request","data":{"requestId":"a","method":"GET","path":"/info"}}"#,
        #"{"type":"request","data":{"requestId":"b","method":"GET","path":"/events"}}"#,
        #"{"type":"request","data":{"requestId":"c","method":"GET","path":"x"}}"#,
        #"{"type":"request","data":{"requestId":"d","method":"POST","path":"/build","body":{"a":1}}}"#,
        #"{"type":"stream_end","data":{"requestId":"a"}}"#, #"{"type":"error","data":{"requestId":"b"}}"#,
        #"{"type":"request","data":{"requestId":"u","method":"POST","path":"/images/load","bodyStream":true}}"#,
        #"{"type":"stream","data":{"requestId":"u","data":"YWJj"}}"#,
        #"{"type":"stream","data":{"requestId":"u","data":"%"}}"#, #"{"type":"stream_end","data":{"requestId":"u"}}"#,
        #"{"type":"stream_end","data":{"requestId":"u","reason":"canceled"}}"#,
        #"{"type":"exec_start","data":{"execId":"e","containerId":"c","cmd":["sh"],"cols":80,"rows":24}}"#,
        #"{"type":"exec_start","data":{"execId":"f","containerId":"c","cmd":["sh"],"tty":false}}"#,
        #"{"type":"exec_input","data":{"execId":"e","data":"YWJj"}}"#,
        #"{"type":"exec_input","data":{"execId":"f","data":"%"}}"#,
        #"{"type":"exec_resize","data":{"execId":"e","cols":90,"rows":25}}"#,
        #"{"type":"exec_end","data":{"execId":"e"}}"#, #"{"type":"exec_end","data":{"execId":"f"}}"#,
        #"{"type":"dd:container_log_request","data":{"requestId":"l","containerId":"c","tail":10}}"#,
        #"{"type":"dd:container_log_request","data":{"requestId":"m","containerId":"c","stream":true}}"#,
        #"{"type":"dd:container_log_cancel","data":{"requestId":"m","containerId":""}}"#,
        #"{"type":"dd:container_delete_request","data":{"requestId":"x","containerId":"c"}}"#,
    ]
    /// What an engine answers.
    private static let answers = [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 201 Created\r\nContent-Length: 10\r\n\r\n{\"Id\":\"x\"}",
        "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "0\r\n\r\n",
        "HTTP/1.1 102 Processing\r\n\r\n",
        "HTTP/1.1 404 Not Found\r\nContent-Length: 15\r\n\r\n{\"message\":\"n\"}", "output of a process",
    ]

    private let channel = EmbeddedChannel()
    private let memory: MemoryBudget
    private let handler: TunnelChannel
    private var engine: [EmbeddedChannel] = []

    init() {
        let loop = self.channel.embeddedEventLoop
        let box = Box()
        let client = EngineClient(eventLoop: loop) { prepare in
            let channel = EmbeddedChannel(handlers: [], loop: loop)
            do {
                try prepare(channel)
                try channel.connect(to: SocketAddress(unixDomainSocketPath: "/engine")).wait()
            } catch {
                return loop.makeFailedFuture(error)
            }
            box.take(channel)
            return loop.makeSucceededFuture(channel)
        }
        var limits = RequestDispatcher.Limits()
        limits.memory = 256 * 1024
        let dispatcher = RequestDispatcher(client: client, limits: limits)
        self.memory = dispatcher.memory
        self.handler = TunnelChannel(
            limits: TunnelLimits(welcome: .seconds(30), heartbeat: .seconds(30)),
            hello: { $0.writeString("hello") },
            dispatcher: dispatcher,
            monitor: TunnelMonitor(),
            suspendWatch: SuspendWatch { (boot: .zero, monotonic: .zero) },
            logger: Self.quiet,
            welcomed: loop.makePromise(),
            ended: loop.makePromise()
        )
        box.take = { [unowned self] in self.engine.append($0) }
        try! self.channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        try! self.channel.pipeline.syncOperations.addHandler(self.handler)
        loop.run()
    }

    private final class Box: @unchecked Sendable {
        var take: (EmbeddedChannel) -> Void = { _ in }
    }

    var isOpen: Bool { self.channel.isActive }

    func step(_ kind: UInt8, _ amount: UInt8, _ rest: inout Slice<UnsafeRawBufferPointer>) {
        let loop = self.channel.embeddedEventLoop
        switch kind % 10 {
        case 0: self.receive(1, Array(Self.frames[Int(amount) % Self.frames.count].utf8))
        case 1: self.receive(1, Self.take(Int(amount), &rest))
        case 2: for _ in 0..<Int(amount) * 16 { self.receive(9, []) }
        case 3: _ = try? self.channel.writeInbound(ByteBuffer(bytes: Self.take(Int(amount), &rest)))
        case 4: loop.advanceTime(by: .milliseconds(Int64(amount) * 40))
        case 5:
            self.channel.isWritable = amount % 2 == 0
            self.channel.pipeline.fireChannelWritabilityChanged()
        case 6: self.answer(amount, Array(Self.answers[Int(amount) % Self.answers.count].utf8))
        case 7: self.answer(amount, Self.take(Int(amount), &rest))
        case 8:
            let input = Base64Text.of(Int(amount) * 256)
            let (type, id) = amount % 2 == 0 ? ("exec_input", "execId\":\"e") : ("stream", "requestId\":\"u")
            self.receive(1, Array(#"{"type":"\#(type)","data":{"\#(id)","data":"\#(input)"}}"#.utf8))
        case 9 where amount <= 250:
            guard let engine = self.engine.last, engine.isActive else { break }
            engine.isWritable = amount % 2 == 0
            engine.pipeline.fireChannelWritabilityChanged()
        default: self.handler.shutDown()
        }
        loop.run()
        while (try? self.channel.readOutbound(as: ByteBuffer.self)) != nil {}
        for engine in self.engine { while (try? engine.readOutbound(as: ByteBuffer.self)) != nil {} }
    }

    private enum Base64Text {
        static func of(_ count: Int) -> String { String(repeating: "A", count: count & ~3) }
    }

    private static func take(_ count: Int, _ rest: inout Slice<UnsafeRawBufferPointer>) -> [UInt8] {
        let part = Array(rest.prefix(count))
        rest = rest.dropFirst(count)
        return part
    }

    private func receive(_ opcode: UInt8, _ payload: [UInt8]) {
        guard self.channel.isActive else { return }
        var bytes = ByteBuffer(bytes: [0x80 | opcode])
        if payload.count < 126 {
            bytes.writeInteger(UInt8(payload.count))
        } else {
            bytes.writeMultipleIntegers(UInt8(126), UInt16(payload.count))
        }
        bytes.writeBytes(payload)
        _ = try? self.channel.writeInbound(bytes)
    }

    /// On one of the newest connections.
    private func answer(_ which: UInt8, _ bytes: [UInt8]) {
        self.engine.removeAll { !$0.isActive }
        guard !self.engine.isEmpty else { return }
        let channel = self.engine[max(0, self.engine.count - 1 - Int(which >> 6))]
        _ = try? channel.writeInbound(ByteBuffer(bytes: bytes))
    }

    /// What has to hold after every step.
    func check() {
        let queued = self.handler.report().queuedBytes
        // Streams, processes and live logs under way have 64 KiB each; a burst here is far below one read.
        precondition(queued <= OwedAnswers.limit + (100 + 100 + 128 + 32) * 130 * 1024, "\(queued) bytes wait")
        precondition(self.memory.used >= 0, "more memory was given back than taken")
    }

    func end() {
        _ = try? self.channel.finish(acceptAlreadyClosed: true)
        self.channel.embeddedEventLoop.advanceTime(by: .seconds(60))
        for engine in self.engine { _ = try? engine.finish(acceptAlreadyClosed: true) }
        precondition(self.memory.used == 0, "\(self.memory.used) bytes are held after the end")
    }
}
