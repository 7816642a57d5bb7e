import DockerBridge
import NIOCore

/// Brings input to exec sessions, and sees to it that a process which does not take it costs its own session and not the
/// tunnel.
///
/// Concurrency: lives on the tunnel's event loop.
final class ExecInput {
    private static let overflow = "input overflow"

    private let eventLoop: any EventLoop
    private let memory: MemoryBudget
    private let session: (String) -> ExecSession?
    private let pause: (_ isPaused: Bool) -> Void
    private var gate: InputGate
    private var wasPaused = false
    private var isStopped = false
    private var timer: (deadline: NIODeadline, task: Scheduled<Void>)?

    /// - Parameters:
    ///   - session: the live session of an id.
    ///   - pause: called when the tunnel must not be read, and when it may be again.
    init(
        eventLoop: any EventLoop,
        memory: MemoryBudget,
        gate: InputGate,
        session: @escaping (String) -> ExecSession?,
        pause: @escaping (_ isPaused: Bool) -> Void
    ) {
        self.eventLoop = eventLoop
        self.memory = memory
        self.gate = gate
        self.session = session
        self.pause = pause
    }

    func deliver(_ bytes: ByteBuffer, to exec: ExecStream) {
        exec.session?.input(bytes)
        self.changed(exec)
        // The pauses are used up and there is no memory: a session has to give way, this one at the latest.
        while !self.gate.isPaused, !self.memory.fits(0), (exec.session?.waitingInputBytes ?? 0) > InputGate.scarceBytes,
            let id = self.gate.fullest(now: self.eventLoop.now)
        {
            self.end(id)
        }
    }

    /// Memory is needed elsewhere: sessions whose process takes nothing give way.
    ///
    /// - Returns: whether there is room now.
    func makeRoom() -> Bool {
        while !self.memory.hasRoom, let id = self.gate.fullest(now: self.eventLoop.now, isIdle: true) { self.end(id) }
        return self.memory.hasRoom
    }

    /// A session's queue has become longer or shorter.
    func changed(_ exec: ExecStream) {
        guard let session = exec.session, session.waitingInputBytes > 0 || self.gate.knows(exec.id) else { return }
        self.look(exec.id, session)
        self.follow()
    }

    private func look(_ id: String, _ session: ExecSession) {
        self.gate.updated(
            id,
            waiting: session.waitingInputBytes,
            taken: session.takenInputBytes,
            isMemoryShort: !self.memory.hasRoom,
            now: self.eventLoop.now
        )
    }

    func removed(_ id: String) {
        self.gate.removed(id, now: self.eventLoop.now)
        self.follow()
    }

    /// The session is over.
    func stop() {
        self.isStopped = true
        self.rest()
    }

    private func rest() {
        self.timer?.task.cancel()
        self.timer = nil
    }

    private func end(_ id: String) {
        self.gate.removed(id, now: self.eventLoop.now)
        self.session(id)?.end(reason: Self.overflow)
        self.follow()
    }

    private func follow() {
        guard !self.isStopped else { return }
        if self.gate.isPaused != self.wasPaused {
            self.wasPaused = self.gate.isPaused
            self.pause(self.wasPaused)
        }
        guard let deadline = self.gate.nextDeadline else {
            self.rest()
            return
        }
        if let timer, timer.deadline <= deadline { return }
        self.timer?.task.cancel()
        let task = self.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            self.timer = nil
            // No event tells that a process has taken a little.
            for id in self.gate.full { self.session(id).map { self.look(id, $0) } }
            for id in self.gate.tick(now: self.eventLoop.now) { self.session(id)?.end(reason: Self.overflow) }
            self.follow()
        }
        self.timer = (deadline, task)
    }
}
