import DockerBridge
import Drydock
import NIOCore

/// One log that is followed: every piece of text becomes a frame, and the engine waits while the link is slow.
///
/// Concurrency: lives on the tunnel's event loop.
final class LiveLog: LogSink, OutboxClient {
    let target: AdapterTarget
    private let outbox: Outbox
    private let slot: Lanes.Slot
    private let whenOver: () -> Void
    private var reader: LogReader?

    /// - Parameter whenOver: called when the last frame was said, not after `abandon`.
    init(_ target: AdapterTarget, outbox: Outbox, whenOver: @escaping () -> Void) {
        self.target = target
        self.outbox = outbox
        self.slot = outbox.open(.bulk)
        self.whenOver = whenOver
        outbox.setClient(self, of: self.slot)
    }

    func start(_ query: LogQuery, _ dispatcher: RequestDispatcher) {
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

    /// Ends it with a word.
    func end(_ message: AdapterMessage) {
        self.reader?.cancel()
        self.reader = nil
        self.push(message)
        self.outbox.finish(self.slot)
        self.whenOver()
    }

    /// The tunnel is gone.
    func abandon() {
        self.reader?.cancel()
        self.reader = nil
        self.outbox.discard(self.slot)
    }

    func outboxHasRoom() {
        self.reader?.resume()
    }

    // MARK: LogSink

    var isWritable: Bool { self.outbox.isWritable(self.slot) }

    func logBegan() {}

    func log(_ text: ByteBuffer, _ stream: StdStream) {
        self.push(.logChunk(self.target, text, stream))
    }

    func logEnded() {
        self.end(.logEnd(self.target, reason: "eof"))
    }

    func logFailed(_ failure: LogFailure) {
        self.end(.logError(self.target, failure.reason))
    }

    private func push(_ message: AdapterMessage) {
        self.outbox.push(DrydockFrames.frame(message, allocator: self.outbox.allocator), to: self.slot)
    }
}
