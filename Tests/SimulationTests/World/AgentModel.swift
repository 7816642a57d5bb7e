import Auth
import Logging
import NIOCore
import Support

@testable import DockerBridge
@testable import EdgeTunnel

/// The agent's process: everything that carries bytes and decides is the real code; the loop around it, which awaits in
/// the real one, is told here what happened (see `EdgeTunnelService.run` and `TunnelSession.run`).
final class AgentModel {
    /// A session under way.
    struct Live {
        let channel: SimulatedChannel
        let session: ControllerSession
        let controller: Int
        var welcomedAt: NIODeadline?
    }

    struct Settings {
        var heartbeat: TimeAmount
        var memory: Int
        var recovery: Recovery.Settings
    }

    let dispatcher: RequestDispatcher
    let monitor = TunnelMonitor()
    private(set) var live: Live?
    private(set) weak var handler: TunnelChannel?
    /// It was told to end, or was killed.
    private(set) var isStopping = false
    private(set) var isDead = false
    private(set) var next: Recovery.Next
    private let client: EngineClient
    private let settings: Settings
    private unowned let world: World
    private let loop: SimulatedLoop
    private var recovery: Recovery
    private var idle = IdleCutoff()
    private var clockOffset: Int64 = 0
    private var random: SplitMix
    private var nap: SimulatedLoop.Timer?

    static let key = try! SigningKey(
        pem: """
            -----BEGIN PRIVATE KEY-----
            MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f
            -----END PRIVATE KEY-----
            """
    )
    private static let logger = Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() }

    init(_ settings: Settings, world: World, engine: EngineModel, random: inout SplitMix) {
        self.settings = settings
        self.world = world
        self.loop = world.loop
        self.random = SplitMix(seed: random.next())
        self.client = EngineClient(eventLoop: world.loop) { engine.connect($0) }
        var limits = RequestDispatcher.Limits()
        limits.memory = settings.memory
        self.dispatcher = RequestDispatcher(client: self.client, limits: limits, processes: engine.hostProcesses)
        self.recovery = Recovery(settings.recovery)
        self.next = Recovery.Next(candidate: self.recovery.first, wait: .zero)
    }

    /// Silence after which the agent has to give a controller up.
    var silence: TimeAmount { TunnelLimits(welcome: .seconds(30), heartbeat: self.settings.heartbeat).silence }

    /// For the one who looks for what went wrong.
    var whereabouts: String {
        guard let live = self.live else {
            return "waits \(self.next.wait), parked: \(String(describing: self.next.parking))"
        }
        return "is at controller \(live.controller), welcomed: \(live.welcomedAt != nil), link broken: "
            + "\(live.channel.link.isBroken), given up there: \(live.session.isForfeit || live.session.isOver)"
    }

    // MARK: One turn of the loop

    func turn() {
        guard !self.isStopping else { return }
        self.nap = nil
        if self.next.measuresClock { self.measureClock() }
        let candidate = self.next.candidate
        self.monitor.update {
            $0.state = .dialling
            $0.nextDial = nil
            $0.dials += 1
        }
        self.recovery.started(candidate, now: self.world.instant)
        self.world.dialled()
        switch self.world.controllers[candidate.controller].receive(candidate) {
        case .failed(let after, let end): self.loop.after(after) { [weak self] in self?.ended(TunnelEnd(end)) }
        case .connected(let after): self.loop.after(after) { [weak self] in self?.connected(candidate) }
        }
    }

    private func connected(_ candidate: Candidate) {
        guard !self.isDead else { return }
        if self.isStopping { return self.ended(TunnelEnd(.shutDown)) }
        let (channel, session) = self.world.connect(candidate)
        self.live = Live(channel: channel, session: session, controller: candidate.controller)
        var limits = TunnelLimits(welcome: .seconds(30), heartbeat: self.settings.heartbeat)
        limits.ping = self.idle.interval.map { min($0, limits.heartbeat) }
        let welcomed = self.loop.makePromise(of: Welcome.self)
        let ended = self.loop.makePromise(of: TunnelEnd.self)
        let hello = SignedHello(
            dialect: candidate.dialect,
            agentID: "edge",
            agentName: "edge",
            hostname: "edge",
            agentVersion: "0",
            dockerVersion: "27",
            offersCompose: true
        )
        let (world, offset) = (self.world, self.clockOffset)
        let handler = TunnelChannel(
            limits: limits,
            hello: { [unowned world] in
                hello.write(into: &$0, key: Self.key, timestamp: world.agentSeconds + offset, nonce: .random())
            },
            dispatcher: self.dispatcher,
            monitor: self.monitor,
            suspendWatch: SuspendWatch { [unowned world] in (world.bootTime, world.monotonicTime) },
            logger: Self.logger,
            welcomed: welcomed,
            ended: ended
        )
        self.handler = handler
        welcomed.futureResult.assumeIsolated().whenSuccess { [weak self] _ in
            guard let self else { return }
            self.live?.welcomedAt = self.loop.now
            self.monitor.update {
                $0.state = .connected
                $0.parking = nil
            }
            self.world.welcomed(candidate)
        }
        ended.futureResult.assumeIsolated().whenSuccess { [weak self] end in
            guard let self, !self.isDead else { return }
            self.world.sessionEnded()
            self.ended(end)
        }
        do {
            channel.activate()
            try channel.pipeline.syncOperations.addHandler(handler)
        } catch {
            self.world.problem("the tunnel's handler did not get onto its channel: \(error)")
        }
    }

    private func ended(_ end: TunnelEnd) {
        guard !self.isDead else { return }
        let uptime = self.live?.welcomedAt.map { Duration.nanoseconds((self.loop.now - $0).nanoseconds) }
        self.world.ended(end.end, uptime: uptime)
        self.live = nil
        self.idle.redialled(answered: uptime != nil || end.end.isControllersWord)
        if let quiet = end.quiet { self.idle.died(quiet) }
        let following = self.recovery.ended(
            end.end,
            of: self.next.candidate,
            uptime: uptime,
            slot: 0.5,
            now: self.world.instant,
            using: &self.random
        )
        guard let following, !self.isStopping else { return self.stopped() }
        self.next = following
        self.monitor.update {
            $0.state = following.parking == nil ? .waiting : .parked
            $0.parking = following.parking
        }
        self.nap = self.loop.after(TimeAmount(following.wait)) { [weak self] in self?.turn() }
    }

    private func measureClock() {
        let local = self.world.agentMilliseconds
        let server = self.world.controllerMilliseconds / 1000
        let offset = try? ClockOffset.seconds(server: server, local: local, roundTrip: .milliseconds(40))
        self.clockOffset = offset ?? self.clockOffset
    }

    // MARK: What comes from outside

    /// SIGHUP, or a key file that changed: only a wait is cut short by it.
    func dialNow() {
        guard let nap = self.nap, !self.isStopping else { return }
        nap.cancel()
        self.recovery.startOver()
        let rest = self.recovery.restOfFloor(now: self.world.instant)
        self.next = Recovery.Next(candidate: self.recovery.first, wait: rest)
        self.nap = self.loop.after(TimeAmount(rest)) { [weak self] in self?.turn() }
    }

    /// SIGTERM.
    func shutDown() {
        guard !self.isStopping else { return }
        self.isStopping = true
        self.nap?.cancel()
        if self.live == nil { self.stopped() } else { self.handler?.shutDown() }
    }

    /// SIGKILL: nobody says goodbye, the kernel ends the connections.
    func kill() {
        self.isStopping = true
        self.isDead = true
        self.nap?.cancel()
        self.live?.channel.close0(error: ChannelError.eof, mode: .all, promise: nil)
        self.live = nil
        self.client.shutDown()
    }

    private func stopped() {
        guard !self.isDead else { return }
        self.isDead = true
        self.monitor.update { $0.state = .stopping }
        self.client.shutDown()
        self.world.agentStopped()
    }
}
