import Foundation
import Synchronization

/// One attack on one agent: what it costs the agent, what another client notices, and whether it passes.
struct Siege: Sendable {
    static let mebibyte = 1 << 20
    /// `MEMORY_BUDGET` by default and what may be beyond it.
    static let allowedGrowth = (32 + 64) * mebibyte
    static let allowedRest = 16 * mebibyte

    let name: String
    let agent: Agent
    /// Whether the other client must be answered during the attack.
    var isShared = true
    /// How long the attack lasts.
    var length = Duration.seconds(2)
    /// Where connections are given up by chance, the other client's may be one of them.
    var bearableRefusals = 0

    /// Attacks until `deadline`, and stops when it is over; what it returns is let go by the siege.
    typealias Attack = @Sendable (_ deadline: ContinuousClock.Instant) throws -> [Wire]

    struct Outcome: Sendable {
        var growth = 0
        var rest = 0
        var recovery = Duration.zero
        var waits: [Duration] = []
        var refusals = 0

        var p99: Duration { self.waits.isEmpty ? .zero : self.waits.sorted()[self.waits.count * 99 / 100] }
    }

    /// - Returns: the figures, which have been judged: see `Agent.problems`.
    @discardableResult
    func run(_ attack: Attack) throws -> Outcome {
        let idle = self.settle()
        var outcome = Outcome()
        let watch = Watch(self.agent, asks: self.isShared)
        let wires: [Wire]
        do {
            wires = try attack(.now + self.length)
        } catch {
            _ = watch.stop()
            throw error
        }
        let seen = watch.stop()
        outcome.growth = seen.peak - idle
        outcome.waits = seen.waits
        outcome.refusals = seen.refusals
        for wire in wires { wire.close() }
        let end = ContinuousClock.now
        repeat {
            outcome.rest = self.agent.memory - idle
            outcome.recovery = end.duration(to: .now)
            if outcome.rest <= Self.allowedRest { break }
            pause(.milliseconds(50))
        } while outcome.recovery < .seconds(10)
        self.judge(outcome)
        return outcome
    }

    private func judge(_ outcome: Outcome) {
        let mebibytes = { (bytes: Int) in "\(bytes / Self.mebibyte) MiB" }
        print(
            "hostile: \(self.name): growth \(mebibytes(outcome.growth)), another client p99 \(outcome.p99.milliseconds) ms"
                + " of \(outcome.waits.count), \(outcome.refusals) refused, after \(outcome.recovery.milliseconds) ms"
                + " \(mebibytes(outcome.rest))"
        )
        let problems = self.agent.problems
        guard self.agent.isRunning else { return problems.add("it has ended: \(self.agent.log.suffix(2000))") }
        if outcome.growth > Self.allowedGrowth { problems.add("grew by \(mebibytes(outcome.growth))") }
        if outcome.rest > Self.allowedRest { problems.add("\(mebibytes(outcome.rest)) are left 10 s later") }
        if self.isShared {
            if outcome.refusals > self.bearableRefusals {
                problems.add("another client got no answer \(outcome.refusals) times")
            }
            if outcome.waits.isEmpty { problems.add("another client got no answer at all") }
        }
        if !self.agent.isHealthy { problems.add("no answer afterwards: \(self.agent.log.suffix(2000))") }
    }

    /// Its memory once it stands still, after it has served a little: the first requests make what lasts.
    private func settle() -> Int {
        for _ in 0..<20 { _ = self.agent.isHealthy }
        var last = self.agent.memory
        for _ in 0..<50 {
            pause(.milliseconds(100))
            let now = self.agent.memory
            if abs(now - last) < 256 << 10 { return now }
            last = now
        }
        return last
    }
}

/// Looks at the agent's memory and asks after its health, all the time.
private final class Watch: Sendable {
    struct Seen: Sendable {
        var peak = 0
        var waits: [Duration] = []
        var refusals = 0
    }

    private let seen = Mutex(Seen())
    private let isOver = Mutex(false)
    private let threads = Mutex(0)

    init(_ agent: Agent, asks: Bool) {
        self.repeats(every: .milliseconds(10)) {
            let memory = agent.memory
            self.seen.withLock { $0.peak = max($0.peak, memory) }
        }
        guard asks else { return }
        self.repeats(every: .milliseconds(15)) {
            let start = ContinuousClock.now
            let answer = agent.ask("GET", "/health", within: .seconds(10))
            let wait = start.duration(to: .now)
            self.seen.withLock {
                if answer?.hasPrefix("HTTP/1.1 200 ") ?? false { $0.waits.append(wait) } else { $0.refusals += 1 }
            }
        }
    }

    private func repeats(every interval: Duration, _ body: @escaping @Sendable () -> Void) {
        self.threads.withLock { $0 += 1 }
        Thread.detachNewThread { [self] in
            while !self.isOver.withLock({ $0 }) {
                body()
                pause(interval)
            }
            self.threads.withLock { $0 -= 1 }
        }
    }

    func stop() -> Seen {
        self.isOver.withLock { $0 = true }
        while self.threads.withLock({ $0 }) > 0 { pause(.milliseconds(5)) }
        return self.seen.withLock { $0 }
    }
}

extension Duration {
    var milliseconds: Int { Int(self.components.seconds * 1000 + self.components.attoseconds / 1_000_000_000_000_000) }
}

/// Sends a piece again and again on all of its wires, and never reads.
struct Flood {
    private let wires: [Wire]
    private let piece: [UInt8]
    /// What is left of the piece that is under way; `nil` where the other side is gone.
    private var rest: [ArraySlice<UInt8>?]

    init(_ wires: [Wire], with piece: [UInt8]) {
        self.wires = wires
        self.piece = piece
        self.rest = wires.map { _ in piece[...] }
    }

    /// May be called again, and goes on then where it stopped.
    mutating func run(until deadline: ContinuousClock.Instant) {
        while .now < deadline {
            var hasMoved = false
            for (index, wire) in self.wires.enumerated() {
                guard let rest = self.rest[index] else { continue }
                guard let count = wire.sendSome(rest) else {
                    self.rest[index] = nil
                    continue
                }
                hasMoved = hasMoved || count > 0
                self.rest[index] = count == rest.count ? self.piece[...] : rest.dropFirst(count)
            }
            if !hasMoved { pause(.milliseconds(5)) }
        }
    }
}

func flood(_ wires: [Wire], with piece: [UInt8], until deadline: ContinuousClock.Instant) {
    var flood = Flood(wires, with: piece)
    flood.run(until: deadline)
}

/// What went wrong, gathered on any thread and reported by the test, which alone knows which one it is.
final class Problems: Sendable {
    private let all = Mutex<[String]>([])
    var texts: [String] { self.all.withLock { $0 } }
    func add(_ text: String) { self.all.withLock { $0.append(text) } }
}
