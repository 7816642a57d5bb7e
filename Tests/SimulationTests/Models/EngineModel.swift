import NIOCore
import Support

@testable import DockerBridge

/// An engine that answers every request as its plan says, and that restarts, hangs and refuses when the weather says.
///
/// Concurrency: see `SimulatedLoop`.
final class EngineModel: @unchecked Sendable {
    let loop: SimulatedLoop
    /// Plans belong to a world.
    let world: UInt64
    var problem: (String) -> Void = { _ in }
    /// Until when something that went wrong here may show in an answer.
    private(set) var disturbedUntil = NIODeadline.uptimeNanoseconds(0)
    private(set) var processes: [String: ProcessModel] = [:]
    private var random: SplitMix
    private var sockets: [EngineSocket] = []
    private var downUntil: NIODeadline
    private var frozenUntil: NIODeadline
    private let crumbsPerCent: Int

    /// - Parameter crumbsPerCent: how many of the pieces that arrive have a few bytes only.
    init(loop: SimulatedLoop, world: UInt64, crumbsPerCent: Int, random: inout SplitMix) {
        self.loop = loop
        self.world = world
        self.crumbsPerCent = crumbsPerCent
        self.random = SplitMix(seed: random.next())
        self.downUntil = loop.now
        self.frozenUntil = loop.now
    }

    func plan(_ key: Int) -> AnswerPlan { AnswerPlan(key: key, world: self.world) }

    // MARK: Weather

    private func disturbed(until time: NIODeadline) {
        self.disturbedUntil = max(self.disturbedUntil, time)
    }

    /// Everything that is connected is cut off, processes end, and nobody listens for a while.
    func restart(for time: TimeAmount) {
        self.downUntil = self.loop.now + time
        self.disturbed(until: self.downUntil + .seconds(40))
        for process in self.processes.values { process.end() }
        for socket in self.sockets { socket.far.reset() }
        self.sockets.removeAll()
    }

    /// It takes connections and answers nothing for a while.
    func freeze(for time: TimeAmount) {
        self.frozenUntil = max(self.frozenUntil, self.loop.now + time)
        self.disturbed(until: self.frozenUntil + .seconds(40))
        for socket in self.sockets { socket.far.isFrozen = true }
        let end = self.frozenUntil
        self.loop.at(end) {
            guard self.frozenUntil == end else { return }
            for socket in self.sockets { socket.far.isFrozen = false }
        }
    }

    /// Runs `body` now, or when it is not frozen any more.
    func whenAwake(_ body: @escaping () -> Void) {
        if self.loop.now >= self.frozenUntil { body() } else { self.loop.at(self.frozenUntil) { self.whenAwake(body) } }
    }

    /// The agent's process was ended from outside: what it leaves behind here nobody cleans up.
    func agentIsGone() {
        for process in self.processes.values { process.end() }
    }

    // MARK: Connections

    /// Requests that are being answered.
    var busySockets: Int { self.sockets.count { $0.isBusy && !$0.far.isOver } }

    var openSockets: Int { self.sockets.count { !$0.far.isOver } }

    func connect(_ prepare: @Sendable (any Channel) throws -> Void) -> EventLoopFuture<any Channel> {
        let promise = self.loop.makePromise(of: (any Channel).self)
        if self.loop.now < self.downUntil {
            self.loop.after(.microseconds(20)) { promise.fail(IOError(errnoCode: 111, reason: "connect")) }
            return promise.futureResult
        }
        var weather = PipeWeather(latency: .microseconds(15), window: 208 * 1024)
        weather.crumbsPerCent = self.crumbsPerCent
        let link = Link(loop: self.loop, weather: weather, random: &self.random)
        let channel = SimulatedChannel(link, loop: self.loop, autoRead: false)
        let far = FarEnd(link, loop: self.loop)
        far.isFrozen = self.loop.now < self.frozenUntil
        // Of what the engine ended itself it hears no more.
        self.sockets.removeAll { $0.far.isOver }
        self.sockets.append(EngineSocket(far, engine: self))
        do {
            try prepare(channel)
        } catch {
            promise.fail(error)
            return promise.futureResult
        }
        self.loop.after(.microseconds(20)) {
            channel.activate()
            promise.succeed(channel)
        }
        return promise.futureResult
    }

    func closed(_ socket: EngineSocket) {
        self.sockets.removeAll { $0 === socket }
    }

    // MARK: Requests

    func serve(_ request: EngineRequest, on socket: EngineSocket) {
        let parts = request.path.split(separator: "/").map(String.init)
        switch (request.method, parts.count, parts.first, parts.last) {
        case (_, 3, "exec", let verb?): self.serveExec(verb, parts[1], request, socket)
        case ("POST", 3, "containers", "exec"): self.createExec(parts[1], socket)
        case ("GET", 3, "containers", "json"): self.inspect(parts[1], socket)
        case ("GET", 3, "containers", "logs"): self.logs(parts[1], socket)
        case ("DELETE", 2, "containers", _): self.delete(parts[1], socket)
        case (_, _, "x", _), (_, 1, "info", _), ("POST", 2, "containers", "create"): self.plain(request, socket)
        default: self.problem("the engine was asked for \(request.method) \(request.path), which nobody sent")
        }
    }

    private func key(_ text: String) -> Int {
        guard let key = Int(text.drop { !$0.isNumber }) else {
            self.problem("the engine was asked about '\(text)'")
            return 0
        }
        return key
    }

    private func after(_ delay: TimeAmount, _ socket: EngineSocket, _ body: @escaping () -> Void) {
        self.loop.after(delay) { [weak self, weak socket] in
            self?.whenAwake { if let socket, !socket.far.isOver { body() } }
        }
    }

    private func plain(_ request: EngineRequest, _ socket: EngineSocket) {
        let key = self.key(request.query)
        let plan = self.plan(key)
        if request.method == "POST" { self.check(request.body, of: key) }
        self.after(plan.delay, socket) { self.answer(plan, plan.plainBody(), socket) }
    }

    /// The body of a request is the object that the controller's model made of its key.
    private func check(_ body: ByteBuffer, of key: Int) {
        let expected = ControllerSession.body(of: self.plan(key))
        if body != expected { self.problem("the body of request \(key) reached the engine changed") }
    }

    private func answer(_ plan: AnswerPlan, _ body: ByteBuffer, _ socket: EngineSocket) {
        var end: Int
        switch plan.fate {
        case .complete: end = body.readableBytes
        case .cut(let after), .silent(let after): end = min(after, body.readableBytes)
        case .hungUp: return socket.finish()
        case .mute: return
        case .garbage: return socket.far.write(ByteBuffer(string: "SSH-2.0-nobody\r\n\r\n"))
        }
        let framing = plan.hasBody ? plan.framing : .length
        switch framing {
        case .length: socket.head(plan.status, "Content-Type: text/x", "Content-Length: \(body.readableBytes)")
        case .chunked: socket.head(plan.status, "Transfer-Encoding: chunked")
        case .untilClose: socket.head(plan.status, "Connection: close")
        }
        var offset = 0
        let next: () -> ByteBuffer? = {
            let count = min(plan.pieceBytes, end - offset)
            guard count > 0 else { return nil }
            defer { offset += count }
            return body.getSlice(at: body.readerIndex + offset, length: count)
        }
        let isChunked = framing == .chunked
        // Nobody can tell a silence behind the last of the bytes that were announced from an answer that is complete.
        let isWhole = framing == .length && end == body.readableBytes
        socket.write(isChunked ? .chunked : .raw, gap: plan.gap, next) {
            if isWhole { socket.done() } else { self.finish(plan, isChunked, socket) }
        }
    }

    private func finish(_ plan: AnswerPlan, _ isChunked: Bool, _ socket: EngineSocket) {
        // Where there is no body, none can be cut.
        guard plan.hasBody else { return socket.done() }
        switch plan.fate {
        case .complete:
            if isChunked { socket.far.write(ByteBuffer(string: "0\r\n\r\n")) }
            if plan.framing == .untilClose { socket.finish() } else { socket.done() }
        case .cut: socket.finish()
        case .silent, .hungUp, .mute, .garbage: break
        }
    }

    /// `s7` is a log that the controller reads as the engine sends it, `l7` one that the agent takes apart.
    private func logs(_ container: String, _ socket: EngineSocket) {
        let plan = self.plan(self.key(container))
        let isRaw = container.hasPrefix("s")
        self.after(plan.delay, socket) {
            switch plan.fate {
            case .hungUp: return socket.finish()
            case .mute: return
            case .garbage: return socket.respond(404, #"{"message":"no such container"}"#)
            case .complete, .cut, .silent: break
            }
            socket.head(200, "Transfer-Encoding: chunked")
            var script = OutputScript(plan)
            var offset = 0
            let next: () -> ByteBuffer? = {
                guard isRaw else { return script.next() }
                let count = min(plan.pieceBytes, plan.streamedBytes - offset)
                guard count > 0 else { return nil }
                defer { offset += count }
                return plan.pattern.bytes(offset, count)
            }
            socket.write(.chunked, gap: plan.gap, next) {
                switch plan.fate {
                case .complete:
                    socket.far.write(ByteBuffer(string: "0\r\n\r\n"))
                    socket.done()
                case .cut: socket.finish()
                case .silent, .hungUp, .mute, .garbage: break
                }
            }
        }
    }

    private func inspect(_ container: String, _ socket: EngineSocket) {
        let plan = self.plan(self.key(container))
        self.after(.milliseconds(1), socket) { socket.respond(200, #"{"Config":{"Tty":\#(plan.isTTY)}}"#) }
    }

    private func delete(_ container: String, _ socket: EngineSocket) {
        let plan = self.plan(self.key(container))
        self.after(plan.delay, socket) {
            if plan.isComplete { socket.respond(204) } else { socket.respond(409, #"{"message":"it is in use"}"#) }
        }
    }

    // MARK: Processes

    private func createExec(_ container: String, _ socket: EngineSocket) {
        let key = self.key(container)
        let plan = self.plan(key)
        self.after(plan.delay, socket) {
            switch plan.fate {
            case .mute: return
            case .hungUp: return socket.respond(404, #"{"message":"no such container"}"#)
            case .complete, .cut, .silent, .garbage: break
            }
            let process = ProcessModel(key: key, plan: plan, engine: self)
            self.processes[process.id] = process
            socket.respond(201, #"{"Id":"\#(process.id)"}"#)
        }
    }

    private func serveExec(_ verb: String, _ id: String, _ request: EngineRequest, _ socket: EngineSocket) {
        guard let process = self.processes[id] else {
            self.problem("the engine was asked about the process '\(id)', which it never made")
            return
        }
        switch verb {
        case "start":
            self.loop.after(process.plan.delay) { [weak self, weak socket] in
                self?.whenAwake { process.start(on: socket) }
            }
        case "json": self.after(.milliseconds(1), socket) { socket.respond(200, process.document) }
        case "resize": self.after(.milliseconds(2), socket) { socket.respond(process.isAlive ? 200 : 409) }
        default: self.problem("the engine was asked to '\(verb)' a process")
        }
    }

    /// The process table that the agent sees.
    var hostProcesses: HostProcesses {
        HostProcesses(
            isVisible: { id, _ in self.processes.values.contains { $0.number == id && $0.isAlive } },
            signal: { id, signal in
                self.processes.values.first { $0.number == id }?.signal(signal)
                return true
            }
        )
    }

    /// Processes that run although no session holds them.
    var orphans: [String] { self.processes.values.filter { $0.isAlive && !$0.isHeld }.map(\.id).sorted() }
    var runningProcesses: Int { self.processes.values.count { $0.isAlive } }
}
