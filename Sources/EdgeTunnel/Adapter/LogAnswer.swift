import DequeModule
import DockerBridge
import NIOCore

/// One log that is asked for as a whole: the newest part of it that fits a frame.
///
/// Text is escaped as it comes and the oldest dropped, so that it never takes more than a frame.
///
/// Concurrency: lives on the tunnel's event loop.
final class LogAnswer: LogSink, MemoryGatherer {
    let target: AdapterTarget
    private let outbox: Outbox
    private let memory: MemoryBudget
    private let limit: Int
    private let whenOver: () -> Void
    private var reader: LogReader?
    private var deadline: Scheduled<Void>?
    private var pieces: Deque<ByteBuffer> = []
    private var bytes = 0
    private var wasCut = false
    private var isGatherer = false

    /// - Parameters:
    ///   - limit: bytes of text, escaped.
    ///   - whenOver: called when the answer was said, not after `abandon`.
    init(
        _ target: AdapterTarget,
        outbox: Outbox,
        memory: MemoryBudget,
        limit: Int = PlainResponse.maximumFrameBytes - 1024,
        whenOver: @escaping () -> Void
    ) {
        self.target = target
        self.outbox = outbox
        self.memory = memory
        self.limit = min(limit, memory.largestWhole)
        self.whenOver = whenOver
    }

    /// - Parameter patience: what has come by then is the answer, unless the agent was short of memory.
    func start(_ query: LogQuery, _ dispatcher: RequestDispatcher, patience: TimeAmount) {
        self.deadline = dispatcher.eventLoop.assumeIsolated().scheduleTask(in: patience) { self.patienceEnded() }
        let reader = LogReader(
            containerID: self.target.containerID,
            query: query,
            dispatcher: dispatcher,
            sink: self
        )
        self.reader = reader
        reader.start()
    }

    /// A part must not pass for the whole where it was our own lack of memory that kept the rest away.
    func patienceEnded() {
        guard self.isWritable else {
            return self.logFailed(
                LogFailure("the agent had no memory free for this log in time; ask again, or raise MEMORY_BUDGET")
            )
        }
        self.logEnded()
    }

    /// The tunnel is gone.
    func abandon() {
        self.stop()
        self.letGo()
    }

    // MARK: LogSink

    var isWritable: Bool { !self.isGatherer || self.memory.mayGrow(self) }

    func logBegan() {}

    func log(_ text: ByteBuffer, _ stream: StdStream) {
        var piece = ByteBuffer()
        text.withUnsafeReadableBytes { piece.writeJSONString($0) }
        // Without its quotes: all pieces are one text in the end.
        piece.moveReaderIndex(forwardBy: 1)
        piece.moveWriterIndex(to: piece.writerIndex - 1)
        self.pieces.append(piece)
        self.change(by: piece.readableBytes)
        while self.bytes > self.limit, let oldest = self.pieces.popFirst() {
            self.change(by: -oldest.readableBytes)
            self.wasCut = true
        }
        if !self.isGatherer, self.bytes >= MemoryBudget.guaranteedBytes {
            self.isGatherer = true
            self.memory.enter(self)
        }
    }

    func logEnded() {
        if self.wasCut { self.dropPartOfLine() }
        var frame = AdapterFrames.logAnswerStart(
            self.target,
            capacity: self.bytes + 1024,
            allocator: self.outbox.allocator
        )
        while let piece = self.pieces.popFirst() { frame.write { $0.writeImmutableBuffer(piece) } }
        frame.write { $0.writeStaticString(AdapterFrames.logAnswerEnd) }
        self.say(frame)
    }

    func logFailed(_ failure: LogFailure) {
        self.say(AdapterFrames.logAnswer(self.target, error: failure.reason, allocator: self.outbox.allocator))
    }

    func memoryHasRoom() {
        self.reader?.resume()
    }

    /// What is left of a line whose beginning was dropped would pass for a line. One that has no end is kept: it is all
    /// there is.
    private func dropPartOfLine() {
        for (index, piece) in self.pieces.enumerated() {
            guard let end = Self.lineEnd(in: piece) else { continue }
            self.pieces.removeFirst(index)
            self.pieces[0].moveReaderIndex(to: end)
            return
        }
    }

    /// Where the first line of an escaped text ends.
    private static func lineEnd(in piece: ByteBuffer) -> Int? {
        let text = piece.readableBytesView
        var index = text.startIndex
        while index < text.endIndex {
            guard text[index] == UInt8(ascii: "\\") else {
                index += 1
                continue
            }
            if text[index + 1] == UInt8(ascii: "n") { return index + 2 }
            index += 2
        }
        return nil
    }

    private func say(_ frame: consuming FrameBuilder) {
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

    private func change(by bytes: Int) {
        self.bytes += bytes
        self.memory.change(by: bytes)
    }

    private func letGo() {
        self.pieces.removeAll()
        self.change(by: -self.bytes)
        guard self.isGatherer else { return }
        self.isGatherer = false
        self.memory.leave(self)
    }
}
