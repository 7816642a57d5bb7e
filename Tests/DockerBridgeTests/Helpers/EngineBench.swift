import Foundation
import Logging
import NIOCore
import NIOPosix
import Support
import Synchronization

@testable import DockerBridge

/// A dispatcher on an event loop of its own, and the fake engine it talks to.
final class EngineBench: Sendable {
    let engine: FakeEngine
    let eventLoop: any EventLoop
    private let group: MultiThreadedEventLoopGroup
    let dispatcher: NIOLoopBound<RequestDispatcher>
    private let client: NIOLoopBound<EngineClient>
    private let kept = Mutex<[any Sendable]>([])

    /// Runs `body` against a fresh engine and takes everything down afterwards.
    static func run(
        timeout: TimeAmount? = .minutes(5),
        orphans: ExecOrphans = .kill,
        admission: (any AdmissionPolicy)? = nil,
        policy: PolicyKeeper? = nil,
        processes: HostProcesses = HostProcesses(isVisible: { _, _ in false }, signal: { _, _ in false }),
        answer: @escaping FakeEngine.Answer,
        _ body: (EngineBench) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("engine-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let engine = try await FakeEngine.listening(at: "\(folder)/s", answer: answer)
        var limits = RequestDispatcher.Limits()
        limits.requestTimeout = timeout
        limits.orphans = orphans
        limits.admission = admission
        limits.policy = policy
        let bench = try await EngineBench(engine: engine, limits: limits, processes: processes)
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(bench))
        } catch {
            result = .failure(error)
        }
        try await bench.eventLoop.submit { bench.client.value.shutDown() }.get()
        try await engine.stop()
        try await bench.group.shutdownGracefully()
        try result.get()
    }

    private init(
        engine: FakeEngine,
        limits: RequestDispatcher.Limits,
        processes: HostProcesses
    ) async throws {
        self.engine = engine
        // A loop of its own: a test may hold it up and the engine still goes on.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let eventLoop = group.next()
        self.group = group
        self.eventLoop = eventLoop
        let address = EngineAddress(.unix(path: engine.socketPath))
        self.client = try await eventLoop.submit {
            let client = try EngineClient(address: address, eventLoop: eventLoop)
            return NIOLoopBound(client, eventLoop: eventLoop)
        }.get()
        let client = self.client
        self.dispatcher = try await eventLoop.submit {
            let dispatcher = RequestDispatcher(client: client.value, limits: limits, processes: processes)
            return NIOLoopBound(dispatcher, eventLoop: eventLoop)
        }.get()
    }

    /// Holds on to `object` until the engine client has been shut down.
    func keep(_ object: some Sendable) {
        self.kept.withLock { $0.append(object) }
    }

    /// Turns the client's clock forward and lets it look for what is late, as it does every second. `before` runs on the
    /// event loop between the two.
    func pass(_ time: TimeAmount, before: @escaping @Sendable () -> Void = {}) async throws {
        try await self.eventLoop.submit {
            let client = self.client.value
            client.clockAdvance = client.clockAdvance + time
            before()
            client.sweep()
        }.get()
    }

    static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Opens an exchange; `prepare` may change the sink before anything happens.
    func open(
        _ method: String,
        _ target: String,
        body: String? = nil,
        streaming: BridgeRequest.StreamedBody? = nil,
        prepare: @escaping @Sendable (RecordingSink) -> Void = { _ in }
    ) async throws -> OpenExchange {
        let dispatcher = self.dispatcher
        return try await self.eventLoop.submit {
            let sink = RecordingSink(eventLoop: dispatcher.eventLoop)
            prepare(sink)
            var request = BridgeRequest(
                method: method,
                target: target,
                asker: .agent,
                body: body.map { ByteBuffer(string: $0) }
            )
            request.streamedBody = streaming
            let exchange = dispatcher.value.dispatch(request, to: sink)
            return OpenExchange(
                sink: NIOLoopBound(sink, eventLoop: dispatcher.eventLoop),
                exchange: NIOLoopBound(exchange, eventLoop: dispatcher.eventLoop),
                end: sink.end.futureResult
            )
        }.get()
    }

    /// Sends a request as one of the doors does, and waits for all of its answer.
    func send(_ request: BridgeRequest, proxied: Bool) async throws -> Recorded {
        let dispatcher = self.dispatcher
        return try await self.eventLoop.flatSubmit {
            let sink = RecordingSink(eventLoop: dispatcher.eventLoop)
            _ =
                proxied
                ? dispatcher.value.proxy(request, sink: sink) : dispatcher.value.dispatch(request, to: sink)
            return sink.end.futureResult
        }.get()
    }

    /// Sends a request and waits for all of its answer.
    func send(_ method: String, _ target: String, body: String? = nil) async throws -> Recorded {
        try await self.open(method, target, body: body).recorded()
    }
}

/// One exchange under way.
struct OpenExchange: Sendable {
    let sink: NIOLoopBound<RecordingSink>
    let exchange: NIOLoopBound<EngineExchange?>
    let end: EventLoopFuture<Recorded>

    func recorded() async throws -> Recorded { try await self.end.get() }

    func onLoop<Value: Sendable>(
        _ body: @escaping @Sendable (RecordingSink, EngineExchange?) -> Value
    ) async throws -> Value {
        try await self.sink.eventLoop.submit { body(self.sink.value, self.exchange.value) }.get()
    }
}

extension BridgeRequest.Asker {
    /// A peer that has proved a name.
    static let controller = Self.peer(identity: "controller")
}
