import NIOCore

@testable import DockerBridge
@testable import EdgeTunnel

/// What has to hold whatever the weather is. What a session's answers have to be is the `Ledger`'s.
final class Invariants {
    private static let dialFloor = TimeAmount.seconds(1)
    private static let mostDialsPerMinute = 60

    private unowned let world: World
    private var dials: [NIODeadline] = []
    private var mustEndBy: NIODeadline?

    init(_ world: World) {
        self.world = world
    }

    private var agent: AgentModel { self.world.agent }
    private var now: NIODeadline { self.world.loop.now }

    // MARK: At every step

    func check() {
        let agent = self.agent
        guard !agent.isDead else { return }
        self.readinessIsTrue(agent)
        self.budgetIsHeld(agent)
        if let mustEndBy = self.mustEndBy, self.now > mustEndBy {
            self.world.problem("the agent was told to end and had not done so five seconds later")
        }
    }

    private func readinessIsTrue(_ agent: AgentModel) {
        var isTrue = false
        if let live = agent.live, live.channel.isActive, !agent.isStopping, let welcomeEnd = live.session.welcomeEnd {
            isTrue = live.channel.link.incoming.readBytes >= welcomeEnd
        }
        let isSaid = agent.monitor.isConnected
        if isSaid != isTrue {
            self.world.problem(isSaid ? "ready without a tunnel" : "a tunnel stands, and the agent is not ready")
        }
        guard isSaid, let live = agent.live else { return }
        let silence = self.now - live.channel.lastRead
        if silence > agent.silence + .seconds(1) {
            self.world.problem("ready, and nothing was heard for \(silence.nanoseconds / 1_000_000_000) s")
        }
    }

    private func budgetIsHeld(_ agent: AgentModel) {
        let memory = agent.dispatcher.memory
        guard memory.used > memory.limit || memory.used < 0 else { return }
        let guaranteed = agent.live?.session.ledger.guaranteedBytes ?? 0
        if memory.used > memory.limit + guaranteed || memory.used < 0 {
            self.world.problem("\(memory.used) bytes are held, \(guaranteed) of them beyond the budget by right")
        }
    }

    // MARK: At certain moments

    func dialled() {
        if let last = self.dials.last, self.now - last < Self.dialFloor {
            self.world.problem("two dials within \((self.now - last).nanoseconds / 1_000_000) ms")
        }
        self.dials.append(self.now)
        self.dials.removeAll { self.now - $0 >= .minutes(1) }
        if self.dials.count > Self.mostDialsPerMinute {
            self.world.problem("\(self.dials.count) dials within a minute")
        }
    }

    func agentBooted() {
        self.mustEndBy = nil
    }

    func shuttingDown() {
        self.mustEndBy = self.now + .seconds(5)
    }

    /// The connection is gone: so is what was held for it, at once.
    func sessionEnded() {
        let memory = self.agent.dispatcher.memory
        if memory.used != 0 { self.world.problem("\(memory.used) bytes are held for a session that is over") }
        if self.agent.monitor.isConnected { self.world.problem("ready after the end of the session") }
        weak let handler = self.agent.handler
        self.world.loop.after(.seconds(1)) { [unowned world = self.world] in
            if handler != nil { world.problem("the handler of a session that is over was not freed") }
        }
    }

    private func processesAreEnded() {
        guard self.world.engine.disturbedUntil < self.now else { return }
        let orphans = self.world.engine.orphans
        if !orphans.isEmpty { self.world.problem("nobody ended the processes \(orphans) of sessions that are over") }
    }

    // MARK: At the end

    func everythingIsAnswered() {
        guard let session = self.agent.live?.session else { return }
        for debt in session.ledger.open
        where !debt.mayTakeForEver(isDisturbed: self.world.engine.disturbedUntil >= debt.since) {
            self.world.problem("\(debt) was never answered; it has \(debt.outBytes) bytes so far")
        }
    }

    func everythingIsGivenBack() {
        let load = self.agent.handler?.report() ?? TunnelStatus.Load()
        if load != TunnelStatus.Load() { self.world.problem("nothing is under way, and the agent has \(load)") }
        if self.agent.dispatcher.memory.used != 0 {
            self.world.problem("nothing is under way, and \(self.agent.dispatcher.memory.used) bytes are held")
        }
        if self.world.engine.busySockets > 0 {
            self.world.problem("nothing is under way, and the engine answers \(self.world.engine.busySockets) requests")
        }
        self.processesAreEnded()
        guard let session = self.agent.live?.session else { return }
        for debt in session.ledger.order where debt.hasSpokenSince && debt.lastWords < debt.owed {
            self.world.problem("\(debt) went on after the agent knew that it was cancelled")
        }
        for debt in session.ledger.open { self.world.problem("\(debt) was cancelled and never heard of that") }
    }

    func nothingIsLeft() {
        if self.agent.monitor.isConnected { self.world.problem("ready after its end") }
        if self.agent.handler != nil { self.world.problem("the handler of an agent that has ended was not freed") }
        if self.world.engine.openSockets > 0 {
            self.world.problem("\(self.world.engine.openSockets) connections to the engine outlive the agent")
        }
        if self.world.engine.runningProcesses > 0 { self.world.problem("a process outlives the agent") }
    }
}
