import NIOCore
import Support

@testable import DockerBridge

/// The engine behind the listener: takes the requests of clients with their bodies, answers each as the plan of its key says,
/// and is away at times.
///
/// Concurrency: see `SimulatedLoop`.
final class ServerBackend: @unchecked Sendable {
    let loop: SimulatedLoop
    private let world: UInt64
    private let problem: (String) -> Void
    private var random: SplitMix
    private var downUntil: NIODeadline
    private var disturbedUntil: NIODeadline
    private var sockets: [BackendSocket] = []

    init(loop: SimulatedLoop, world: UInt64, random: inout SplitMix, problem: @escaping (String) -> Void) {
        (self.loop, self.world, self.problem) = (loop, world, problem)
        self.random = SplitMix(seed: random.next())
        self.downUntil = loop.now
        self.disturbedUntil = loop.now - .seconds(1)
    }

    func plan(_ key: Int) -> AnswerPlan { AnswerPlan(key: key, world: self.world) }
    func isDisturbed(since time: NIODeadline) -> Bool { self.disturbedUntil >= time }
    var openSockets: Int { self.sockets.count { !$0.far.isOver } }

    /// Everything that is connected is cut off, and nothing listens for a while.
    func restart(for time: TimeAmount) {
        self.downUntil = self.loop.now + time
        self.disturbedUntil = self.downUntil
        for socket in self.sockets { socket.far.reset() }
        self.sockets.removeAll()
    }

    func connect(_ prepare: @Sendable (any Channel) throws -> Void) -> EventLoopFuture<any Channel> {
        let promise = self.loop.makePromise(of: (any Channel).self)
        if self.loop.now < self.downUntil {
            self.loop.after(.microseconds(20)) { promise.fail(IOError(errnoCode: 111, reason: "connect")) }
            return promise.futureResult
        }
        let weather = PipeWeather(latency: .microseconds(15), window: 208 * 1024)
        let link = Link(loop: self.loop, weather: weather, random: &self.random)
        let channel = SimulatedChannel(link, loop: self.loop, autoRead: false)
        self.sockets.removeAll { $0.far.isOver }
        self.sockets.append(
            BackendSocket(FarEnd(link, loop: self.loop), loop: self.loop, plan: self.plan, problem: self.problem)
        )
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
}
