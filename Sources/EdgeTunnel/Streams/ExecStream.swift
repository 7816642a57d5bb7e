import DockerBridge
import NIOCore

/// Turns one exec session into tunnel frames: `exec_ready`, `exec_output`…, `exec_end`.
///
/// Concurrency: lives on the tunnel's event loop.
final class ExecStream: ExecSink, OutboxClient {
    let id: String
    /// Set right after creation: the session refers back to its sink.
    private(set) var session: ExecSession?
    /// Told once how it went; `nil` where the controller ended it or is gone.
    var whenEnded: ((ExecEnd?) -> Void)?
    private let outbox: Outbox
    private let slot: Lanes.Slot
    private let whenInputDrained: (ExecStream) -> Void
    private let whenOver: (ExecStream) -> Void
    private let whenGone: (ExecStream) -> Void
    /// One packer per output, so that bytes of the two never share a frame.
    private var packer: PayloadPacker
    private var packedStream: StdStream?
    private var isOver = false
    /// The outbox has let go of its queue.
    private var isGone = false

    /// - Parameters:
    ///   - whenOver: the session has ended; its last frames may still wait.
    ///   - whenGone: they have left.
    init(
        id: String,
        outbox: Outbox,
        whenInputDrained: @escaping (ExecStream) -> Void,
        whenOver: @escaping (ExecStream) -> Void,
        whenGone: @escaping (ExecStream) -> Void = { _ in }
    ) {
        self.id = id
        self.outbox = outbox
        self.whenInputDrained = whenInputDrained
        self.whenOver = whenOver
        self.whenGone = whenGone
        self.slot = outbox.open(.interactive)
        self.packer = PayloadPacker(prefix: ExecFrames.outputPrefix(id: id, stream: nil), allocator: outbox.allocator)
        outbox.setClient(self, of: self.slot)
        outbox.terminalOpened()
    }

    func start(_ session: ExecSession) {
        self.session = session
        session.start()
    }

    // MARK: ExecSink

    var isWritable: Bool { !self.isOver && self.outbox.isWritable(self.slot) }

    // An abandoned session still hears what the engine's socket gives up while it is told to hang up.

    func execReady() {
        guard !self.isOver else { return }
        self.outbox.push(ExecFrames.ready(id: self.id, allocator: self.outbox.allocator), to: self.slot)
    }

    func execOutput(_ bytes: ByteBuffer, stream: StdStream?) {
        guard !self.isOver else { return }
        if stream != self.packedStream { self.switchPacker(to: stream) }
        var bytes = bytes
        while bytes.readableBytes > 0 {
            if let frame = self.packer.append(&bytes) { self.outbox.push(frame, to: self.slot) }
        }
    }

    func execBurstEnded() {
        guard !self.isOver else { return }
        if let frame = self.packer.takeFrame() { self.outbox.push(frame, to: self.slot) }
    }

    func execInputDrained() {
        self.whenInputDrained(self)
    }

    func execEnded(_ end: ExecEnd) {
        guard !self.isOver else { return }
        self.execBurstEnded()
        self.isOver = true
        self.session = nil
        self.outbox.push(ExecFrames.end(id: self.id, end, allocator: self.outbox.allocator), to: self.slot)
        self.outbox.finish(self.slot, for: self)
        self.outbox.terminalClosed()
        self.whenEnded?(end)
        self.whenOver(self)
    }

    // MARK: The tunnel's side

    func outboxHasRoom() {
        self.session?.resume()
    }

    func outboxIsDone() {
        self.isGone = true
        self.whenGone(self)
    }

    /// The controller closed the session, or is gone: nothing is said, what waits is dropped.
    func abandon() {
        self.discard()
        guard !self.isOver else { return }
        self.isOver = true
        self.session?.abandon()
        self.session = nil
        self.outbox.terminalClosed()
        self.whenEnded?(nil)
    }

    private func discard() {
        guard !self.isGone else { return }
        self.isGone = true
        self.outbox.discard(self.slot)
    }

    private func switchPacker(to stream: StdStream?) {
        self.execBurstEnded()
        self.packedStream = stream
        let prefix = ExecFrames.outputPrefix(id: self.id, stream: stream)
        self.packer = PayloadPacker(prefix: prefix, allocator: self.outbox.allocator)
    }
}
