import NIOCore
import NIOHTTP1

/// One exec session: created and inspected here, run through `exec_*` frames.
///
///     created ──start──▶ starting ──exec_ready──▶ running ──exec_end or hang-up──▶ ended
///                            └──exec_end: refused, or hang-up──────────────────────▲
final class Exec {
    /// What `docker` shows if nobody could tell how the command ended.
    static let unknownExitCode = 255

    private enum State {
        case created
        case starting(DockerConnection, isDetached: Bool)
        /// Without a relay the exec is detached and its output goes nowhere.
        case running(ExecRelay?)
        case ended(exitCode: Int)
    }

    let id = Identifier.execID()
    let wireID = Identifier.wireID()
    let settings: ExecSettings
    private let container: String
    private unowned let agent: Agent
    private var state = State.created
    private var columns = 80
    private var rows = 24

    init(_ settings: ExecSettings, container: String, agent: Agent) {
        (self.settings, self.container, self.agent) = (settings, container, agent)
        if let size = settings.consoleSize, size.count == 2 { self.resize(columns: size[1], rows: size[0]) }
    }

    var isLive: Bool {
        switch self.state {
        case .starting, .running: true
        case .created, .ended: false
        }
    }

    var hasEnded: Bool {
        if case .ended = self.state { true } else { false }
    }

    /// - Returns: false if it was started before.
    func start(for client: DockerConnection, isDetached: Bool) -> Bool {
        guard case .created = self.state else { return false }
        self.state = .starting(client, isDetached: isDetached)
        var frame = FrameText("exec_start")
        frame.add("execId", self.wireID)
        frame.add("containerId", self.container)
        frame.add("cmd", self.settings.command)
        if let user = self.settings.user, !user.isEmpty { frame.add("user", user) }
        frame.add("cols", self.columns)
        frame.add("rows", self.rows)
        frame.add("tty", self.settings.hasTerminal)
        self.agent.send(frame)
        return true
    }

    func resize(columns: Int, rows: Int) {
        // Zero is what a client sends that has no terminal.
        guard columns > 0, rows > 0 else { return }
        (self.columns, self.rows) = (columns, rows)
        guard self.isLive else { return }
        var frame = FrameText("exec_resize")
        frame.add("execId", self.wireID)
        frame.add("cols", columns)
        frame.add("rows", rows)
        self.agent.send(frame)
    }

    func receive(_ type: String, _ data: JSONMembers) {
        switch (type, self.state) {
        case ("exec_ready", .starting(let client, let isDetached)): self.becomeReady(client, isDetached: isDetached)
        case ("exec_output", .running(let relay?)):
            if let bytes = data.base64("data") { relay.write(bytes, isStderr: data.string("stream") == "stderr") }
        case ("exec_end", .starting), ("exec_end", .running): self.receiveEnd(data)
        default: break
        }
    }

    /// The tunnel is gone or has no more to say.
    func fail(_ message: String, exitCode: Int = Exec.unknownExitCode) {
        switch exchange(&self.state, with: .ended(exitCode: exitCode)) {
        case .starting(let client, _): client.fail(message)
        case .running(let relay): relay?.finish()
        case .created, .ended: break
        }
    }

    /// The client left: asks the agent to end the command.
    func hangUp() {
        guard self.isLive else { return }
        self.state = .ended(exitCode: Self.unknownExitCode)
        self.sendEnd()
    }

    func sendInput(_ bytes: ByteBuffer) {
        guard self.isLive else { return }
        var frame = FrameText("exec_input")
        frame.add("execId", self.wireID)
        frame.add("data", base64: bytes)
        self.agent.send(frame)
    }

    /// Stops or resumes reading what the client types.
    func setReading(_ isReading: Bool) {
        if case .running(let relay) = self.state { relay?.setReading(isReading) }
    }

    /// The answer to an inspect, with what this end knows.
    var json: ByteBuffer {
        var exitCode = "null"
        if case .ended(let code) = self.state { exitCode = "\(code)" }
        let words = self.settings.command.map(FrameText.quoted)
        return ByteBuffer(
            string: """
                {"ID":"\(self.id)","Running":\(self.isLive),"ExitCode":\(exitCode),"ContainerID":\
                \(FrameText.quoted(self.container)),"OpenStdin":\(self.settings.attachStdin ?? false),"OpenStdout":\
                \(self.settings.attachStdout ?? false),"OpenStderr":\(self.settings.attachStderr ?? false),"CanRemove":\
                \(self.hasEnded),"Pid":0,"ProcessConfig":{"tty":\(self.settings.hasTerminal),"entrypoint":\(words[0]),\
                "arguments":[\(words.dropFirst().joined(separator: ","))],"privileged":false,"user":\
                \(FrameText.quoted(self.settings.user ?? ""))}}

                """
        )
    }

    private func becomeReady(_ client: DockerConnection, isDetached: Bool) {
        guard !isDetached else {
            self.state = .running(nil)
            client.respond(.ok)
            return
        }
        let relay = ExecRelay(exec: self)
        self.state = .running(relay)
        let kind = self.settings.hasTerminal ? "raw" : "multiplexed"
        let headers: HTTPHeaders = [
            "content-type": "application/vnd.docker.\(kind)-stream", "connection": "Upgrade", "upgrade": "tcp",
        ]
        client.hijack(headers, by: relay)
        relay.setReading(self.agent.isWritable)
    }

    private func receiveEnd(_ data: JSONMembers) {
        let reason = data.string("reason") ?? "exited"
        let fallback = reason == "exited" ? 0 : Self.unknownExitCode
        self.fail(reason, exitCode: data.decoded("exitCode", as: Int.self) ?? fallback)
        // Released controllers answer an end with an end, so agents must bear it; this one keeps them honest.
        self.sendEnd()
    }

    private func sendEnd() {
        var frame = FrameText("exec_end")
        frame.add("execId", self.wireID)
        self.agent.send(frame)
    }
}

/// The execs of one agent. Ended ones stay for a while, so that a client can ask for the exit code.
struct ExecTable {
    static let maxEnded = 256

    private var byID: [String: Exec] = [:]
    private var idByWireID: [String: String] = [:]
    private var order: [String] = []

    subscript(id: String) -> Exec? { self.byID[id] }

    subscript(wireID wireID: String) -> Exec? { self.idByWireID[wireID].flatMap { self.byID[$0] } }

    var live: [Exec] { self.byID.values.filter(\.isLive) }

    mutating func insert(_ exec: Exec) {
        self.byID[exec.id] = exec
        self.idByWireID[exec.wireID] = exec.id
        self.order.append(exec.id)
        while self.order.count > Self.maxEnded, let index = self.order.firstIndex(where: { !(self.byID[$0]!.isLive) }) {
            let forgotten = self.byID.removeValue(forKey: self.order.remove(at: index))!
            self.idByWireID[forgotten.wireID] = nil
        }
    }
}
