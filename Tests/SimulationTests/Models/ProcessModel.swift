import NIOCore

/// A process in a container: writes the output of its plan, reads so much input, ends.
final class ProcessModel {
    private static let hangUp: Int32 = 1
    /// How long it may run when nobody holds it: the agent looks, says SIGHUP and, a second later, SIGKILL.
    private static let grace = TimeAmount.seconds(6)

    let plan: AnswerPlan
    let id: String
    let number: Int32
    private(set) var isAlive = false
    private(set) var hasStarted = false
    /// Input that came, of the controller's pattern.
    private(set) var inputBytes = 0
    private unowned let engine: EngineModel
    private weak var socket: EngineSocket?
    private var script: OutputScript
    private var hasWritten = false

    init(key: Int, plan: AnswerPlan, engine: EngineModel) {
        self.plan = plan
        self.id = "e\(key)"
        self.number = Int32(1000 + key)
        self.engine = engine
        self.script = OutputScript(plan)
    }

    /// Whether somebody is at the other end of its input.
    var isHeld: Bool { self.socket != nil }

    var document: String {
        let code = self.isAlive || !self.hasStarted ? "null" : "\(self.plan.exitCode)"
        return #"{"ID":"\#(self.id)","Running":\#(self.isAlive),"ExitCode":\#(code),"Pid":\#(self.number),"#
            + #""ContainerID":"x"}"#
    }

    /// Starts it, whether somebody still waits for that or not.
    func start(on socket: EngineSocket?) {
        guard !self.hasStarted else { return }
        guard let socket, !socket.far.isOver else {
            self.hasStarted = true
            self.isAlive = true
            return self.lostItsTerminal()
        }
        if case .garbage = self.plan.fate {
            self.hasStarted = true
            return socket.respond(500, #"{"message":"cannot start it"}"#)
        }
        self.hasStarted = true
        self.isAlive = true
        self.socket = socket
        socket.whenInput = { [unowned self] in self.read($0) }
        socket.whenEnded = { [weak self] in self?.lostItsTerminal() }
        socket.head(101, "Connection: Upgrade", "Upgrade: tcp")
        socket.write(.raw, gap: self.plan.gap, { [weak self] in self?.script.next() }) { [weak self] in
            guard let self else { return }
            self.hasWritten = true
            self.endIfDone()
        }
    }

    private func read(_ bytes: ByteBuffer) {
        var bytes = bytes
        // Ctrl-C and Ctrl-D: the agent's last words to a terminal.
        if self.plan.isTTY, bytes.readableBytesView.last == 4 {
            bytes.moveWriterIndex(to: bytes.writerIndex - 1)
            if bytes.readableBytesView.last == 3 { bytes.moveWriterIndex(to: bytes.writerIndex - 1) }
        } else if self.plan.isTTY, bytes.readableBytesView.last == 3 {
            bytes.moveWriterIndex(to: bytes.writerIndex - 1)
        }
        let isRight = bytes.withUnsafeReadableBytes {
            ControllerSession.input(of: self.plan).matches($0, from: self.inputBytes)
        }
        if !isRight {
            self.engine.problem("process \(self.id) read other input at \(self.inputBytes) than was typed")
        }
        self.inputBytes += bytes.readableBytes
        self.endIfDone()
    }

    private func endIfDone() {
        guard self.isAlive, self.hasWritten, self.inputBytes >= self.plan.input else { return }
        if case .silent = self.plan.fate { return }
        self.die()
    }

    private func lostItsTerminal() {
        self.socket = nil
        // Who reads its input and has no terminal ends when that does.
        if !self.plan.isTTY, self.plan.heedsHangUp { return self.die() }
        self.engine.loop.after(Self.grace) { [weak self] in
            guard let self, self.isAlive, self.engine.disturbedUntil < self.engine.loop.now else { return }
            self.engine.problem("nobody ended the process \(self.id), whose session is over")
        }
    }

    /// The engine, or the agent, is gone: it ends, or never starts.
    func end() {
        self.die()
        self.hasStarted = true
    }

    func signal(_ number: Int32) {
        if number != Self.hangUp || self.plan.heedsHangUp { self.die() }
    }

    func die() {
        guard self.isAlive else { return }
        self.isAlive = false
        let socket = self.socket
        self.socket = nil
        socket?.finish()
    }
}
