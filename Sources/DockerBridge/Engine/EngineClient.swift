import Glibc
package import NIOCore

/// Opens exchanges with the engine on one event loop and keeps idle connections for the next.
///
/// Concurrency: create it on `eventLoop` and call it only there.
package final class EngineClient {
    /// Idle connections kept. Docker's own client keeps as many as it has had in flight; ours has at most 100.
    private static let maximumIdle = 100
    private static let idleLifetime = TimeAmount.seconds(60)
    /// Connections being opened at once. An exchange that is cancelled leaves its dial under way until that succeeds or
    /// has timed out, so the cap on concurrent requests does not bound dials.
    static let maximumDials = 256

    package let eventLoop: any EventLoop
    private let host: String
    private let connect: Connect
    private let allocator = ByteBufferAllocator()
    private var pool = ConnectionPoolStateMachine<EngineConnection>(
        maximumIdle: maximumIdle,
        idleLifetime: idleLifetime
    )
    private var running: [EngineExchange] = []
    private var dialsUnderWay = 0
    private let sweeper: Sweeper
    private var isShutDown = false

    /// Put in front of targets that name no version. Docker 29 refuses anything below 1.44, and 1.44 is what the
    /// contract falls back to when the engine could not be asked.
    var versionPrefix = "/v1.44"

    /// Added to the loop's clock. Zero, except where a test lets deadlines pass without waiting for them.
    var clockAdvance = TimeAmount.zero
    var now: NIODeadline { self.eventLoop.now + self.clockAdvance }

    /// Opens a connection that reads on demand; the closure puts our handler on it.
    package typealias Connect = (_ prepare: @escaping @Sendable (any Channel) throws -> Void) -> EventLoopFuture<
        any Channel
    >

    /// - Throws: when the TLS files of `address` cannot be read or do not fit together.
    package convenience init(address: EngineAddress, eventLoop: any EventLoop) throws {
        let dialer = try EngineDialer(address: address, eventLoop: eventLoop)
        self.init(eventLoop: eventLoop, host: address.httpHost, connect: dialer.connect)
    }

    init(eventLoop: any EventLoop, host: String, connect: @escaping Connect) {
        self.eventLoop = eventLoop
        self.host = host
        self.connect = connect
        self.sweeper = Sweeper(eventLoop: eventLoop)
    }

    /// An engine behind a socket that `connect` opens.
    package convenience init(eventLoop: any EventLoop, connect: @escaping Connect) {
        self.init(eventLoop: eventLoop, host: EngineAddress.socketHost, connect: connect)
    }

    /// - Parameter timeout: to the complete answer of a plain exchange, to the head of any other; `nil` for none.
    func open(
        _ request: BridgeRequest,
        form: AnswerForm,
        upgrade: String? = nil,
        timeout: TimeAmount?,
        sink: any ResponseSink
    ) -> EngineExchange {
        let exchange = self.hold(request, form: form, upgrade: upgrade, timeout: timeout, sink: sink)
        self.proceed(exchange)
        return exchange
    }

    /// Like `open`, for an exchange that does not reach the engine before `proceed`. Its deadline runs meanwhile.
    func hold(
        _ request: BridgeRequest,
        form: AnswerForm,
        upgrade: String?,
        timeout: TimeAmount?,
        sink: any ResponseSink
    ) -> EngineExchange {
        let exchange = EngineExchange(
            request,
            form: form,
            upgrade: upgrade,
            limit: timeout,
            sink: sink,
            client: self
        )
        exchange.index = self.running.count
        self.running.append(exchange)
        self.sweeper.watch(self)
        return exchange
    }

    /// Takes an exchange that is not over to the engine.
    func proceed(_ exchange: EngineExchange) {
        // A connection that may become raw bytes is a new one: what an idle one loses on its way is not asked again.
        if exchange.upgrade == nil, !exchange.request.mayBecomeRaw, let connection = self.pool.lend() {
            exchange.isOnReusedConnection = true
            self.start(exchange, on: connection)
        } else {
            self.dial(for: exchange)
        }
    }

    func retry(_ exchange: EngineExchange) {
        exchange.isOnReusedConnection = false
        self.dial(for: exchange)
    }

    func giveBack(_ connection: EngineConnection) {
        if self.isShutDown || !self.pool.giveBack(connection, now: self.now) {
            connection.close()
        }
    }

    func connectionClosed(_ connection: EngineConnection) {
        self.pool.closed(connection)
    }

    func ended(_ exchange: EngineExchange) {
        let index = exchange.index
        guard index < self.running.count, self.running[index] === exchange else { return }
        self.running.swapAt(index, self.running.count - 1)
        self.running[index].index = index
        self.running.removeLast()
    }

    /// Closes idle connections and fails what still runs.
    package func shutDown() {
        self.isShutDown = true
        for exchange in self.running {
            exchange.fail(BridgeError(.cancelled, "the agent is shutting down"))
        }
        for connection in self.pool.removeAll() { connection.close() }
    }

    // MARK: Dialling

    private func start(_ exchange: EngineExchange, on connection: EngineConnection) {
        let head = RequestHeadWriter.write(
            exchange.request,
            host: self.host,
            versionPrefix: self.versionPrefix,
            upgrade: exchange.upgrade,
            allocator: self.allocator
        )
        exchange.start(on: connection, head: head)
    }

    private func dial(for exchange: EngineExchange) {
        guard self.dialsUnderWay < Self.maximumDials else {
            let error = BridgeError(.engineUnreachable, "too many connections to the engine are being opened")
            // Not before the caller of `open` has its exchange.
            self.eventLoop.assumeIsolated().execute { withExtendedLifetime(self) { exchange.fail(error) } }
            return
        }
        self.dialsUnderWay += 1
        let client = NIOLoopBound(self, eventLoop: self.eventLoop)
        let future = self.connect { channel in
            try channel.pipeline.syncOperations.addHandler(EngineConnection(client: client.value))
        }
        future.hop(to: self.eventLoop).assumeIsolated().whenComplete { result in
            self.dialsUnderWay -= 1
            self.dialled(result, for: exchange)
        }
    }

    private func dialled(_ result: Result<any Channel, any Error>, for exchange: EngineExchange) {
        switch result {
        case .success(let channel):
            guard let connection = try? channel.pipeline.syncOperations.handler(type: EngineConnection.self) else {
                // Closed again before we came here.
                exchange.fail(Self.unreachable(cause: ChannelError.ioOnClosedChannel))
                return
            }
            if exchange.isOver {
                self.giveBack(connection)
            } else {
                self.start(exchange, on: connection)
            }
        case .failure(let error):
            exchange.fail(Self.unreachable(cause: error))
        }
    }

    /// A sentence a person can act on; the path stays in `cause`, which is for this host's log only.
    package static func unreachable(cause: any Error) -> BridgeError {
        let hint =
            switch (cause as? IOError)?.errnoCode {
            case ENOENT: "its socket does not exist; is Docker running, and is the path right?"
            case ECONNREFUSED:
                "nobody listens on its socket; is Docker running? If it was started anew, and the socket's file alone is mounted "
                    + "into the agent's container, mount the folder of the socket instead and make the container anew"
            case EACCES, EPERM: "permission denied on its socket; the agent must be in the socket's group"
            case EMFILE, ENFILE: "the agent has no file descriptor left; give it more (LimitNOFILE, ulimit -n)"
            default: "is Docker running?"
            }
        return BridgeError(.engineUnreachable, "the Docker engine cannot be reached: \(hint)", cause: cause)
    }
}

extension EngineClient: Sweepable {
    /// Fails exchanges that are late and closes connections that were idle for too long.
    @discardableResult
    package func sweep() -> Bool {
        let now = self.now
        let late = self.running.filter { exchange in
            guard let deadline = exchange.deadline, !exchange.isOpenEnded else { return false }
            return deadline <= now
        }
        for exchange in late { exchange.becameLate() }
        for connection in self.pool.expired(now: now) { connection.close() }
        return !self.running.isEmpty || self.pool.idleCount > 0
    }
}
