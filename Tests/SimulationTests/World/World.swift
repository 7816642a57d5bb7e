import DockerBridge
import Drydock
import NIOCore
import Support

@testable import EdgeTunnel

/// An agent, its engine and its controllers on one clock, from one seed.
final class World {
    let seed: UInt64
    let kind: WorldKind
    let loop = SimulatedLoop()
    private(set) var engine: EngineModel!
    private(set) var controllers: [ControllerModel] = []
    private(set) var agent: AgentModel!
    /// The first thing that was not as it has to be.
    private(set) var firstProblem: String?
    private(set) var chronicle = Chronicle()
    private var random: SplitMix
    private var weather: Weather!
    private var invariants: Invariants!
    private let climate: PipeWeather
    private let habits: ControllerHabits
    private let agentSettings: AgentModel.Settings
    private var lastKey = 0
    private var isClearing = false
    private var isEnding = false
    /// Of the agent's wall clock, ahead of the world's.
    private var agentsClockError: Int64 = 0
    /// What the boot clock is ahead of the other one: the time that the host slept.
    private var slept = Duration.zero
    /// The longest wait that a controller has wished for.
    private(set) var longestWish = Duration.zero

    init(seed: UInt64) throws {
        self.seed = seed
        let kind = WorldKind(seed: seed)
        self.kind = kind
        var random = SplitMix(seed: seed)
        self.climate = Weather.link(kind, random: &random)
        self.habits = Weather.habits(kind, random: &random)
        let most: UInt64 = kind == .outage && random.next() % 4 > 0 ? 1 : 3
        let count = 1 + Int(random.next() % most)
        let urls = ["https://a", "https://b", "https://c/api/portwing/ws"].prefix(count)
        self.agentSettings = AgentModel.Settings(
            heartbeat: Self.heartbeat(kind, &random),
            memory: [32 << 20, 32 << 20, 4 << 20, 1 << 20][Int(random.next() % 4)],
            recovery: Recovery.Settings(
                controllers: try urls.map { try ControllerAddress(parsing: $0) },
                dialect: random.next() % 2 == 0 ? nil : .portwing,
                hasNextKey: random.next() % 2 == 0,
                base: .seconds(1),
                cap: .seconds(kind == .outage ? 60 : Int64(1 + random.next() % 60))
            )
        )
        self.random = random
        let crumbs = kind == .busy ? [0, 10, 50][Int(self.random.next() % 3)] : 0
        self.engine = EngineModel(loop: self.loop, world: seed, crumbsPerCent: crumbs, random: &self.random)
        self.engine.problem = { [unowned self] in self.problem($0) }
        let mayChoose = self.agentSettings.recovery.dialect == nil
        let isJealous = self.random.next() % 2 == 0
        for number in 0..<count {
            let isOther = mayChoose && number < 2 && self.random.next() % 3 == 0
            self.controllers.append(
                ControllerModel(
                    dialect: isOther ? .lookout : .portwing,
                    isJealous: isJealous,
                    loop: self.loop,
                    random: &self.random,
                    now: { [unowned self] in self.controllerMilliseconds / 1000 },
                    problem: { [unowned self] in self.problem($0) }
                )
            )
        }
        self.invariants = Invariants(self)
        self.weather = Weather(self, random: &self.random)
        self.agent = AgentModel(self.agentSettings, world: self, engine: self.engine, random: &self.random)
    }

    private static func heartbeat(_ kind: WorldKind, _ random: inout SplitMix) -> TimeAmount {
        switch kind {
        case .busy, .ordinary: .seconds([5, 30, 30, 30][Int(random.next() % 4)])
        case .outage, .quiet: .seconds([30, 60, 300, 900][Int(random.next() % 4)])
        }
    }

    // MARK: Clocks

    private static let epoch: Int64 = 1_800_000_000_000
    private static let instantZero = ContinuousClock.now

    private var elapsed: TimeAmount { self.loop.now - SimulatedLoop.start }
    var instant: ContinuousClock.Instant { Self.instantZero + .nanoseconds(self.elapsed.nanoseconds) }
    var monotonicTime: Duration { .nanoseconds(self.elapsed.nanoseconds) }
    var bootTime: Duration { self.monotonicTime + self.slept }
    var controllerMilliseconds: Int64 { Self.epoch + self.elapsed.nanoseconds / 1_000_000 }
    var agentMilliseconds: Int64 { self.controllerMilliseconds + self.agentsClockError * 1000 }
    var agentSeconds: Int64 { self.agentMilliseconds / 1000 }

    // MARK: Running

    /// Lives to the end, or to the first problem.
    func run() {
        let began = Chronicle.processorTime
        defer { self.chronicle.cpuSeconds = Chronicle.processorTime - began }
        self.agent.turn()
        self.scheduleWeather()
        let length = TimeAmount.seconds(
            self.kind.length.lowerBound + Int64(self.random.next() % UInt64(self.kind.length.count))
        )
        self.run(for: length)
        self.settle()
        self.chronicle.steps = self.loop.steps
        self.chronicle.lasted = self.elapsed
        if self.firstProblem == nil {
            self.loop.clear()
        } else {
            // It stopped in the middle, with promises that nobody will keep; NIO traps where one is freed.
            _ = Unmanaged.passRetained(self)
        }
    }

    /// Lets time pass; checks after every step.
    private func run(for time: TimeAmount) {
        let end = self.loop.now + time
        while self.firstProblem == nil, self.loop.runNext(until: end) { self.invariants.check() }
    }

    /// Lets time pass until `isReached`, at most for `limit`.
    private func run(atMost limit: TimeAmount, until isReached: () -> Bool) -> Bool {
        let end = self.loop.now + limit
        while self.firstProblem == nil {
            if isReached() { return true }
            if !self.loop.runNext(until: end) { return false }
            self.invariants.check()
        }
        return false
    }

    func problem(_ what: String) {
        guard self.firstProblem == nil else { return }
        let memory = self.agent.dispatcher.memory
        self.firstProblem =
            "after \(Double(self.elapsed.nanoseconds / 1_000_000) / 1000) s: \(what) "
            + "[memory: \(memory.used) of \(memory.limit); engine: \(self.engine.busySockets) answers under way]"
    }

    private func scheduleWeather() {
        self.loop.after(self.weather.pause(self.kind)) {
            guard !self.isClearing else { return }
            self.chronicle.faults += 1
            let calm = self.weather.strike(self.kind)
            self.loop.after(calm) { self.scheduleWeather() }
        }
    }

    // MARK: The end of a world

    /// The weather clears: everything that was asked for is answered, everything is given back, and the agent goes.
    private func settle() {
        self.isClearing = true
        for controller in self.controllers {
            controller.mood = .welcoming
            controller.knownKeys = [.current, .next]
        }
        // What holds or freezes something has its own end.
        self.run(for: Weather.longestHold)
        let patience = TimeAmount(.seconds(900) + self.longestWish * 1.25)
        let isUp = self.run(atMost: patience) { self.isWell }
        guard self.firstProblem == nil else { return }
        guard isUp else { return self.problem("nothing is wrong any more, and the agent \(self.agent.whereabouts)") }
        guard let session = self.agent.live?.session else { return }
        session.isWindingDown = true
        self.run(for: .seconds(400))
        guard self.firstProblem == nil else { return }
        guard self.agent.live?.session === session else { return self.problem("the tunnel broke in fine weather") }
        self.invariants.everythingIsAnswered()
        for debt in session.ledger.open { session.cancel(debt) }
        self.run(for: .seconds(20))
        guard self.firstProblem == nil else { return }
        self.invariants.everythingIsGivenBack()
        self.isEnding = true
        self.agent.shutDown()
        self.run(for: .seconds(100))
        guard self.firstProblem == nil else { return }
        if !self.agent.isDead { self.problem("the agent was told to end and did not") }
        self.invariants.nothingIsLeft()
    }

    /// The agent is connected by a link that works, and the engine is up.
    private var isWell: Bool {
        guard let live = self.agent.live, live.welcomedAt != nil, live.channel.isActive, !live.session.isOver,
            !live.session.isForfeit, !live.channel.link.isBroken
        else { return false }
        return self.engine.disturbedUntil < self.loop.now && !self.agent.isStopping
    }

    // MARK: What the agent does

    func dialled() {
        self.chronicle.dials += 1
        self.invariants.dialled()
        self.chronicle.note(1, self.elapsed.nanoseconds)
    }

    func connect(_ candidate: Candidate) -> (SimulatedChannel, ControllerSession) {
        let link = Link(loop: self.loop, weather: self.climate, random: &self.random)
        let channel = SimulatedChannel(link, loop: self.loop, autoRead: true, waterMark: OriginDialer.channelBytes)
        let engine = self.engine!
        let ledger = Ledger(
            largestWhole: self.agentSettings.memory / 2,
            isDisturbed: { [unowned engine] in engine.disturbedUntil >= $0 },
            problem: { [unowned self] in self.problem($0) }
        )
        let session = ControllerSession(
            FarEnd(link, loop: self.loop),
            loop: self.loop,
            habits: self.habits,
            ledger: ledger,
            random: &self.random,
            plan: { [unowned engine] in engine.plan($0) },
            nextKey: { [unowned self] in
                self.lastKey += 1
                return self.lastKey
            },
            problem: { [unowned self] in self.problem($0) }
        )
        self.controllers[candidate.controller].accept(session, key: candidate.key)
        return (channel, session)
    }

    func welcomed(_ candidate: Candidate) {
        self.chronicle.sessions += 1
    }

    func sessionEnded() {
        self.invariants.sessionEnded()
    }

    func ended(_ end: SessionEnd, uptime: Duration?) {
        if let live = self.agent.live { self.chronicle.took(live.session) }
        if let uptime { self.chronicle.connected += uptime }
        if case .upgradeRefused(_, let wish?, _) = end { self.longestWish = max(self.longestWish, wish) }
        self.chronicle.ends[end.code, default: 0] += 1
        self.chronicle.note(2, self.elapsed.nanoseconds)
        self.chronicle.note(3, Int64(end.code.utf8.reduce(0) { $0 &* 31 &+ Int($1) }))
    }

    func agentStopped() {
        guard !self.isEnding else { return }
        self.bootAgent(after: .seconds(1 + Int64(self.random.next() % 5)))
    }

    private func bootAgent(after delay: TimeAmount) {
        self.engine.agentIsGone()
        self.loop.after(delay) {
            self.agent = AgentModel(self.agentSettings, world: self, engine: self.engine, random: &self.random)
            self.invariants.agentBooted()
            self.agent.turn()
        }
    }

    // MARK: Faults

    enum LinkFault {
        case reset
        case silence(toAgent: Bool, toController: Bool)
        case stall(TimeAmount)
    }

    func breakLink(_ fault: LinkFault) {
        guard let link = self.agent.live?.channel.link else { return }
        switch fault {
        case .reset: link.tear()
        case .silence(let toAgent, let toController):
            if toAgent { link.incoming.isBlackHole = true }
            if toController { link.outgoing.isBlackHole = true }
        case .stall(let time): link.hold(until: self.loop.now + time)
        }
    }

    func freezeController(for time: TimeAmount) {
        guard let session = self.agent.live?.session else { return }
        session.far.isFrozen = true
        self.loop.after(time) { [weak session] in session?.far.isFrozen = false }
    }

    func restartController(_ number: Int, for time: TimeAmount, goodbye: UInt16?, isSilent: Bool) {
        let controller = self.controllers[number]
        self.set(.unreachable(isSilent ? .dns : .tcp), of: number, for: time)
        guard let goodbye else { return controller.die(withoutAWord: isSilent) }
        for session in controller.sessions { session.close(goodbye, "bye") }
    }

    func set(_ mood: ControllerModel.Mood, of number: Int, for time: TimeAmount) {
        guard !self.isClearing else { return }
        let controller = self.controllers[number]
        controller.mood = mood
        self.loop.after(time) {
            if controller.mood == mood { controller.mood = .welcoming }
            if !self.isClearing { controller.knownKeys = [.current] }
        }
    }

    func restartAgent(kill: Bool, after delay: TimeAmount) {
        guard !self.agent.isStopping else { return }
        self.chronicle.restarts += 1
        if kill {
            if let live = self.agent.live { self.chronicle.took(live.session) }
            self.agent.kill()
            self.bootAgent(after: delay)
        } else {
            self.invariants.shuttingDown()
            self.agent.shutDown()
        }
    }

    func turnAgentsClock(by seconds: Int64) {
        self.agentsClockError = seconds
    }

    /// The host of the agent stops; when it goes on, the network has forgotten its connections.
    func sleepHost(for time: TimeAmount) {
        self.slept += .nanoseconds(time.nanoseconds)
        guard time > .seconds(60) else { return }
        self.breakLink(.silence(toAgent: true, toController: true))
    }

    func hangUpSignal() {
        self.agent.dialNow()
    }
}
