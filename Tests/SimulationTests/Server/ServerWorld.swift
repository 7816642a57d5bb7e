import Base
import Logging
import NIOCore
import Support

@testable import Auth
@testable import DockerBridge
@testable import LocalServer

/// A listener, its engine and its clients on one clock, from one seed. The door and all that stands behind it are the real
/// code; sockets are models.
final class ServerWorld {
    let seed: UInt64
    let kind: ServerWorldKind
    let loop = SimulatedLoop()
    private(set) var firstProblem: String?
    private(set) var chronicle = ServerChronicle()
    private(set) var backend: ServerBackend!
    private(set) var door: ListenerLoop!
    let load: ListenerLoad
    let isDerived: Bool
    let memory: Int
    private var random: SplitMix
    private var verdicts: SplitMix
    private var signer: RequestSigner!
    private var client: EngineClient!
    private var surroundings: ClientRecord.Surroundings!
    private(set) var transports: [ClientTransport] = []
    private var lastKey = 0
    private var isGivingUp = false
    private var isClosing = false
    private let climate: PipeWeather

    init(seed: UInt64) throws {
        self.seed = seed
        let kind = ServerWorldKind(seed: seed)
        self.kind = kind
        var random = SplitMix(seed: seed)
        func pick(_ range: ClosedRange<Int>) -> Int { range.lowerBound + Int(random.next() % UInt64(range.count)) }
        self.isDerived = pick(0...2) == 0
        self.memory = [32 << 20, 32 << 20, 4 << 20, 256 << 10][pick(0...3)]
        let connections = pick(kind.connections)
        self.climate = PipeWeather(
            latency: .microseconds(Int64(pick(100...80_000))),
            jitter: .microseconds(Int64([0, 0, 5000, 200_000][pick(0...3)])),
            bytesPerSecond: [100_000_000, 1_000_000, 100_000][pick(0...2)],
            lossPerMille: [0, 0, 10][pick(0...2)],
            crumbsPerCent: kind == .crowded ? [0, 0, 10, 50][pick(0...3)] : 0
        )
        self.load = ListenerLoad(maximumConnections: connections, memoryBudget: self.memory)
        self.verdicts = SplitMix(seed: random.next())
        self.random = random
        self.backend = ServerBackend(loop: self.loop, world: seed, random: &self.random) { [unowned self] in
            self.problem($0)
        }
        self.signer = RequestSigner { [unowned self] in self.moment.calendar.seconds }
        try self.makeDoor(connections)
        self.surroundings = ClientRecord.Surroundings(
            now: { [unowned self] in self.loop.now },
            plan: { [unowned self] in self.backend.plan($0) },
            isDerived: self.isDerived,
            isDisturbed: { [unowned self] in self.backend.isDisturbed(since: $0) },
            isGivingUp: { [unowned self] in self.isGivingUp },
            isMemoryShort: { [unowned self] in self.isMemoryShort },
            problem: { [unowned self] in self.problem($0) }
        )
    }

    private func makeDoor(_ connections: Int) throws {
        var settings = ListenerSettings(address: .unix(path: "/simulated"))
        settings.maximumConnections = connections
        settings.memoryBudget = self.memory
        var limits = RequestDispatcher.Limits()
        limits.memory = self.memory
        let backend = self.backend!
        self.client = EngineClient(eventLoop: self.loop) { backend.connect($0) }
        self.door = ListenerLoop(
            dispatcher: RequestDispatcher(client: self.client, limits: limits),
            gate: try ServerGate.make(isDerived: self.isDerived, startedAt: self.moment.calendar),
            routes: AgentRoutes(groups: [ServerRoutes(world: self.seed)]),
            settings: settings,
            load: self.load,
            logger: Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() },
            random: { [unowned self] in Double(self.random.next() >> 11) / Double(1 << 53) },
            moment: { [unowned self] in self.moment },
            derive: { [unowned self] _ in self.verdict() }
        )
    }

    // MARK: Clocks

    private static let epoch: Int64 = 1_800_000_000
    private static let instantZero = ContinuousClock.now

    private var elapsed: TimeAmount { self.loop.now - SimulatedLoop.start }

    private var moment: Moment {
        let elapsed = self.elapsed.nanoseconds
        return Moment(
            calendar: UnixTime(
                seconds: Self.epoch + elapsed / 1_000_000_000,
                nanoseconds: Int32(elapsed % 1_000_000_000)
            ),
            steady: Self.instantZero + .nanoseconds(elapsed)
        )
    }

    /// A derivation elsewhere. Some come after the connection's deadline.
    private func verdict() -> EventLoopFuture<Authenticator.Verdict> {
        let promise = self.loop.makePromise(of: Authenticator.Verdict.self)
        let roll = self.verdicts.next() % 100
        let time = roll < 3 ? self.verdicts.next() % 100_000 : self.verdicts.next() % 500
        let verdict: Authenticator.Verdict =
            roll % 10 < 8
            ? .allowed(.token)
            : .refused(AuthFailure(roll % 10 == 8 ? .badToken : .verificationBusy, "simulated", retryAfterSeconds: 2))
        self.loop.after(.milliseconds(Int64(time))) { promise.succeed(verdict) }
        return promise.futureResult
    }

    // MARK: Running

    /// Lives to the end, or to the first problem.
    func run() {
        let began = Chronicle.processorTime
        let invariants = ServerInvariants(self)
        self.scheduleArrival()
        self.scheduleFault()
        self.run(for: .seconds(self.pick(self.kind.length)), invariants)
        self.isClosing = true
        if self.random.next() % 2 == 0 { self.stop() }
        // By then the last client has left.
        self.run(for: ClientHabits.longestStay + .seconds(300), invariants)
        invariants.everythingIsGivenBack()
        self.client.shutDown()
        self.run(for: .seconds(1), invariants)
        if self.firstProblem == nil, self.backend.openSockets > 0 {
            self.problem("\(self.backend.openSockets) connections to the engine outlive the listener")
        }
        self.chronicle.steps = self.loop.steps
        self.chronicle.lasted = self.elapsed
        self.chronicle.cpuSeconds = Chronicle.processorTime - began
        if self.firstProblem == nil {
            self.loop.clear()
        } else {
            // It stopped in the middle, with promises that nobody will keep; NIO traps where one is freed.
            _ = Unmanaged.passRetained(self)
        }
    }

    private func run(for time: TimeAmount, _ invariants: ServerInvariants) {
        let end = self.loop.now + time
        while self.firstProblem == nil, self.loop.runNext(until: end) { invariants.check() }
    }

    func problem(_ what: String) {
        guard self.firstProblem == nil else { return }
        self.firstProblem =
            "after \(Double(self.elapsed.nanoseconds / 1_000_000) / 1000) s: \(what) "
            + "[\(self.load.openConnections) connections, \(self.load.unknownConnections) of strangers; strangers hold "
            + "\(self.load.strangers.used) of \(self.load.strangers.limit) bytes, the others "
            + "\(self.door.dispatcher.memory.used) of \(self.memory)]"
    }

    /// As the listener does when the agent is told to stop.
    private func stop() {
        self.isGivingUp = true
        self.door.drain()
        self.loop.after(.seconds(5)) { self.door.giveUp() }
    }

    // MARK: What happens

    private func pick(_ range: ClosedRange<Int64>) -> Int64 {
        range.lowerBound + Int64(self.random.next() % UInt64(range.count))
    }

    private func scheduleArrival() {
        let pause = Int64(self.kind.arrivalEvery * 2000)
        self.loop.after(.milliseconds(self.pick(1...pause))) {
            guard !self.isClosing else { return }
            for _ in 0..<self.pick(1...4) { self.arrive() }
            self.scheduleArrival()
        }
    }

    private func scheduleFault() {
        self.loop.after(.seconds(self.pick(1...Int64(self.kind.arrivalEvery * 100)))) {
            guard !self.isClosing else { return }
            self.backend.restart(for: .milliseconds(self.pick(1...8000)))
            self.chronicle.faults += 1
            self.scheduleFault()
        }
    }

    private func arrive() {
        let number = self.random.next() % 12
        let address = number < 9 ? "192.0.2.\(number)" : "2001:db8:0:\(number)::1"
        self.chronicle.clients += 1
        self.isGivingUp = true
        let place = self.door.place(for: .address(IPAddress(address)!))
        self.isGivingUp = false
        guard let place else {
            self.chronicle.turnedAway += 1
            return
        }
        var (requests, wire) = ([ClientRequest](), ByteBuffer())
        let habits = ClientHabits.pick(&self.random)
        let count = ClientHabits.requests(habits, &self.random)
        for index in 0..<count {
            self.lastKey += 1
            let isLast = index == count - 1
            requests.append(
                habits.isFlooding
                    ? .smallest(into: &wire, key: self.lastKey)
                    : .write(into: &wire, key: self.lastKey, isLast: isLast, signer: self.signer, random: &self.random)
            )
        }
        if habits.fillerBytes > 0, requests.last?.isBroken != true {
            requests.append(.filler(behind: wire, key: self.lastKey))
        }
        let link = Link(loop: self.loop, weather: self.climate, random: &self.random)
        let record = ClientRecord(requests, self.surroundings)
        let transport = ClientTransport(link, loop: self.loop, record: record)
        self.transports.append(transport)
        transport.open(ServerConnection(listenerLoop: self.door, place: place, transport: transport))
        let client = ClientModel(link, loop: self.loop, habits: habits, wire: wire, record: record)
        client.whenReset = { transport.reset() }
        client.begin()
    }

    /// Forgets connections that are closed.
    func tidy() {
        self.transports.removeAll { transport in
            guard transport.record.isClosed else { return false }
            self.chronicle.took(transport.record)
            return true
        }
    }

    /// A stranger's share may be used up although the whole is not.
    private var isMemoryShort: Bool {
        let strangers = self.load.strangers
        return strangers.used + (512 << 10) > min(StrangerBudget.addressBytes, strangers.limit)
            || self.door.dispatcher.memory.used * 2 > self.memory
    }
}
