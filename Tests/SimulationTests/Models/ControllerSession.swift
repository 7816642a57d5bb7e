import NIOCore
import Support

@testable import EdgeTunnel

/// How a controller treats the agents that come to it.
struct ControllerHabits {
    /// Mean time between two things it asks for; `nil` asks for nothing.
    var askEvery: TimeAmount?
    /// Between two pings of its own.
    var pingEvery = TimeAmount.seconds(30)
    /// An old one does not answer pings.
    var answersPings = true
    /// How long it keeps an agent that it hears nothing from.
    var patience = TimeAmount.seconds(90)
    var fragmentedPerCent = 0
    /// Of a thousand things, how many are nonsense.
    var nonsensePerMille = 0
    /// Of a thousand things, how many break the protocol, so that the agent has to hang up.
    var violationsPerMille = 0
}

/// One agent at the controller, from its hello on: asks for things, keeps the reference, checks what comes.
final class ControllerSession {
    let far: FarEnd
    let ledger: Ledger
    /// What it does with a hello.
    var greet: (ControllerSession, AgentMessage) -> Void = { _, _ in }
    var whenOver: () -> Void = {}
    /// The last byte of the welcome, counted from the beginning of the connection.
    private(set) var welcomeEnd: Int?
    /// It broke the protocol, or said goodbye: nothing is owed any more.
    private(set) var isForfeit = false
    private(set) var isOver = false
    let loop: SimulatedLoop
    let problem: (String) -> Void
    let plan: (Int) -> AnswerPlan
    private let habits: ControllerHabits
    private let nextKey: () -> Int
    private var random: SplitMix
    private var frames: ServerFrames
    private var received = ByteBuffer()
    /// Frames that came.
    private(set) var frameCount = 0
    private var lastHeard: NIODeadline
    private var isGreeted = false
    private var hasSaidClose = false
    private var pingNumber = 0
    private var unanswered: CircularBuffer<Int> = []
    private var unansweredFrames: CircularBuffer<ByteBuffer> = []
    private var barriers: [Int: [Debt]] = [:]
    /// Nothing new is asked for; what is under way may end.
    var isWindingDown = false

    init(
        _ far: FarEnd,
        loop: SimulatedLoop,
        habits: ControllerHabits,
        ledger: Ledger,
        random: inout SplitMix,
        plan: @escaping (Int) -> AnswerPlan,
        nextKey: @escaping () -> Int,
        problem: @escaping (String) -> Void
    ) {
        self.far = far
        self.loop = loop
        self.habits = habits
        self.ledger = ledger
        self.random = SplitMix(seed: random.next())
        self.frames = ServerFrames(random: SplitMix(seed: random.next()), fragmentedPerCent: habits.fragmentedPerCent)
        self.plan = plan
        self.nextKey = nextKey
        self.problem = problem
        self.lastHeard = loop.now
        far.received = { [unowned self] in self.receive($0) }
        far.ended = { [unowned self] in self.over() }
    }

    /// The body of a request with this plan.
    static func body(of plan: AnswerPlan) -> ByteBuffer {
        var body = ByteBuffer(string: #"{"b":""#)
        body.writeImmutableBuffer(plan.errorPattern.bytes(7, plan.size / 2))
        body.writeString(#""}"#)
        return body
    }

    /// What is typed to a process with this plan.
    static func input(of plan: AnswerPlan) -> Pattern { plan.errorPattern }

    // MARK: Saying

    func say(_ text: String) {
        self.far.write(self.frames.message(text))
    }

    func welcome(_ version: String) {
        guard !self.far.isOver else { return }
        self.say(
            #"{"type":"welcome","data":{"pollInterval":300,"config":{"drydockVersion":"\#(version)","#
                + #""serverCompatLevel":"1.4.0"}}}"#
        )
        self.welcomeEnd = self.far.writtenBytes
        self.pulse()
        self.askAgain()
    }

    func reject(_ code: String) {
        self.isForfeit = true
        self.say(#"{"type":"error","data":{"message":"no","code":"\#(code)"}}"#)
    }

    /// Says goodbye and closes when the agent has answered.
    func close(_ code: UInt16, _ reason: String) {
        guard !self.hasSaidClose else { return }
        self.hasSaidClose = true
        self.isForfeit = true
        var payload = ByteBuffer(integer: code)
        payload.writeString(reason)
        self.far.write(ServerFrames.frame(0x88, payload))
        self.loop.after(.seconds(5)) { [weak self] in self?.drop() }
    }

    /// Ends the connection.
    func drop() {
        guard !self.isOver else { return }
        self.far.reset()
        self.over()
    }

    /// The process is gone, with all it knew.
    func forget() {
        self.isForfeit = true
        self.isOver = true
    }

    private func over() {
        guard !self.isOver else { return }
        self.isOver = true
        self.whenOver()
    }

    // MARK: Hearing

    private func receive(_ bytes: ByteBuffer) {
        guard !self.isOver else { return }
        self.lastHeard = self.loop.now
        self.received.writeImmutableBuffer(bytes)
        do {
            while !self.isOver, let frame = try AgentFrame.take(from: &self.received) { self.take(frame) }
        } catch {
            self.problem("the agent broke the protocol: \(error)")
            self.drop()
        }
        if self.received.readableBytes == 0 { self.received.clear() }
    }

    private func take(_ frame: AgentFrame) {
        self.frameCount += 1
        switch frame.opcode {
        case .text: self.take(frame.payload)
        case .pong: self.tookPong(frame.payload)
        case .close:
            self.isForfeit = true
            self.hasSaidClose = true
            self.far.finish()
            self.over()
        case .binary, .ping, .continuation: self.problem("a frame with the opcode \(frame.opcode) came")
        }
    }

    private func take(_ payload: ByteBuffer) {
        guard let message = AgentMessage(payload) else {
            let text = String(buffer: payload)
            return self.problem("a message that is none: \(text.prefix(200))…\(text.suffix(200))")
        }
        if !self.isGreeted {
            self.isGreeted = true
            guard message.type == "hello" else { return self.problem("'\(message.type)' came before the hello") }
            return self.greet(self, message)
        }
        switch message.type {
        case "hello": self.problem("a second hello came")
        case "ping":
            if self.habits.answersPings { self.say(#"{"type":"pong","data":{"timestamp":1}}"#) }
        case "pong": self.tookPong(message.integer("timestamp"))
        default:
            guard self.welcomeEnd != nil else {
                // A rejected agent may not have read it yet, but it has nothing to say either.
                return self.problem("'\(message.type)' came before the welcome")
            }
            self.ledger.take(message)
            if message.type == "exec_ready", let debt = message.text("execId").flatMap({ self.ledger.debts[$0] }) {
                self.typeOn(debt)
            }
        }
    }

    private func tookPong(_ payload: ByteBuffer) {
        guard let expected = self.unansweredFrames.popFirst() else { return self.problem("a pong without a ping") }
        if payload != expected { self.problem("a pong does not carry what its ping did") }
    }

    private func tookPong(_ number: Int?) {
        guard let expected = self.unanswered.popFirst() else { return self.problem("a pong message without a ping") }
        guard number == expected else { return self.problem("a pong answers another ping than the one that is due") }
        for debt in self.barriers.removeValue(forKey: expected) ?? [] { debt.isBarred = true }
    }

    // MARK: Time

    private func pulse() {
        guard !self.isOver else { return }
        if self.loop.now - self.lastHeard > self.habits.patience {
            // What a controller does that has given up: it says so, and goes.
            self.isForfeit = true
            return self.hasSaidClose ? self.drop() : self.close(1001, "ping timeout")
        }
        self.ping()
        self.ledger.forgetSettled()
        self.loop.after(self.habits.pingEvery) { [weak self] in self?.pulse() }
    }

    @discardableResult
    private func ping() -> Int {
        self.pingNumber += 1
        self.unanswered.append(self.pingNumber)
        self.say(#"{"type":"ping","data":{"timestamp":\#(self.pingNumber)}}"#)
        return self.pingNumber
    }

    /// Whatever the agent says of these after the answer to this ping, it says against better knowledge.
    func bar(_ debts: [Debt]) {
        for debt in debts { debt.isCancelled = true }
        let number = self.ping()
        self.barriers[number] = debts
    }

    // MARK: Asking

    private func askAgain() {
        guard let mean = self.habits.askEvery, !self.isOver else { return }
        let spread = Double(self.random.next() >> 11) / 0x1p53
        let wait = TimeAmount.nanoseconds(Int64(Double(mean.nanoseconds) * 2 * spread))
        self.loop.after(wait) { [weak self] in
            guard let self, !self.isOver, !self.isForfeit, !self.isWindingDown else { return }
            // One that does not read what it asked for asks for nothing more, as far as we are concerned.
            if !self.far.isFrozen { self.ask() }
            self.askAgain()
        }
    }

    private func ask() {
        let dice = self.pick(0...999)
        if dice < self.habits.violationsPerMille { return self.violate() }
        if dice < self.habits.violationsPerMille + self.habits.nonsensePerMille { return self.talkNonsense() }
        switch self.pick(0...99) {
        case 0..<30: self.request(.plain)
        case 30..<40: self.request(.stream)
        case 40..<52: self.startExec()
        case 52..<58: self.log(live: true)
        case 58..<63: self.log(live: false)
        case 63..<66: self.delete()
        case 66..<78: self.cancelSomething()
        case 78..<82: self.resizeSomething()
        case 82..<84: self.ping()
        case 84..<87: self.pingFrame()
        case 87..<89: self.askTwice()
        case 89 where self.pick(0...1) == 0: for _ in 0..<self.pick(10...110) { self.request(.plain) }
        case 89: self.askForMuch()
        default: self.request(.plain)
        }
    }

    private func pick(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(self.random.next() % UInt64(range.count))
    }

    /// More at once than a small budget has room for.
    private func askForMuch() {
        var count = 0
        while count < 16 {
            let key = self.nextKey()
            guard self.plan(key).plainBytes > 150_000 else { continue }
            count += 1
            self.send(self.owe(.plain, "r", key))
        }
    }

    private func owe(_ kind: Debt.Kind, _ prefix: String, _ key: Int? = nil) -> Debt {
        let key = key ?? self.nextKey()
        // Some ids need escapes.
        let id = key % 17 == 0 ? "\(prefix)-\(key) \u{e9}\"\\" : "\(prefix)\(key)"
        let debt = Debt(kind, id: id, key: key, plan: self.plan(key), since: self.loop.now)
        self.ledger.owe(debt)
        return debt
    }

    private static func quoted(_ id: String) -> String {
        id.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    }

    private func request(_ kind: Debt.Kind) {
        self.send(self.owe(kind, "r"))
    }

    private func send(_ debt: Debt) {
        let id = Self.quoted(debt.id)
        let start = #"{"type":"request","data":{"requestId":"\#(id)","#
        if debt.kind == .stream {
            self.say(start + #""method":"GET","path":"/containers/s\#(debt.key)/logs?follow=1&stdout=1"}}"#)
        } else if debt.hasBody {
            let body = String(buffer: Self.body(of: debt.plan))
            self.say(start + #""method":"POST","path":"/containers/create?k=\#(debt.key)","body":\#(body)}}"#)
        } else {
            self.say(start + #""method":"GET","path":"/info?k=\#(debt.key)"}}"#)
        }
    }

    private func startExec() {
        let debt = self.owe(.exec, "x")
        let size = debt.key % 3 == 0 ? "" : #","cols":80,"rows":24"#
        self.say(
            #"{"type":"exec_start","data":{"execId":"\#(Self.quoted(debt.id))","containerId":"x\#(debt.key)","#
                + #""cmd":["sh"],"tty":\#(debt.plan.isTTY)\#(size)}}"#
        )
        // Whoever pastes does not wait for a prompt.
        if debt.key % 4 == 0 { for _ in 0..<3 { self.type(debt, debt.plan.input / 4) } }
    }

    /// Types a part of what the process reads, and the rest a little later.
    private func typeOn(_ debt: Debt) {
        guard !debt.isSettled, debt.typedBytes < debt.plan.input, !self.isOver, !self.isForfeit else { return }
        let rest = debt.plan.input - debt.typedBytes
        self.type(debt, self.pick(0...1) == 0 ? rest : self.pick(1...rest))
        self.loop.after(.milliseconds(Int64(self.pick(1...3000)))) { [weak self] in self?.typeOn(debt) }
    }

    private func type(_ debt: Debt, _ count: Int) {
        guard count > 0 else { return }
        let bytes = Self.input(of: debt.plan).bytes(debt.typedBytes, count)
        debt.typedBytes += count
        let text = Self.base64(bytes)
        self.say(#"{"type":"exec_input","data":{"execId":"\#(Self.quoted(debt.id))","data":"\#(text)"}}"#)
    }

    private func log(live: Bool) {
        let debt = self.owe(live ? .liveLog : .wholeLog, "l")
        // A log that is followed and wanted in one piece is a window of a few seconds.
        let follow = live || debt.isFollowed
        self.say(
            #"{"type":"dd:container_log_request","data":{"requestId":"\#(Self.quoted(debt.id))","#
                + #""containerId":"l\#(debt.key)","stream":\#(live),"follow":\#(follow),"tail":100000}}"#
        )
    }

    private func delete() {
        let debt = self.owe(.delete, "d")
        self.say(
            #"{"type":"dd:container_delete_request","data":{"requestId":"\#(Self.quoted(debt.id))","#
                + #""containerId":"d\#(debt.key)"}}"#
        )
    }

    private func cancelSomething() {
        let open = self.ledger.open.filter { $0.owed == 1 && ($0.kind != .delete && $0.kind != .wholeLog) }
        guard !open.isEmpty else { return }
        self.cancel(open[self.pick(0...(open.count - 1))])
    }

    func cancel(_ debt: Debt) {
        let id = Self.quoted(debt.id)
        switch debt.kind {
        case .plain, .stream:
            if debt.key % 3 == 0 {
                self.say(#"{"type":"error","data":{"message":"gone","requestId":"\#(id)"}}"#)
            } else {
                self.say(#"{"type":"stream_end","data":{"requestId":"\#(id)"}}"#)
            }
            self.bar([debt])
        case .exec:
            self.say(#"{"type":"exec_end","data":{"execId":"\#(id)"}}"#)
            self.bar([debt])
        case .liveLog:
            // This one is answered with a last word.
            self.say(
                #"{"type":"dd:container_log_cancel","data":{"requestId":"\#(id)","containerId":"l\#(debt.key)"}}"#
            )
        case .wholeLog, .delete: break
        }
    }

    private func resizeSomething() {
        let open = self.ledger.open.filter { $0.kind == .exec }
        guard !open.isEmpty else { return }
        let debt = open[self.pick(0...(open.count - 1))]
        self.say(
            #"{"type":"exec_resize","data":{"execId":"\#(Self.quoted(debt.id))","cols":\#(self.pick(1...400)),"rows":50}}"#
        )
    }

    private func pingFrame() {
        let payload = ByteBuffer(string: String(repeating: "p", count: self.pick(0...125)))
        self.unansweredFrames.append(payload)
        self.far.write(ServerFrames.frame(0x89, payload))
    }

    /// An id that is in use: the second request is refused, or served when the first is over by then. Two streams of one
    /// id could not be told apart here.
    private func askTwice() {
        let open = self.ledger.open.filter { $0.owed == 1 && $0.kind == .plain }
        guard !open.isEmpty else { return }
        let debt = open[self.pick(0...(open.count - 1))]
        debt.owed = 2
        self.send(debt)
    }

    // MARK: Hostile

    private func talkNonsense() {
        let key = self.nextKey()
        let texts = [
            "", "nonsense", "[]", "{}", #"{"type":"ping"}"#, #"{"type":7,"data":{}}"#,
            #"{"type":"dd:later","data":{}}"#,
            #"{"type":"request","data":{}}"#, #"{"type":"request","data":{"requestId":7,"method":"GET","path":"/x"}}"#,
            #"{"type":"stream_end","data":{"requestId":"nobody\#(key)"}}"#, #"{"type":"exec_end","data":{}}"#,
            #"{"type":"exec_input","data":{"execId":"nobody","data":"aGk="}}"#,
            #"{"type":"exec_input","data":{"execId":"nobody","data":"%%%"}}"#,
            #"{"type":"exec_resize","data":{"execId":"nobody","cols":0,"rows":-1}}"#,
            #"{"type":"error","data":{"message":"of nobody's","requestId":"nobody\#(key)"}}"#,
            #"{"type":"error","data":{"message":"in general","code":"internal-error"}}"#,
            #"{"type":"welcome","data":{"config":{}}}"#,
            #"{"type":"dd:container_log_cancel","data":{"requestId":"nobody","containerId":""}}"#,
            #"{"type":"request","data":{"requestId":"nobody","method":\#(String(repeating: "[", count: 3000))}}"#,
            String(repeating: "[", count: self.pick(1...20_000)),
            "{\"type\":\"ping\",\"data\":{\"timestamp\":\"\u{0}\"}}",
        ]
        self.say(texts[self.pick(0...(texts.count - 1))])
    }

    private func violate() {
        self.isForfeit = true
        let broken: [[UInt8]] = [
            [0xf1, 0x00], [0x81, 0x80, 1, 2, 3, 4], [0x83, 0x00], [0x09, 0x00], [0x89, 0x7e, 0x00, 0x80], [0x80, 0x00],
            [0x88, 0x01, 0x03], [0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0x01, 0x00, 0x81, 0x00],
        ]
        self.far.write(ByteBuffer(bytes: broken[self.pick(0...(broken.count - 1))]))
        // It never answers a close frame, so that the agent has to end the connection by itself.
        self.hasSaidClose = true
    }

    private static func base64(_ bytes: ByteBuffer) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        let source = Array(bytes.readableBytesView)
        var text: [UInt8] = []
        text.reserveCapacity((source.count + 2) / 3 * 4)
        var index = 0
        while index < source.count {
            let left = source.count - index
            let group =
                UInt32(source[index]) << 16 | (left > 1 ? UInt32(source[index + 1]) << 8 : 0)
                | (left > 2 ? UInt32(source[index + 2]) : 0)
            text.append(alphabet[Int(group >> 18)])
            text.append(alphabet[Int(group >> 12 & 63)])
            text.append(left > 1 ? alphabet[Int(group >> 6 & 63)] : UInt8(ascii: "="))
            text.append(left > 2 ? alphabet[Int(group & 63)] : UInt8(ascii: "="))
            index += 3
        }
        return String(decoding: text, as: UTF8.self)
    }
}
