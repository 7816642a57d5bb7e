import DockerBridge
import NIOCore
import Support

/// One exec session and what its sink heard, in words.
struct ExecProbe: Sendable {
    let events: Mailbox<String>
    private let holder: NIOLoopBound<Holder>

    static func start(_ spec: ExecSpec, on bench: EngineBench, isWritable: Bool = true) async throws -> ExecProbe {
        let dispatcher = bench.dispatcher
        return try await bench.eventLoop.submit {
            let events = Mailbox<String>()
            let holder = Holder(ProbeSink(events: events, isWritable: isWritable))
            let session = ExecSession(
                spec: spec,
                dispatcher: dispatcher.value,
                asker: .controller,
                sink: holder.sink!,
                logger: EngineBench.logger
            )
            holder.session = session
            holder.sink!.whenEnded = { [unowned holder] in holder.sink = nil }
            session.start()
            let probe = ExecProbe(events: events, holder: NIOLoopBound(holder, eventLoop: dispatcher.eventLoop))
            bench.keep(probe)
            return probe
        }.get()
    }

    @discardableResult
    func with<Value: Sendable>(_ body: @escaping @Sendable (ExecSession) -> Value) async throws -> Value {
        try await self.holder.eventLoop.submit { body(self.holder.value.session!) }.get()
    }

    func receivedBytes() async throws -> Int {
        try await self.holder.eventLoop.submit { self.holder.value.receivedBytes }.get()
    }

    /// Lets the sink take output again.
    func resume() async throws {
        try await self.holder.eventLoop.submit {
            self.holder.value.sink?.isWritable = true
            self.holder.value.session?.resume()
        }.get()
    }
}

/// Keeps the sink no longer than the session needs it, as a tunnel does.
private final class Holder {
    var sink: ProbeSink? {
        willSet { self.receivedBytesOfTheDead += newValue == nil ? self.sink?.bytes ?? 0 : 0 }
    }
    var session: ExecSession?
    private var receivedBytesOfTheDead = 0

    var receivedBytes: Int { self.sink?.bytes ?? self.receivedBytesOfTheDead }

    init(_ sink: ProbeSink) {
        self.sink = sink
    }
}

private final class ProbeSink: ExecSink {
    var isWritable: Bool
    var whenEnded: () -> Void = {}
    private(set) var bytes = 0
    private let events: Mailbox<String>

    init(events: Mailbox<String>, isWritable: Bool) {
        self.events = events
        self.isWritable = isWritable
    }

    func execReady() {
        self.events.put("ready")
    }

    func execOutput(_ bytes: ByteBuffer, stream: StdStream?) {
        self.bytes += bytes.readableBytes
        guard bytes.readableBytes < 100 else { return }
        self.events.put("output \(stream.map { "\($0) " } ?? "")\(String(buffer: bytes))")
    }

    func execBurstEnded() {}

    func execInputDrained() {}

    func execEnded(_ end: ExecEnd) {
        self.events.put("end \(end.reason)\(end.exitCode.map { " \($0)" } ?? "")")
        self.whenEnded()
    }
}
