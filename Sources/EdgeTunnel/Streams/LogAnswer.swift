import Base
import DockerBridge
import Drydock
import NIOCore

/// One log that is asked for as a whole: the newest part of it that fits a frame, or an error.
///
/// The end of the log has been read before anything is answered: what has come when the time is up may be any part of it,
/// and would pass for its end.
///
/// Concurrency: lives on the tunnel's event loop.
final class LogAnswer: LogSink, MemoryGatherer {
    /// An engine that has said nothing for this long at the end of a window has sent all that the log had in it: the window
    /// closed as long ago.
    private static let silence = TimeAmount.seconds(2)

    let target: AdapterTarget
    private let outbox: Outbox
    private let memory: MemoryBudget
    private let eventLoop: any EventLoop
    private let whenOver: () -> Void
    private var reader: LogReader?
    private var deadline: Scheduled<Void>?
    private var follows = false
    private var text: EscapedTail
    /// When the engine last said something of the log; `nil` before it began.
    private var lastHeard: NIODeadline?
    /// Bytes of the budget that are taken.
    private var heldBytes = 0
    private var isGatherer = false
    private var isOver = false

    /// - Parameters:
    ///   - limit: bytes of text, escaped.
    ///   - whenOver: called when the answer was said, not after `abandon`.
    init(
        _ target: AdapterTarget,
        outbox: Outbox,
        memory: MemoryBudget,
        eventLoop: any EventLoop,
        limit: Int = PlainResponse.maximumFrameBytes - 1024,
        whenOver: @escaping () -> Void
    ) {
        self.target = target
        self.outbox = outbox
        self.memory = memory
        self.eventLoop = eventLoop
        self.text = EscapedTail(limit: min(limit, memory.largestWhole), allocator: outbox.allocator)
        self.whenOver = whenOver
    }

    /// - Parameter patience: to the end of the log; a log that is followed ends there, if nothing more comes.
    func start(_ query: LogQuery, _ dispatcher: RequestDispatcher, patience: TimeAmount) {
        self.follows = query.follow
        self.deadline = self.eventLoop.assumeIsolated().scheduleTask(in: patience) { self.patienceEnded(patience) }
        let reader = LogReader(
            containerID: self.target.containerID,
            query: query,
            dispatcher: dispatcher,
            asker: .controller,
            sink: self
        )
        self.reader = reader
        reader.start()
    }

    func patienceEnded(_ patience: TimeAmount) {
        let seconds = patience.nanoseconds / 1_000_000_000
        if !self.isWritable {
            self.logFailed(
                LogFailure("the agent had no memory free for this log in time; ask again, or raise MEMORY_BUDGET")
            )
        } else if self.follows, let heard = self.lastHeard, self.eventLoop.now - heard >= Self.silence {
            self.logEnded()
        } else if self.lastHeard == nil {
            self.logFailed(LogFailure("the engine did not begin to send this log within \(seconds) s"))
        } else {
            self.logFailed(
                LogFailure("the engine did not send all of this log within \(seconds) s; ask for its last lines (tail)")
            )
        }
    }

    /// The tunnel is gone.
    func abandon() {
        self.isOver = true
        self.stop()
        self.letGo()
    }

    // MARK: LogSink

    var isWritable: Bool { !self.isGatherer || self.memory.mayGrow(self) }

    func logBegan() {
        self.lastHeard = self.eventLoop.now
    }

    func log(_ text: ByteBuffer, _ stream: StdStream) {
        guard !self.isOver else { return }
        self.lastHeard = self.eventLoop.now
        self.text.append(text)
        self.hold(self.text.heldBytes)
        if !self.isGatherer, self.heldBytes >= MemoryBudget.guaranteedBytes {
            self.isGatherer = true
            self.memory.enter(self)
        }
    }

    func logEnded() {
        guard !self.isOver else { return }
        var frame = DrydockFrames.logAnswerStart(
            self.target,
            capacity: self.text.count + 1024,
            allocator: self.outbox.allocator
        )
        self.text.drain { slab in frame.write { $0.writeImmutableBuffer(slab) } }
        frame.write { $0.writeStaticString(AdapterMessage.logAnswerEnd) }
        self.say(frame)
    }

    func logFailed(_ failure: LogFailure) {
        let message = AdapterMessage.logAnswer(self.target, error: failure.reason)
        self.say(DrydockFrames.frame(message, allocator: self.outbox.allocator))
    }

    func memoryHasRoom() {
        self.reader?.resume()
    }

    private func say(_ frame: consuming FrameBuilder) {
        guard !self.isOver else { return }
        self.isOver = true
        self.stop()
        self.letGo()
        let slot = self.outbox.open(frame.count > 64 * 1024 ? .bulk : .interactive)
        self.outbox.push(frame, to: slot)
        self.outbox.finish(slot)
        self.whenOver()
    }

    private func stop() {
        self.deadline?.cancel()
        self.reader?.cancel()
        self.reader = nil
    }

    // MARK: Memory

    private func hold(_ bytes: Int) {
        self.memory.change(by: bytes - self.heldBytes)
        self.heldBytes = bytes
    }

    private func letGo() {
        self.text.drain { _ in }
        self.hold(0)
        guard self.isGatherer else { return }
        self.isGatherer = false
        self.memory.leave(self)
    }
}
